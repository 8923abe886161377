/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/chain_verify.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"

#define UPGRADES 12

static struct chain_builder *b;
static uint8_t file[1 << 20];
static size_t file_n;
static size_t place[512]; /* where entry i begins */

static void
put(struct span s)
{
	ck_assert_uint_le(s.n, sizeof file - file_n);
	memcpy(file + file_n, s.p, s.n);
	file_n += s.n;
}

static void
put_chain(void)
{
	for (size_t i = 0; i < b->n; i++) {
		place[i] = file_n;
		put(chain_builder_entry(b, i));
	}
	place[b->n] = file_n;
}

static void
setup(void)
{
	b = chain_builder_new(&chain_builder_plain);
	chain_builder_first(b, 1);
	for (unsigned i = 2; i < 2 + UPGRADES; i++)
		chain_builder_upgrade(b, i);
	file_n = 0;
	put_chain();
}

static void
teardown(void)
{
	chain_builder_free(b);
}

static struct chain_verify_opts
plain(void)
{
	return (struct chain_verify_opts){ .root = &b->root,
		.root_n = 1,
		.level = LEVEL_ATTESTED };
}

/* Verifies the file with these threads, in pieces of this size. */
static enum err
verify(struct chain_verify_opts o, unsigned threads, size_t piece,
    struct chain_verify_result *r)
{
	struct chain_verify *v;
	enum err e;

	o.threads = threads;
	ck_assert_int_eq(chain_verify_open(&o, &v), OK);
	for (size_t at = 0; at < file_n; at += piece) {
		size_t n = file_n - at < piece ? file_n - at : piece;

		if (chain_verify_feed(v, span_of(file + at, n)) != OK)
			break;
	}
	e = chain_verify_end(v);
	*r = *chain_verify_result(v);
	r->st = NULL;
	chain_verify_free(v);
	return e;
}

/* The verdict, which must be one for all numbers of threads. */
static enum err
verdict(struct chain_verify_opts o, struct chain_verify_result *r)
{
	static const unsigned threads[] = { 0, 2, 3, 8 };
	enum err e = verify(o, 1, file_n, r);

	for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
		struct chain_verify_result again;

		ck_assert_int_eq(verify(o, threads[i], 4096, &again), e);
		ck_assert_int_eq(again.err, e);
		ck_assert_int_eq(again.failed_at, r->failed_at);
		ck_assert(
		    (again.failed_kind == NULL) == (r->failed_kind == NULL));
		if (again.failed_kind)
			ck_assert_str_eq(again.failed_kind, r->failed_kind);
		if (e != OK)
			continue;
		ck_assert_uint_eq(again.entries, r->entries);
		ck_assert_uint_eq(again.documents, r->documents);
		ck_assert_uint_eq(again.signatures, r->signatures);
		ck_assert_int_eq(again.held, r->held);
		ck_assert_int_eq(again.disputed, r->disputed);
	}
	return e;
}

static void
fails(enum err want, int64_t at, const char *kind)
{
	struct chain_verify_result r;
	enum err e = verdict(plain(), &r);

	ck_assert_msg(e == want, "%s instead of %s", err_code(e),
	    err_code(want));
	ck_assert_int_eq(r.failed_at, at);
	if (kind)
		ck_assert_str_eq(r.failed_kind, kind);
	else
		ck_assert_ptr_null(r.failed_kind);
}

/* The last byte of an entry is the last of a signature or a document, and
 * that of a document is the last of its signature. */
static void
spoil(size_t entry)
{
	file[place[entry + 1] - 1] ^= 1;
}

START_TEST(a_good_chain_verifies)
{
	struct chain_verify_result r;

	ck_assert_int_eq(verdict(plain(), &r), OK);
	ck_assert_uint_eq(r.entries, b->n);
	ck_assert_uint_eq(r.documents, 1 + 3 * UPGRADES);
	ck_assert_uint_eq(r.signatures, 2 * (2 + UPGRADES));
	ck_assert_int_eq(r.failed_at, -1);
	ck_assert(!r.pinned && !r.held && !r.disputed);
}
END_TEST

START_TEST(pieces_of_any_size_are_one_file)
{
	static const size_t piece[] = { 1, 2, 13, 977, 65535, 65536, 65537 };

	for (size_t i = 0; i < sizeof piece / sizeof piece[0]; i++) {
		struct chain_verify_result r;

		ck_assert_int_eq(verify(plain(), 1, piece[i], &r), OK);
		ck_assert_uint_eq(r.entries, b->n);
	}
}
END_TEST

START_TEST(every_spoilt_entry_is_found_where_it_is)
{
	for (size_t i = 0; i < b->n; i++) {
		struct chain_verify_result r;

		spoil(i);
		ck_assert_int_ne(verdict(plain(), &r), OK);
		ck_assert_int_eq(r.failed_at, (int64_t)i);
		spoil(i);
	}
}
END_TEST

START_TEST(the_first_of_several_failures_is_told)
{
	/* 4 upgrades on: entries 3+4k+.. are stage, seen, accepted, released */
	spoil(40);
	fails(ERR_DOC_SIG, 40, "receipt");
	spoil(39);
	fails(ERR_SIG_BAD, 39, "stage");
	spoil(20);
	fails(ERR_DOC_SIG, 20, "receipt");
	spoil(20);
	spoil(39);
	spoil(40);
	fails(OK, -1, NULL);
}
END_TEST

START_TEST(a_failing_rule_hides_no_earlier_signature)
{
	file_n = place[30];
	put(chain_builder_entry(b, 31)); /* 30 is left out */
	fails(ERR_SEQ_WRONG, 30, "stage");
	spoil(29);
	fails(ERR_DOC_SIG, 29, "receipt");
}
END_TEST

START_TEST(level_signed_reads_documents_but_trusts_them)
{
	struct chain_verify_opts o = plain();
	struct chain_verify_result r;

	file_n = place[3];
	spoil(2); /* the first acceptance, the newest entry */
	ck_assert_int_eq(verdict(o, &r), ERR_DOC_SIG);
	o.level = LEVEL_SIGNED;
	ck_assert_int_eq(verdict(o, &r), OK);
	ck_assert_uint_eq(r.documents, 0);
	ck_assert_int_eq(r.level, LEVEL_SIGNED);
}
END_TEST

START_TEST(it_goes_on_from_an_earlier_state)
{
	static struct state half;
	struct chain_verify_opts o = plain();
	struct chain_verify_result r;
	struct chain_verify *v;
	size_t at = place[b->n / 2];

	ck_assert_int_eq(chain_verify_open(&o, &v), OK);
	ck_assert_int_eq(chain_verify_memory(v, span_of(file, at)), OK);
	half = *chain_verify_result(v)->st;
	chain_verify_free(v);
	o.from = &half;
	for (o.threads = 0; o.threads < 4; o.threads += 3) {
		ck_assert_int_eq(chain_verify_open(&o, &v), OK);
		ck_assert_int_eq(chain_verify_memory(v,
				     span_of(file + at, file_n - at)),
		    OK);
		r = *chain_verify_result(v);
		ck_assert_uint_eq(r.st->next_seq, b->n);
		ck_assert(h32_eq(&r.st->head, &b->st.head));
		ck_assert_uint_eq(r.entries, b->n - b->n / 2);
		chain_verify_free(v);
	}
	/* nothing new */
	ck_assert_int_eq(chain_verify_open(&o, &v), OK);
	ck_assert_int_eq(chain_verify_end(v), OK);
	ck_assert(h32_eq(&chain_verify_result(v)->st->head, &half.head));
	chain_verify_free(v);
}
END_TEST

/* Here no policy names witnesses. */
START_TEST(a_level_that_is_wanted_is_reached_or_refused)
{
	struct chain_verify_opts o = plain();
	struct chain_verify_result r;

	o.level = LEVEL_PUBLIC;
	ck_assert_int_eq(verify(o, 0, file_n, &r), OK);
	ck_assert_int_eq(r.level, LEVEL_ATTESTED);
	o.wanted = true;
	ck_assert_int_eq(verify(o, 0, file_n, &r), ERR_LEVEL);
	ck_assert_int_eq(r.failed_at, -1);
	o.wanted = false;
	o.level = LEVEL_FRESH;
	ck_assert_int_eq(verify(o, 0, file_n, &r), ERR_LEVEL);
}
END_TEST

START_TEST(the_root_comes_from_the_client_alone)
{
	struct chain_verify_opts o = plain();
	struct chain_verify_result r;
	struct h32 both[2] = { attest_root_aws, b->root };

	o.root_n = 0;
	ck_assert_int_eq(verdict(o, &r), ERR_ROOT_FOREIGN);
	ck_assert_int_eq(r.failed_at, 0);
	o.root = both;
	o.root_n = 2;
	ck_assert_int_eq(verdict(o, &r), OK);
}
END_TEST

START_TEST(a_pin_decides_whose_chain_it_is)
{
	struct chain_verify_opts o = plain();
	struct chain_verify_result r;
	struct h32 id = b->st.chain;

	o.chain = &id;
	ck_assert_int_eq(verdict(o, &r), OK);
	ck_assert(r.pinned);
	id.b[31] ^= 1;
	ck_assert_int_eq(verdict(o, &r), ERR_PIN_MISMATCH);
	ck_assert_int_eq(r.failed_at, 0);
}
END_TEST

START_TEST(a_tail_that_was_seen_before_must_be_there)
{
	struct chain_verify_opts o = plain();
	struct chain_verify_result r;
	struct walk_pin pin = { b->n - 1, b->st.head };

	o.pin = &pin;
	ck_assert_int_eq(verdict(o, &r), OK);
	ck_assert(r.pin_seen);
	file_n = place[b->n - 1];
	ck_assert_int_eq(verdict(o, &r), ERR_PIN_MISSING);
	ck_assert_int_eq(r.failed_at, -1);
	o.pin = NULL;
	ck_assert_int_eq(verdict(o, &r), OK);
}
END_TEST

START_TEST(what_is_no_chain_file_is_refused)
{
	file_n = 0;
	fails(ERR_CHAIN_EMPTY, -1, NULL);
	put_chain();
	file_n--;
	fails(ERR_CBOR_TRUNCATED, (int64_t)b->n - 1, NULL);
	file_n = place[5] + 1;
	fails(ERR_CBOR_TRUNCATED, 5, NULL);
	file_n = place[5];
	put(span_str("\x01"));
	fails(ERR_ITEM_UNKNOWN, 5, NULL);
	file_n = place[5];
	put(span_str("\xff"));
	fails(ERR_CBOR_NOT_WELL_FORMED, 5, NULL);
	/* a byte string of 61,000 bytes, most of it there */
	file_n = place[5];
	put(span_str("\x59\xee\x48"));
	memset(file + file_n, 0, 60100);
	file_n += 60100;
	fails(ERR_TOO_LARGE, 5, NULL);
}
END_TEST

START_TEST(items_come_in_their_order)
{
	uint8_t buf[256], rev[4096];
	struct out o = out_of(buf, sizeof buf);
	struct stage g = chain_builder_stage_of(b, 90);
	struct chain_verify_result r;
	struct span s;

	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	s = chain_builder_revocation(b, GUARDIAN(0), rev, sizeof rev);
	entry_definition_encode(&o, span_str("\xa0"));
	file_n = 0;
	put_chain();
	put(out_span(&o));
	ck_assert_int_eq(verdict(plain(), &r), OK);
	ck_assert_uint_eq(r.definitions, 1);
	put(chain_builder_entry(b, b->n - 1));
	fails(ERR_ITEM_ORDER, (int64_t)b->n, NULL);
	file_n = place[b->n];
	put(s);
	fails(ERR_ITEM_ORDER, (int64_t)b->n, NULL);
}
END_TEST

START_TEST(a_flood_of_statements_keeps_no_chain_from_being_verified)
{
	static uint8_t flood[5000 * 256];
	uint8_t rev[4096], junk[64];
	struct stage g = chain_builder_stage_of(b, 92);
	struct out o = out_of(flood, sizeof flood);
	struct out j = out_of(junk, sizeof junk);
	struct chain_verify_opts opts = plain();
	struct chain_verify *v;
	struct span s;

	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	s = chain_builder_revocation(b, GUARDIAN(0), rev, sizeof rev);
	ck_assert_int_eq(entry_statement_encode(&j, span_str("\xa0"), NULL, 0),
	    OK);
	file_n = 0;
	put_chain();
	for (int i = 0; i < 4999; i++)
		out_put(&o, s.p, s.n);
	out_put(&o, junk, j.n); /* no revocation at all */
	ck_assert(!o.full);
	ck_assert_int_eq(chain_verify_open(&opts, &v), OK);
	ck_assert_int_eq(chain_verify_feed(v, out_span(&o)), OK);
	ck_assert_int_eq(chain_verify_feed(v, span_of(file, file_n)), OK);
	ck_assert_int_eq(chain_verify_end(v), OK);
	ck_assert(chain_verify_result(v)->held);
	ck_assert_uint_eq(chain_verify_result(v)->statements, 4999);
	ck_assert_uint_eq(chain_verify_result(v)->left_out, 4999 - 4096);
	chain_verify_free(v);
}
END_TEST

START_TEST(a_revocation_at_hand_holds_and_disputes)
{
	uint8_t buf[4096];
	struct stage g = chain_builder_stage_of(b, 91);
	struct chain_verify_opts o = plain();
	struct chain_verify_result r;
	struct span s;
	struct h32 stage;

	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	stage = b->st.stage_id;
	s = chain_builder_revocation(b, GUARDIAN(1), buf, sizeof buf);
	file_n = 0;
	put_chain();
	ck_assert_int_eq(verdict(o, &r), OK);
	ck_assert(!r.held);
	o.revocation = &s;
	o.revocation_n = 1;
	ck_assert_int_eq(verdict(o, &r), OK);
	ck_assert(r.held && !r.disputed);
	/* the same from the head of the file */
	o = plain();
	file_n = 0;
	put(s);
	put_chain();
	ck_assert_int_eq(verdict(o, &r), OK);
	ck_assert(r.held && r.statements == 1);
	/* the stage completes all the same */
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_SEEN, UPGRADES + 1), OK);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_ACCEPTED, 91), OK);
	b->now += 49 * HOUR;
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_RELEASED, UPGRADES + 1),
	    OK);
	file_n = 0;
	put(s);
	put_chain();
	ck_assert_int_eq(verdict(o, &r), OK);
	ck_assert(r.disputed && !r.held);
	ck_assert(h32_eq(&r.disputed_stage, &stage));
	o.refuse_disputed = true;
	ck_assert_int_eq(verdict(o, &r), ERR_DISPUTED);
}
END_TEST

START_TEST(a_pipe_is_as_good_as_a_file)
{
	struct chain_verify_opts o = plain();
	struct chain_verify *v;
	int fd[2];

	file_n = place[11]; /* fits into a pipe */
	ck_assert_uint_le(file_n, 60000);
	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], file, file_n), (ssize_t)file_n);
	close(fd[1]);
	o.threads = 2;
	ck_assert_int_eq(chain_verify_open(&o, &v), OK);
	ck_assert_int_eq(chain_verify_fd(v, fd[0]), OK);
	ck_assert_uint_eq(chain_verify_result(v)->entries, 11);
	chain_verify_free(v);
	close(fd[0]);
	ck_assert_int_eq(chain_verify_open(&o, &v), OK);
	ck_assert_int_eq(chain_verify_fd(v, fd[0]), ERR_FILE_READ);
	chain_verify_free(v);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_good_chain_verifies,
		pieces_of_any_size_are_one_file,
		every_spoilt_entry_is_found_where_it_is,
		the_first_of_several_failures_is_told,
		a_failing_rule_hides_no_earlier_signature,
		level_signed_reads_documents_but_trusts_them,
		it_goes_on_from_an_earlier_state,
		a_level_that_is_wanted_is_reached_or_refused,
		the_root_comes_from_the_client_alone,
		a_pin_decides_whose_chain_it_is,
		a_tail_that_was_seen_before_must_be_there,
		what_is_no_chain_file_is_refused, items_come_in_their_order,
		a_flood_of_statements_keeps_no_chain_from_being_verified,
		a_revocation_at_hand_holds_and_disputes,
		a_pipe_is_as_good_as_a_file };

	return SUITE_RUN_FIXTURE("chain_verify", t, setup, teardown);
}
