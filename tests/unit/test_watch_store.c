/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/file.h"
#include "cli/mem.h"
#include "cli/watch_store.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

static char dir[64];
static struct watch_kept k, got;

static void
setup(void)
{
	(void)snprintf(dir, sizeof dir, "/tmp/encl-store.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	memset(&k, 0, sizeof k);
	memset(k.chain.b, 7, sizeof k.chain.b);
}

static void
teardown(void)
{
	ck_assert_int_eq(system(mem_printf("rm -rf %s", dir)), 0);
	fail_forget();
	mem_free_all();
}

static const char *
state_path(void)
{
	return mem_printf("%s/%s/state", dir, mem_hex(h32_span(&k.chain)));
}

START_TEST(what_is_written_is_read)
{
	struct chain_builder *b = chain_builder_new(&chain_builder_plain);
	static uint8_t buf[4096];

	setup();
	chain_builder_first(b, 1);
	ACCEPTED(chain_builder_stage_release(b, 2, chain_builder_owners(b)));
	k.chain = b->st.chain;
	k.st = b->st;
	k.caught_up = k.disputed = true;
	k.disputed_stage = b->st.stage_id;
	k.wrong = ERR_PIN_MISSING;
	k.loose[k.loose_n++] =
	    chain_builder_revocation(b, GUARDIAN(0), buf, sizeof buf);
	ACCEPTED(watch_store_write(dir, &k));
	ACCEPTED(watch_store_read(dir, &k.chain, &got));
	ck_assert(h32_eq(&got.st.head, &b->st.head));
	ck_assert_uint_eq(got.st.tree.n, b->n);
	ck_assert(got.caught_up && got.disputed);
	ck_assert(h32_eq(&got.disputed_stage, &k.disputed_stage));
	ck_assert_int_eq(got.wrong, ERR_PIN_MISSING);
	ck_assert_uint_eq(got.loose_n, 1);
	ck_assert(span_eq(got.loose[0], k.loose[0]));
	chain_builder_free(b);
	teardown();
}
END_TEST

START_TEST(nothing_is_remembered_at_first)
{
	setup();
	ACCEPTED(watch_store_read(dir, &k.chain, &got));
	ck_assert_uint_eq(got.st.next_seq, 0);
	ck_assert(h32_eq(&got.chain, &k.chain) && !got.caught_up);
	teardown();
}
END_TEST

/* Every byte, and every length. */
START_TEST(damage_is_never_read_as_something_else)
{
	struct span s;
	uint8_t *p;

	setup();
	ACCEPTED(watch_store_write(dir, &k));
	ACCEPTED(file_read(state_path(), 4096, &s));
	p = mem_new(s.n);
	for (size_t n = 0; n < s.n; n++) {
		ACCEPTED(file_replace(state_path(), span_of(s.p, n), 0600));
		ck_assert_int_eq(watch_store_read(dir, &k.chain, &got),
		    ERR_WATCH_STATE);
		fail_forget();
	}
	memcpy(p, s.p, s.n);
	p[3] ^= 1; /* of the magic */
	ACCEPTED(file_replace(state_path(), span_of(p, s.n), 0600));
	ck_assert_int_eq(watch_store_read(dir, &k.chain, &got),
	    ERR_WATCH_STATE);
	memcpy(p, s.p, s.n);
	p[20] ^= 1; /* of the chain's id */
	ACCEPTED(file_replace(state_path(), span_of(p, s.n), 0600));
	ck_assert_int_eq(watch_store_read(dir, &k.chain, &got),
	    ERR_WATCH_STATE);
	teardown();
}
END_TEST

static enum err
decoded(const uint8_t *p, size_t n)
{
	return watch_store_decode(span_of(p, n), &got);
}

/* What a later program might write is not read as if nothing was wrong. */
START_TEST(a_file_has_one_spelling)
{
	uint8_t buf[4096], *code;
	struct out o = out_of(buf, sizeof buf);

	setup();
	ACCEPTED(watch_store_encode(&k, &o));
	ACCEPTED(decoded(buf, o.n));
	code = buf + o.n - 3; /* "ok", and no revocations */
	ck_assert_mem_eq(code, "ok", 2);
	code[1] = 'x';
	ck_assert_int_eq(decoded(buf, o.n), ERR_ENTRY_SHAPE);
	code[1] = 'k';
	buf[o.n] = 0;
	ck_assert_int_eq(decoded(buf, o.n + 1), ERR_CBOR_TRAILING);
	buf[o.n - 1] = 0x80 + WATCH_STORE_LOOSE / 4;
	ck_assert_int_eq(decoded(buf, o.n), ERR_CBOR_TRUNCATED);
	teardown();
}
END_TEST

START_TEST(what_a_killed_writer_left_is_taken_away)
{
	setup();
	ACCEPTED(watch_store_write(dir, &k));
	ACCEPTED(file_replace(mem_printf("%s.new", state_path()),
	    span_str("half"), 0600));
	k.caught_up = true;
	ACCEPTED(watch_store_write(dir, &k));
	ACCEPTED(watch_store_read(dir, &k.chain, &got));
	ck_assert(got.caught_up);
	teardown();
}
END_TEST

START_TEST(evidence_is_never_overwritten)
{
	const char *a, *b, *c;

	setup();
	ACCEPTED(watch_store_evidence(dir, &k.chain, "x", span_str("1"), &a));
	ACCEPTED(watch_store_evidence(dir, &k.chain, "x", span_str("1"), &b));
	ck_assert_str_eq(a, b);
	ACCEPTED(watch_store_evidence(dir, &k.chain, "x", span_str("2"), &c));
	ck_assert_str_ne(a, c);
	teardown();
}
END_TEST

/* A server that shows much, then little, must not end the watching. */
START_TEST(evidence_of_any_length_is_kept_beside_another)
{
	static const uint8_t much[(size_t)1 << 20];
	const char *a, *b, *c;

	setup();
	ACCEPTED(watch_store_evidence(dir, &k.chain, "x",
	    span_of(much, sizeof much), &a));
	ACCEPTED(watch_store_evidence(dir, &k.chain, "x", span_str("1"), &b));
	ck_assert_str_ne(a, b);
	ACCEPTED(watch_store_evidence(dir, &k.chain, "x",
	    span_of(much, sizeof much), &c));
	ck_assert_str_eq(a, c);
	ACCEPTED(watch_store_evidence(dir, &k.chain, "x", span_str("1"), &c));
	ck_assert_str_eq(b, c);
	teardown();
}
END_TEST

/* Whatever a server shows, as often as it likes. */
START_TEST(evidence_does_not_fill_the_disk)
{
	const char *path, *last;
	char text[16];
	unsigned n = 0;

	setup();
	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(text, sizeof text, "%u", i);
		ACCEPTED(watch_store_evidence(dir, &k.chain, "x",
		    span_str(text), &path));
		n += path != NULL;
	}
	ck_assert_uint_gt(n, 1);
	ck_assert_uint_lt(n, 10);
	ACCEPTED(watch_store_evidence(dir, &k.chain, "x", span_str("0"),
	    &path)); /* it is there */
	ck_assert_ptr_nonnull(path);
	ACCEPTED(
	    watch_store_evidence(dir, &k.chain, "y", span_str("0"), &last));
	ck_assert_ptr_nonnull(last);
	teardown();
}
END_TEST

START_TEST(the_first_checkpoint_of_a_size_stays)
{
	struct span other;
	bool found;

	setup();
	ACCEPTED(watch_store_seen(dir, &k.chain, 3, &other, &found));
	ck_assert(!found);
	ACCEPTED(
	    watch_store_checkpoint(dir, &k.chain, 3, span_str("a"), &other));
	ck_assert_uint_eq(other.n, 0);
	ACCEPTED(
	    watch_store_checkpoint(dir, &k.chain, 3, span_str("b"), &other));
	ck_assert(span_is(other, "a"));
	ACCEPTED(watch_store_seen(dir, &k.chain, 3, &other, &found));
	ck_assert(found && span_is(other, "a"));
	teardown();
}
END_TEST

START_TEST(one_program_has_the_folder)
{
	setup();
	ACCEPTED(watch_store_open(dir));
	ck_assert_int_eq(watch_store_open(dir), ERR_WATCHED);
	teardown();
}
END_TEST

static enum err
count(void *ctx, const struct h32 *chain)
{
	ck_assert(h32_eq(chain, &k.chain));
	++*(size_t *)ctx;
	return OK;
}

START_TEST(the_chains_of_a_folder_are_known_again)
{
	size_t n = 0;

	setup();
	ACCEPTED(watch_store_open(dir)); /* the lock is no chain */
	ACCEPTED(watch_store_write(dir, &k));
	ACCEPTED(watch_store_each(dir, count, &n));
	ck_assert_uint_eq(n, 1);
	teardown();
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { what_is_written_is_read,
		nothing_is_remembered_at_first,
		damage_is_never_read_as_something_else, a_file_has_one_spelling,
		what_a_killed_writer_left_is_taken_away,
		evidence_is_never_overwritten,
		evidence_of_any_length_is_kept_beside_another,
		evidence_does_not_fill_the_disk,
		the_first_checkpoint_of_a_size_stays,
		one_program_has_the_folder,
		the_chains_of_a_folder_are_known_again };

	return SUITE_RUN("watch_store", t);
}
