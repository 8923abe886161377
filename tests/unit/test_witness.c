/* SPDX-License-Identifier: ISC */
/* What a checkpoint must be to count on a chain, and which witnesses a policy
 * may name.  test_witnessed.c has when one is needed, and time. */
#include <stdlib.h>

#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

static struct chain_builder *b;
static struct cosigner_note note;
static uint8_t bytes[CHECKPOINT_MAX];
static const signers two = CONTROL(0) | CONTROL(1);

/* Witnesses 0 to n - 1; v1 in force and v2 staged: `seen` is due. */
static void
setup_of(unsigned n, unsigned threshold)
{
	struct chain_builder_opts o = chain_builder_plain;
	static struct policy named;

	cosigner_policy(&named, 0, n, threshold);
	o.witnesses = &named;
	b = chain_builder_new(&o);
	chain_builder_first(b, 1);
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	cosigner_note(&note, &b->st, (1U << n) - 1, chain_builder_second(b));
}

static void
setup(void)
{
	setup_of(3, 2);
}

static enum err
seen_with(struct span s)
{
	return chain_builder_receipt_with(b, ROLE_SEEN, 1, s);
}

static struct span
written(void)
{
	struct out o = out_of(bytes, sizeof bytes);

	cosigner_write(&o, &note);
	return out_span(&o);
}

static enum err
seen(void)
{
	return seen_with(written());
}

static void
origin_is(struct span name, const struct h32 *chain)
{
	struct out o = out_of(note.origin, sizeof note.origin);

	witness_origin(&o, name, chain);
	ck_assert(!o.full);
	note.origin_n = o.n;
}

/* which history */

START_TEST(a_checkpoint_is_of_this_log)
{
	struct h32 other;

	setup();
	other = b->st.chain;
	other.b[31] ^= 1;
	origin_is(span_str(COSIGNER_LOG), &other);
	REFUSED(b, ERR_CHECKPOINT_ORIGIN, seen());
	origin_is(span_str("another.example"), &b->st.chain);
	REFUSED(b, ERR_CHECKPOINT_ORIGIN, seen());
	origin_is(span_str(COSIGNER_LOG), &b->st.chain);
	note.origin_n--;
	REFUSED(b, ERR_CHECKPOINT_ORIGIN, seen());
	note.origin_n++;
	ACCEPTED(seen());
	chain_builder_free(b);
}
END_TEST

/* The witnesses saw what came before this receipt, all of it and no more. */
START_TEST(a_checkpoint_covers_exactly_the_entries_before)
{
	setup();
	ck_assert_uint_eq(note.size, b->st.next_seq);
	note.size--;
	REFUSED(b, ERR_CHECKPOINT_SIZE, seen());
	note.size += 2;
	REFUSED(b, ERR_CHECKPOINT_SIZE, seen());
	note.size--;
	ACCEPTED(seen());
	chain_builder_free(b);
}
END_TEST

START_TEST(an_older_checkpoint_of_the_chain_does_not_count)
{
	struct cosigner_note before;

	setup();
	before = note;
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	note = before;
	REFUSED(b, ERR_CHECKPOINT_SIZE, seen());
	cosigner_note(&note, &b->st, 7, chain_builder_second(b));
	ACCEPTED(seen());
	chain_builder_free(b);
}
END_TEST

/* One log, two histories: the witnesses saw the other one. */
START_TEST(a_checkpoint_of_another_history_is_refused)
{
	struct chain_builder *mine;

	setup();
	mine = b;
	setup(); /* the same chain, on which another stage follows */
	ck_assert(h32_eq(&b->st.opened, &mine->st.opened));
	ACCEPTED(chain_builder_stage_release(b, 4, two));
	ACCEPTED(chain_builder_stage_release(mine, 3, two));
	cosigner_note(&note, &b->st, 7, chain_builder_second(b));
	chain_builder_free(b);
	b = mine;
	ck_assert_uint_eq(note.size, b->st.next_seq);
	REFUSED(b, ERR_CHECKPOINT_ROOT, seen());
	cosigner_note(&note, &b->st, 7, chain_builder_second(b));
	ACCEPTED(seen());
	chain_builder_free(b);
}
END_TEST

/* who signed */

START_TEST(the_log_itself_signs)
{
	struct policy p;
	uint64_t ms;

	setup();
	p = chain_builder_policy(b);
	note.log = NULL;
	REFUSED(b, ERR_CHECKPOINT_SIG, seen());
	/* also where nothing is verified */
	ck_assert_int_eq(witness_judge(&b->st, &p, written(), NULL, NULL, &ms),
	    ERR_CHECKPOINT_SIG);
	/* under the log's name, by another key: no line of the log's */
	note.log = cosigner_witness(3);
	REFUSED(b, ERR_CHECKPOINT_SIG, seen());
	note.log = cosigner_log();
	ACCEPTED(seen());
	chain_builder_free(b);
}
END_TEST

/* With one character of the n-th line's signature changed. */
static struct span
damaged(size_t n)
{
	struct span s = written();
	struct note parsed;
	uint8_t *p;

	ACCEPTED(note_decode(s, &parsed));
	ck_assert_uint_lt(n, parsed.n);
	/* behind the key id and the time */
	p = bytes + (parsed.signature[n].base64.p - s.p) + 30;
	*p = *p == 'A' ? 'B' : 'A';
	return s;
}

START_TEST(the_logs_signature_verifies)
{
	setup();
	REFUSED(b, ERR_CHECKPOINT_SIG, seen_with(damaged(0)));
	ACCEPTED(seen());
	chain_builder_free(b);
}
END_TEST

START_TEST(every_cosignature_of_a_named_witness_verifies)
{
	setup();
	for (size_t i = 1; i <= 3; i++)
		REFUSED(b, ERR_COSIGNATURE, seen_with(damaged(i)));
	ACCEPTED(seen());
	chain_builder_free(b);
}
END_TEST

START_TEST(enough_witnesses_cosign)
{
	setup();
	note.second[0] = note.second[1] = note.second[2] = 0;
	REFUSED(b, ERR_WITNESSES_FEW, seen());
	note.second[2] = chain_builder_second(b);
	REFUSED(b, ERR_WITNESSES_FEW, seen());
	note.second[0] = chain_builder_second(b);
	ACCEPTED(seen());
	chain_builder_free(b);
}
END_TEST

START_TEST(strangers_are_stepped_over_and_do_not_count)
{
	setup();
	note.second[0] = note.second[1] = 0;
	for (unsigned i = 3; i < COSIGNERS; i++)
		note.second[i] = chain_builder_second(b);
	REFUSED(b, ERR_WITNESSES_FEW, seen());
	note.second[1] = chain_builder_second(b);
	/* what a stranger's line says is nobody's business */
	ACCEPTED(seen_with(damaged(3)));
	chain_builder_free(b);
}
END_TEST

/* Copies the last line once more. */
static struct span
last_line_twice(void)
{
	struct span s = written();
	size_t at = s.n - 1;

	while (bytes[at - 1] != '\n')
		at--;
	memcpy(bytes + s.n, bytes + at, s.n - at);
	return span_of(bytes, s.n + s.n - at);
}

START_TEST(one_witness_counts_once)
{
	setup();
	note.second[0] = note.second[1] = 0;
	REFUSED(b, ERR_NOTE, seen_with(last_line_twice()));
	REFUSED(b, ERR_WITNESSES_FEW, seen());
	chain_builder_free(b);
}
END_TEST

START_TEST(a_cosignature_is_of_this_text_and_time)
{
	struct cosigner_note other;
	static uint8_t spare[CHECKPOINT_MAX];
	struct out o = out_of(spare, sizeof spare);
	struct span s;

	/* the same, a second later: one line of it goes into the first */
	setup_of(1, 1);
	other = note;
	other.second[0]++;
	cosigner_write(&o, &other);
	s = written();
	ck_assert_uint_eq(o.n, s.n);
	/* the last line's signature, without its name, id and time */
	memcpy(bytes + s.n - 80, spare + s.n - 80, 80);
	REFUSED(b, ERR_COSIGNATURE, seen_with(s));
	ACCEPTED(seen());
	chain_builder_free(b);
}
END_TEST

START_TEST(malformed_notes_are_refused)
{
	struct span s;

	setup();
	s = written();
	REFUSED(b, ERR_NOTE, seen_with(span_of(s.p, s.n - 1)));
	REFUSED(b, ERR_NOTE, seen_with(span_str("x")));
	bytes[s.n - 2] = '!';
	REFUSED(b, ERR_NOTE, seen_with(s));
	s = written();
	*(uint8_t *)memchr(bytes, '\n', s.n) = ' '; /* two lines are one */
	REFUSED(b, ERR_CHECKPOINT, seen_with(s));
	chain_builder_free(b);
}
END_TEST

/* when */

START_TEST(the_witness_time_is_the_kth_smallest)
{
	static const struct {
		unsigned threshold;
		uint64_t second[4], want;
	} T[] = {
		{ 1, { 400, 300, 200, 100 }, 100 },
		{ 2, { 400, 300, 200, 100 }, 200 },
		{ 3, { 100, 400, 200, 300 }, 300 },
		{ 4, { 100, 400, 200, 300 }, 400 },
		{ 2, { 0, 400, 0, 300 }, 400 }, /* two did not */
		{ 2, { 7, 7, 9, 9 }, 7 },
	};

	for (size_t i = 0; i < sizeof T / sizeof *T; i++) {
		struct policy p;
		uint64_t ms = 0;

		setup_of(4, T[i].threshold);
		p = chain_builder_policy(b);
		memcpy(note.second, T[i].second, sizeof T[i].second);
		ACCEPTED(witness_judge(&b->st, &p, written(), NULL, NULL, &ms));
		/* a second is read as its last millisecond */
		ck_assert_uint_eq(ms, T[i].want * 1000 + 999);
		chain_builder_free(b);
	}
}
END_TEST

START_TEST(times_have_a_range)
{
	struct policy p;
	uint64_t ms;

	setup_of(1, 1);
	p = chain_builder_policy(b);
	note.second[0] = TIME_MAX / 1000;
	ACCEPTED(witness_judge(&b->st, &p, written(), NULL, NULL, &ms));
	ck_assert_uint_eq(ms, TIME_MAX);
	note.second[0]++;
	ck_assert_int_eq(witness_judge(&b->st, &p, written(), NULL, NULL, &ms),
	    ERR_TIME_RANGE);
	REFUSED(b, ERR_TIME_RANGE, seen());
	note.second[0] = UINT64_MAX;
	REFUSED(b, ERR_NOTE, seen());
	chain_builder_free(b);
}
END_TEST

/* what a policy may name */

static enum err
stage_policy(const struct policy *p)
{
	struct stage g = chain_builder_policy_stage(b, p);

	return chain_builder_stage(b, &g, two);
}

#define BAD(p) REFUSED(b, ERR_POLICY_WITNESSES, stage_policy(p))

static struct policy
setup_policy(void)
{
	struct policy p;

	b = chain_builder_new(&chain_builder_plain);
	chain_builder_first(b, 1);
	p = chain_builder_policy(b);
	cosigner_policy(&p, 0, 3, 2);
	return p;
}

START_TEST(a_policy_names_no_witness_twice)
{
	struct policy p = setup_policy(), good = p;
	struct note_key k;
	uint8_t text[NOTE_VKEY_MAX];
	struct out o = out_of(text, sizeof text);

	p.witness[2] = p.witness[0];
	BAD(&p);
	/* one key under two names would be two witnesses */
	ACCEPTED(note_key_make(&k, span_str("witness-9.example"),
	    NOTE_COSIGNATURE, cosigner_witness(0)->public.b));
	note_vkey_encode(&o, &k);
	p.witness[2] = out_span(&o);
	BAD(&p);
	/* and two keys under one name */
	ACCEPTED(note_key_make(&k, span_str("witness-0.example"),
	    NOTE_COSIGNATURE, cosigner_witness(9)->public.b));
	o.n = 0;
	note_vkey_encode(&o, &k);
	p.witness[2] = out_span(&o);
	BAD(&p);
	ACCEPTED(stage_policy(&good));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_log_does_not_witness_itself)
{
	struct policy p = setup_policy();
	struct note_key k;
	uint8_t text[NOTE_VKEY_MAX];
	struct out o = out_of(text, sizeof text);

	ACCEPTED(note_key_make(&k, span_str("witness-9.example"),
	    NOTE_COSIGNATURE, cosigner_log()->public.b));
	note_vkey_encode(&o, &k);
	p.witness[2] = out_span(&o);
	BAD(&p);
	p.log_key = cosigner_witness(9)->public;
	ACCEPTED(stage_policy(&p));
	chain_builder_free(b);
}
END_TEST

START_TEST(witnesses_are_keys_that_cosign)
{
	struct policy p = setup_policy();
	struct note_key k;
	uint8_t text[NOTE_VKEY_MAX];
	struct out o = out_of(text, sizeof text);

	ACCEPTED(note_key_make(&k, span_str("witness-2.example"), NOTE_ED25519,
	    cosigner_witness(2)->public.b));
	note_vkey_encode(&o, &k);
	p.witness[2] = out_span(&o);
	BAD(&p);
	p.witness[2] = span_str("witness-2.example");
	BAD(&p);
	o.n = 0;
	out_put(&o, cosigner_witness(2)->vkey,
	    strlen(cosigner_witness(2)->vkey));
	text[20] = text[20] == '0' ? '1' : '0'; /* in the key id */
	p.witness[2] = out_span(&o);
	BAD(&p);
	p.witness[2] = span_str(cosigner_witness(2)->vkey);
	ACCEPTED(stage_policy(&p));
	chain_builder_free(b);
}
END_TEST

/* (0, -1), of order 2, and a y that is not reduced */
static const struct h32 small = { { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x7f } };

/* A key under which anybody can sign. */
START_TEST(the_keys_of_log_and_witnesses_are_good_points)
{
	struct policy p = setup_policy();
	struct note_key k;
	uint8_t text[NOTE_VKEY_MAX];
	struct out o = out_of(text, sizeof text);

	p.log_key = small;
	BAD(&p);
	p.log_key = cosigner_log()->public;
	ACCEPTED(note_key_make(&k, span_str("witness-2.example"),
	    NOTE_COSIGNATURE, small.b));
	note_vkey_encode(&o, &k);
	p.witness[2] = out_span(&o);
	BAD(&p);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_log_has_a_name_that_a_note_can_carry)
{
	static const char *const bad[] = { "log example", "log+example", " " };
	struct policy p = setup_policy();

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		p.log_name = span_str(bad[i]);
		BAD(&p);
	}
	p.log_name = span_str("");
	REFUSED(b, ERR_TEXT_BAD, stage_policy(&p));
	p.log_name = span_str("0123456789012345678901234567890123456789"
			      "012345678901234567890123/");
	REFUSED(b, ERR_TEXT_BAD, stage_policy(&p));
	p.log_name.n--;
	ACCEPTED(stage_policy(&p));
	chain_builder_free(b);
}
END_TEST

START_TEST(the_threshold_is_within_the_witnesses)
{
	struct policy p = setup_policy();

	p.witness_threshold = 0;
	REFUSED(b, ERR_POLICY_THRESHOLD, stage_policy(&p));
	p.witness_threshold = 4;
	REFUSED(b, ERR_POLICY_THRESHOLD, stage_policy(&p));
	p.witness_threshold = 3;
	ACCEPTED(stage_policy(&p));
	chain_builder_free(b);
	setup_of(POLICY_KEYS, POLICY_KEYS);
	ACCEPTED(seen());
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_checkpoint_is_of_this_log,
		a_checkpoint_covers_exactly_the_entries_before,
		an_older_checkpoint_of_the_chain_does_not_count,
		a_checkpoint_of_another_history_is_refused,
		the_log_itself_signs, the_logs_signature_verifies,
		every_cosignature_of_a_named_witness_verifies,
		enough_witnesses_cosign,
		strangers_are_stepped_over_and_do_not_count,
		one_witness_counts_once, a_cosignature_is_of_this_text_and_time,
		malformed_notes_are_refused,
		the_witness_time_is_the_kth_smallest, times_have_a_range,
		a_policy_names_no_witness_twice, a_log_does_not_witness_itself,
		witnesses_are_keys_that_cosign,
		the_keys_of_log_and_witnesses_are_good_points,
		a_log_has_a_name_that_a_note_can_carry,
		the_threshold_is_within_the_witnesses };

	return SUITE_RUN("witness", t);
}
