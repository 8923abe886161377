/* SPDX-License-Identifier: ISC */
/* A checkpoint beside the entries that were verified: which one it is, and who
 * saw it; and the cryptography of checkpoints spread over threads. */

#include "cli/chain_verify.h"
#include "cli/mem.h"
#include "cli/tip.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

#define ALL 7U /* three witnesses */
#define FOREVER UINT64_MAX

static struct chain_builder *b;
static uint8_t file[1 << 20], bytes[CHECKPOINT_MAX];
static size_t file_n;

static void
put_file(void)
{
	file_n = 0;
	for (size_t i = 0; i < b->n; i++) {
		struct span e = chain_builder_entry(b, i);

		memcpy(file + file_n, e.p, e.n);
		file_n += e.n;
	}
}

/* Three witnesses, of which two are needed; two upgrades. */
static void
setup(void)
{
	b = chain_builder_witnessed();
	chain_builder_upgrade(b, 2);
	chain_builder_upgrade(b, 3);
	put_file();
}

static void
teardown(void)
{
	chain_builder_free(b);
	mem_free_all();
}

static struct span
write_note(const struct cosigner_note *n)
{
	struct out o = out_of(bytes, sizeof bytes);

	cosigner_write(&o, n);
	return out_span(&o);
}

static struct cosigner_note
note(unsigned who)
{
	struct cosigner_note n;

	cosigner_note(&n, &b->st, who, b->now / 1000 - 10);
	return n;
}

static enum err
judge(const struct cosigner_note *n, uint64_t max_age, struct tip *t)
{
	return tip_judge(&b->st, write_note(n), b->now, max_age, t);
}

START_TEST(one_over_the_end_is_judged_with_names)
{
	struct cosigner_note n;
	struct tip t;

	setup();
	n = note(5); /* the first and the third */
	ACCEPTED(judge(&n, FOREVER, &t));
	ck_assert_int_eq(t.place, TIP_OVER);
	ck_assert(t.named);
	ck_assert_uint_eq(t.witnessed, n.second[0] * 1000 + 999);
	ck_assert_uint_eq(t.n, 3);
	ck_assert_uint_eq(t.threshold, 2);
	ck_assert_uint_eq(t.by[1].seconds, 0);
	ck_assert_str_eq(tip_missing(&t), cosigner_witness(1)->name);
	ck_assert_ptr_nonnull(strstr(tip_text(&t), cosigner_witness(2)->name));
	teardown();
}
END_TEST

START_TEST(both_sides_of_an_age)
{
	struct cosigner_note n;
	struct tip t;
	uint64_t age;

	setup();
	n = note(ALL);
	age = b->now - (n.second[0] * 1000 + 999);
	ck_assert_int_eq(judge(&n, age, &t), OK);
	ck_assert_int_eq(judge(&n, age - 1, &t), ERR_CHECKPOINT_STALE);
	teardown();
}
END_TEST

START_TEST(too_few_have_seen_it)
{
	struct cosigner_note n;
	struct tip t;

	setup();
	n = note(2);
	ck_assert_int_eq(judge(&n, FOREVER, &t), ERR_WITNESSES_FEW);
	ck_assert_uint_eq(t.witnessed, 0);
	ck_assert_str_eq(tip_names(&t), cosigner_witness(1)->name);
	teardown();
}
END_TEST

START_TEST(another_history_of_the_same_size)
{
	struct cosigner_note n;
	struct tip t;

	setup();
	n = note(ALL);
	n.root.b[0] ^= 1;
	ck_assert_int_eq(judge(&n, FOREVER, &t), ERR_CHECKPOINT_ROOT);
	teardown();
}
END_TEST

START_TEST(only_the_log_itself_can_say_that_there_is_more)
{
	struct cosigner_note n;
	struct tip t;

	setup();
	n = note(ALL);
	n.size++;
	ACCEPTED(judge(&n, FOREVER, &t));
	ck_assert_int_eq(t.place, TIP_AHEAD);
	n.log = cosigner_witness(9);
	ck_assert_int_ne(judge(&n, FOREVER, &t), OK);
	n.log = NULL;
	ck_assert_int_eq(judge(&n, FOREVER, &t), ERR_CHECKPOINT_SIG);
	teardown();
}
END_TEST

START_TEST(an_older_one_is_of_the_same_beginning)
{
	struct cosigner_note n;
	struct tip t;
	size_t at;

	setup();
	n = note(ALL);
	ACCEPTED(chain_builder_stage_release(b, 4, chain_builder_owners(b)));
	at = file_n;
	put_file();
	ck_assert_uint_gt(file_n, at);
	ACCEPTED(judge(&n, FOREVER, &t));
	ck_assert_int_eq(t.place, TIP_BEHIND);
	ACCEPTED(tip_prefix(&t, span_of(file, file_n)));
	t.c.root.b[3] ^= 1;
	ck_assert_int_eq(tip_prefix(&t, span_of(file, file_n)),
	    ERR_CHECKPOINT_ROOT);
	t.c.size = b->n + 1;
	ck_assert_int_eq(tip_prefix(&t, span_of(file, file_n)),
	    ERR_CHECKPOINT_SIZE);
	teardown();
}
END_TEST

START_TEST(a_policy_without_a_log_names_nobody)
{
	struct cosigner_note n;
	struct tip t;

	b = chain_builder_new(&chain_builder_plain);
	chain_builder_first(b, 1);
	cosigner_note(&n, &b->st, 0, 0);
	ACCEPTED(judge(&n, FOREVER, &t));
	ck_assert(!t.named && t.witnessed == 0);
	n.origin[n.origin_n - 1] ^= 1; /* of another chain */
	ck_assert_int_eq(judge(&n, FOREVER, &t), ERR_CHECKPOINT_ORIGIN);
	teardown();
}
END_TEST

START_TEST(what_is_no_note_is_refused)
{
	struct tip t;

	setup();
	ck_assert_int_eq(tip_judge(&b->st, span_str("x"), b->now, FOREVER, &t),
	    ERR_NOTE);
	ck_assert_str_eq(tip_text(&t), "");
	teardown();
}
END_TEST

static enum err
verify(enum level level, unsigned threads, struct span checkpoint,
    struct chain_verify_result *r)
{
	struct chain_verify_opts o = { .root = &b->root,
		.root_n = 1,
		.level = level,
		.wanted = true,
		.threads = threads,
		.checkpoint = checkpoint,
		.now = b->now,
		.max_age = 3600000 };
	struct chain_verify *v;
	enum err e;

	ck_assert_int_eq(chain_verify_open(&o, &v), OK);
	e = chain_verify_memory(v, span_of(file, file_n));
	*r = *chain_verify_result(v);
	r->st = NULL;
	chain_verify_free(v);
	return e;
}

START_TEST(checkpoints_are_verified_on_every_thread)
{
	struct chain_verify_result r;
	static const char line[] = "\xe2\x80\x94 ";
	size_t at = 0;

	setup();
	for (unsigned n = 0; n < 5; n += 4) {
		ACCEPTED(verify(LEVEL_PUBLIC, n, span_of(NULL, 0), &r));
		ck_assert_int_eq(r.level, LEVEL_PUBLIC);
	}
	/* the last letters of the last cosignature in the file */
	for (size_t i = 0; i + sizeof line < file_n; i++)
		if (memcmp(file + i, line, sizeof line - 1) == 0)
			at = i;
	while (file[at] != '\n')
		at++;
	file[at - 8] = file[at - 8] == 'A' ? 'B' : 'A';
	for (unsigned n = 0; n < 5; n += 4) {
		ck_assert_int_ne(verify(LEVEL_PUBLIC, n, span_of(NULL, 0), &r),
		    OK);
		ck_assert_int_eq(r.failed_at, (int64_t)b->n - 1);
		ck_assert_str_eq(r.failed_kind, "receipt");
	}
	teardown();
}
END_TEST

START_TEST(fresh_needs_one_over_the_end)
{
	struct chain_verify_result r;
	struct cosigner_note n;

	setup();
	n = note(ALL);
	for (unsigned k = 0; k < 5; k += 4) {
		ck_assert_int_eq(verify(LEVEL_FRESH, k, span_of(NULL, 0), &r),
		    ERR_CHECKPOINT_MISSING);
		ACCEPTED(verify(LEVEL_FRESH, k, write_note(&n), &r));
		ck_assert_int_eq(r.level, LEVEL_FRESH);
		ck_assert_uint_gt(r.witnessed, 0);
	}
	n.log = cosigner_log();
	bytes[write_note(&n).n - 8] ^= 1;
	ck_assert_int_ne(verify(LEVEL_FRESH, 4,
			     span_of(bytes, strlen((char *)bytes)), &r),
	    OK);
	ck_assert_int_eq(r.failed_at, -1);
	teardown();
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { one_over_the_end_is_judged_with_names,
		both_sides_of_an_age, too_few_have_seen_it,
		another_history_of_the_same_size,
		only_the_log_itself_can_say_that_there_is_more,
		an_older_one_is_of_the_same_beginning,
		a_policy_without_a_log_names_nobody, what_is_no_note_is_refused,
		checkpoints_are_verified_on_every_thread,
		fresh_needs_one_over_the_end };

	return SUITE_RUN("tip", t);
}
