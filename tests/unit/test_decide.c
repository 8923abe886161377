/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "chain/hash.h"
#include "signer/decide.h"
#include "tests/lib/decider.h"
#include "tests/lib/suite.h"

/* What encl-signer signs: every refusal beside what it takes. */
static struct decider v;
static struct chain_builder *b;
static struct decide *d;
static struct h32 other_root = { { 1 } };

static void
setup_with(const struct chain_builder_opts *o)
{
	decider_begin(&v, o);
	b = v.b;
	d = v.d;
}

static void
setup(void)
{
	setup_with(&chain_builder_plain);
}

static void
teardown(void)
{
	decider_end(&v);
}

static enum err
feed(size_t from, size_t until, uint64_t *next)
{
	static uint8_t buf[1 << 20];
	struct out o = out_of(buf, sizeof buf);

	for (size_t i = from; i < until; i++) {
		struct span e = chain_builder_entry(b, i);

		out_put(&o, e.p, e.n);
	}
	ck_assert(!o.full);
	return decide_feed(d, out_span(&o), NULL, next);
}

static void
feed_all(void)
{
	uint64_t next;

	ck_assert_int_eq(feed(0, b->n, &next), OK);
	ck_assert_uint_eq(next, b->n);
}

static struct span
stage_bytes(const struct stage *g, uint8_t *buf)
{
	struct out o = out_of(buf, PAYLOAD_MAX);

	stage_encode(&o, g);
	ck_assert(!o.full);
	return out_span(&o);
}

/* Asked by a server that stands where b does. */
static struct decide_found found;

static enum err
ask(struct span payload, unsigned key)
{
	const struct decide_wanted w = { .payload = payload,
		.blob = b->key[key].key.blob,
		.kid = &b->key[key].key.kid,
		.next_seq = b->st.next_seq,
		.head = b->st.head };
	enum err e = decide_sign(d, &w, &found);

	return e == OK ? decide_record(d, &w, &found) : e;
}

static enum err
ask_stage(const struct stage *g, unsigned key)
{
	static uint8_t buf[PAYLOAD_MAX];

	return ask(stage_bytes(g, buf), key);
}

START_TEST(a_stage_is_signed_by_those_who_have_a_part_in_it)
{
	struct stage g;

	chain_builder_first(b, 1);
	feed_all();
	g = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(ask_stage(&g, 0), OK);  /* control */
	ck_assert_int_eq(ask_stage(&g, 2), OK);  /* another of them */
	ck_assert_int_eq(ask_stage(&g, 16), OK); /* a guardian backs it */
	ck_assert_int_eq(ask_stage(&g, 48), ERR_AUTHORITY);
}
END_TEST

START_TEST(a_chain_that_was_never_seen_is_asked_for)
{
	uint64_t next;
	struct stage g;

	chain_builder_first(b, 1);
	g = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(ask_stage(&g, 0), ERR_SIGNER_BEHIND);
	ck_assert_uint_eq(found.next, 0);
	ck_assert_int_eq(feed(0, 2, &next), OK);
	ck_assert_int_eq(ask_stage(&g, 0), ERR_SIGNER_BEHIND);
	ck_assert_uint_eq(found.next, 2);
	ck_assert_int_eq(feed(2, b->n, &next), OK);
	ck_assert_int_eq(ask_stage(&g, 0), OK);
}
END_TEST

START_TEST(a_window_below_the_policy_is_refused)
{
	struct stage g;

	chain_builder_first(b, 1);
	feed_all();
	g = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(ask_stage(&g, 0), OK);
	g.delay--;
	ck_assert_int_eq(ask_stage(&g, 0), ERR_DELAY_SHORT);
}
END_TEST

START_TEST(a_lower_svn_is_refused)
{
	struct stage g;

	g = chain_builder_stage_of(b, 1);
	g.release.has_svn = true;
	g.release.svn = 5;
	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_ACCEPTED, 1), OK);
	feed_all();
	g = chain_builder_stage_of(b, 2);
	g.release.has_svn = true;
	g.release.svn = 5;
	ck_assert_int_eq(ask_stage(&g, 0), OK);
	g.release.svn = 4;
	ck_assert_int_eq(ask_stage(&g, 0), ERR_SVN_FALLS);
	g.release.has_svn = false;
	g.release.svn = 0;
	ck_assert_int_eq(ask_stage(&g, 0), ERR_SVN_FALLS);
}
END_TEST

START_TEST(an_older_from_is_refused)
{
	struct stage old, g;

	chain_builder_first(b, 1);
	feed_all();
	old = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(ask_stage(&old, 0), OK);
	chain_builder_upgrade(b, 2);
	feed_all();
	ck_assert_int_eq(ask_stage(&old, 0), ERR_FROM_STALE);
	g = chain_builder_stage_of(b, 3);
	ck_assert_int_eq(ask_stage(&g, 0), OK);
}
END_TEST

START_TEST(a_frozen_chain_stays_so)
{
	struct stage g;

	g = chain_builder_stage_of(b, 1);
	feed_all();
	ck_assert_int_eq(ask_stage(&g, 0), OK); /* the first release is one */
	chain_builder_first(b, 1);
	feed_all();
	g = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(ask_stage(&g, 0), ERR_NOT_UPGRADABLE);
}
END_TEST

/* What the threshold hides from a trial of one signature. */
START_TEST(a_policy_below_the_floor_is_refused)
{
	struct policy next;
	struct stage g;

	chain_builder_first(b, 1);
	feed_all();
	next = chain_builder_policy(b);
	next.min_delay = b->st.floor;
	g = chain_builder_policy_stage(b, &next);
	ck_assert_int_eq(ask_stage(&g, 0), OK);
	next.min_delay = b->st.floor - 1;
	g = chain_builder_policy_stage(b, &next);
	ck_assert_int_eq(ask_stage(&g, 0), ERR_POLICY_FLOOR);
}
END_TEST

START_TEST(a_key_of_the_policy_to_come_signs_its_stage)
{
	struct policy next;
	struct stage g;

	chain_builder_first(b, 1);
	feed_all();
	next = chain_builder_policy(b);
	g = chain_builder_policy_stage(b, &next);
	ck_assert_int_eq(ask_stage(&g, 48), ERR_AUTHORITY);
	next.control.key[2] = b->key[48].key;
	g = chain_builder_policy_stage(b, &next);
	ck_assert_int_eq(ask_stage(&g, 48), OK);
}
END_TEST

/* A database that was rolled back, and goes on from there. */
START_TEST(an_older_database_is_noticed)
{
	static uint8_t buf[PAYLOAD_MAX];
	struct stage g;
	struct h32 head;
	uint64_t seq;
	struct decide_wanted w = { .kid = &b->key[0].key.kid,
		.blob = b->key[0].key.blob };

	chain_builder_first(b, 1);
	head = b->st.head;
	seq = b->st.next_seq;
	g = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(chain_builder_stage_release(b, 2,
			     chain_builder_owners(b)),
	    OK);
	feed_all();
	w.payload = stage_bytes(&g, buf);
	w.head = head;
	w.next_seq = seq;
	ck_assert_int_eq(decide_sign(d, &w, &found), ERR_SIGNER_AHEAD);
	ck_assert_uint_eq(found.next, b->n);
	/* Lying about where it stands gives it nothing. */
	w.head = b->st.head;
	w.next_seq = b->st.next_seq;
	ck_assert_int_eq(decide_sign(d, &w, &found), ERR_STAGE_OPEN);
}
END_TEST

START_TEST(another_history_is_refused)
{
	uint64_t next;
	static uint8_t buf[ENTRY_MAX];
	struct span kept;
	size_t n;

	chain_builder_first(b, 1);
	n = b->n;
	ck_assert_int_eq(chain_builder_stage_release(b, 2,
			     chain_builder_owners(b)),
	    OK);
	feed_all();
	kept = chain_builder_entry(b, n);
	memcpy(buf, kept.p, kept.n);
	/* The same entry again is passed over. */
	ck_assert_int_eq(decide_feed(d, span_of(buf, kept.n), NULL, &next), OK);
	ck_assert_uint_eq(next, n + 1);
	/* Another one in its place: the last byte is of a signature. */
	buf[kept.n - 1] ^= 1;
	ck_assert_int_eq(decide_feed(d, span_of(buf, kept.n), NULL, &next),
	    ERR_SIGNER_FORK);
	ck_assert_uint_eq(next, n + 1);
}
END_TEST

START_TEST(an_entry_that_does_not_verify_moves_nothing)
{
	static uint8_t buf[ENTRY_MAX];
	struct span e;
	uint64_t next;

	chain_builder_first(b, 1);
	ck_assert_int_eq(chain_builder_stage_release(b, 2,
			     chain_builder_owners(b)),
	    OK);
	ck_assert_int_eq(feed(0, b->n - 1, &next), OK);
	e = chain_builder_entry(b, b->n - 1);
	memcpy(buf, e.p, e.n);
	buf[e.n - 1] ^= 1;
	ck_assert_int_ne(decide_feed(d, span_of(buf, e.n), NULL, &next), OK);
	ck_assert_uint_eq(next, b->n - 1);
	ck_assert_int_eq(decide_feed(d, e, NULL, &next), OK);
	ck_assert_uint_eq(next, b->n);
}
END_TEST

START_TEST(entries_of_another_chain_or_root_are_refused)
{
	struct h32 zero = { { 0 } };
	uint64_t next;

	ck_assert_int_eq(decide_feed(d, chain_builder_entry(b, 0), &zero,
			     &next),
	    ERR_CHAIN_FOREIGN);
	d->root = &other_root;
	ck_assert_int_eq(feed(0, 1, &next), ERR_ROOT_FOREIGN);
	d->root = &b->root;
	ck_assert_int_eq(feed(0, 1, &next), OK);
}
END_TEST

START_TEST(a_genesis_is_signed_by_its_control_keys)
{
	static uint8_t buf[PAYLOAD_MAX];
	struct entry e;
	struct span payload;

	ck_assert_int_eq(entry_decode(chain_builder_entry(b, 0), &e), OK);
	memcpy(buf, e.payload.p, e.payload.n);
	payload = span_of(buf, e.payload.n);
	ck_assert_int_eq(ask(payload, 0), OK);
	ck_assert_int_eq(ask(payload, 16), ERR_AUTHORITY);
	ck_assert_int_eq(ask(payload, 48), ERR_AUTHORITY);
	d->root = &other_root;
	ck_assert_int_eq(ask(payload, 0), ERR_ROOT_FOREIGN);
}
END_TEST

START_TEST(a_revoke_is_signed_while_its_stage_is_open)
{
	uint8_t buf[1024];
	struct span payload;

	chain_builder_first(b, 1);
	ck_assert_int_eq(chain_builder_stage_release(b, 2,
			     chain_builder_owners(b)),
	    OK);
	payload = chain_builder_revoke_payload(b, buf, sizeof buf);
	feed_all();
	ck_assert_int_eq(ask(payload, 16), OK);
	ck_assert_int_eq(ask(payload, 0), OK);
	ck_assert_int_eq(ask(payload, 48), ERR_AUTHORITY);
	ck_assert_int_eq(chain_builder_revoke(b, GUARDIAN(0)), OK);
	feed_all();
	ck_assert_int_eq(ask(payload, 16), ERR_NOTHING_STAGED);
}
END_TEST

/* A server did not rebuild anything, and is no enclave. */
START_TEST(nothing_else_is_signed)
{
	static const uint8_t challenge[32] = { 0xa1 };
	struct receipt r = { .role = ROLE_SEEN };
	uint8_t buf[1024];
	struct out o = out_of(buf, sizeof buf);

	chain_builder_first(b, 1);
	ck_assert_int_eq(chain_builder_stage_release(b, 2,
			     chain_builder_owners(b)),
	    OK);
	feed_all();
	ck_assert_int_eq(ask(chain_builder_endorse_payload(b, buf, sizeof buf),
			     0),
	    ERR_SIGNER_REFUSED);
	r.chain = b->st.chain;
	receipt_encode(&o, &r);
	ck_assert_int_eq(ask(out_span(&o), 0), ERR_SIGNER_REFUSED);
	ck_assert_int_ne(ask(span_of(challenge, 32), 0), OK);
	ck_assert_int_ne(ask(span_str("a text"), 0), OK);
}
END_TEST

START_TEST(an_alternative_is_signed_and_named)
{
	static const struct h32 none;
	struct stage one, two;
	struct h32 first;

	chain_builder_first(b, 1);
	feed_all();
	one = chain_builder_stage_of(b, 2);
	two = chain_builder_stage_of(b, 3);
	ck_assert_int_eq(ask_stage(&one, 0), OK);
	ck_assert(h32_eq(&found.other, &none));
	first = found.hash;
	ck_assert_int_eq(ask_stage(&one, 0), OK); /* the same again */
	ck_assert(h32_eq(&found.other, &none));
	ck_assert_int_eq(ledger_write(d->ledger), OK);
	ck_assert_int_eq(ledger_sync(d->ledger), OK);
	decider_again(&v);
	ck_assert_int_eq(ask_stage(&two, 0), OK);
	ck_assert(h32_eq(&found.other, &first));
	ck_assert_int_eq(ask_stage(&two, 1), OK); /* another key's first */
	ck_assert(h32_eq(&found.other, &none));
}
END_TEST

/* What was seen is seen after a restart, and after the record was made short,
 * too. */
START_TEST(the_record_outlives_the_process)
{
	struct stage old;

	chain_builder_first(b, 1);
	feed_all();
	old = chain_builder_stage_of(b, 2);
	chain_builder_upgrade(b, 2);
	feed_all();
	ck_assert(ledger_pending(d->ledger));
	ck_assert_int_eq(ledger_write(d->ledger), OK);
	ck_assert_int_eq(ledger_sync(d->ledger), OK);
	ck_assert(!ledger_pending(d->ledger));
	decider_again(&v);
	ck_assert_int_eq(ask_stage(&old, 0), ERR_FROM_STALE);
	ck_assert_int_eq(ledger_compact(d->ledger, true), OK);
	decider_again(&v);
	ck_assert_int_eq(ask_stage(&old, 0), ERR_FROM_STALE);
	old = chain_builder_stage_of(b, 3);
	ck_assert_int_eq(ask_stage(&old, 0), OK);
}
END_TEST

START_TEST(memory_for_chains_has_an_end)
{
	size_t cut, at;
	uint64_t next;

	ledger_close(d->ledger);
	ck_assert_int_eq(ledger_open(v.at, decider_journal_key, 64, &d->ledger,
			     &cut, &at),
	    OK);
	ck_assert_int_eq(feed(0, 1, &next), ERR_SIGNER_FULL);
	ck_assert(!ledger_pending(d->ledger));
	decider_again(&v);
	ck_assert_int_eq(feed(0, 1, &next), OK);
}
END_TEST

/* Whoever fills the memory with chains of their own does not stop others'. */
START_TEST(a_chain_that_is_there_goes_on_when_memory_is_short)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct chain_builder *mine = b;
	struct stage g = chain_builder_stage_of(b, 2);
	enum err e = ERR_SIGNER_FULL;
	size_t cut, at, max = 512;
	uint64_t next;

	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	for (; e == ERR_SIGNER_FULL && max < (1 << 20); max += 64) {
		ledger_close(d->ledger);
		(void)unlinkat(v.at, "record", 0);
		ck_assert_int_eq(ledger_open(v.at, decider_journal_key, max,
				     &d->ledger, &cut, &at),
		    OK);
		e = feed(0, 1, &next);
	}
	ck_assert_int_eq(e, OK);
	o.number = 9;
	b = chain_builder_new(&o);
	ck_assert_int_eq(feed(0, 1, &next), ERR_SIGNER_FULL);
	chain_builder_free(b);
	b = mine;
	ck_assert_int_eq(feed(1, b->n, &next), OK);
	ck_assert_uint_eq(next, b->n);
}
END_TEST

static void
setup_frozen(void)
{
	struct chain_builder_opts o = chain_builder_plain;

	o.frozen = true;
	setup_with(&o);
}

int
main(void)
{
	const TTest *const t[] = {
		a_stage_is_signed_by_those_who_have_a_part_in_it,
		a_chain_that_was_never_seen_is_asked_for,
		a_window_below_the_policy_is_refused, a_lower_svn_is_refused,
		an_older_from_is_refused, a_policy_below_the_floor_is_refused,
		a_key_of_the_policy_to_come_signs_its_stage,
		an_older_database_is_noticed, another_history_is_refused,
		an_entry_that_does_not_verify_moves_nothing,
		entries_of_another_chain_or_root_are_refused,
		a_genesis_is_signed_by_its_control_keys,
		a_revoke_is_signed_while_its_stage_is_open,
		nothing_else_is_signed, an_alternative_is_signed_and_named,
		the_record_outlives_the_process, memory_for_chains_has_an_end,
		a_chain_that_is_there_goes_on_when_memory_is_short
	};
	TCase *c[] = { tcase_create("plain"), tcase_create("frozen") };

	tcase_add_checked_fixture(c[0], setup, teardown);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tcase_add_test(c[0], t[i]);
	tcase_add_checked_fixture(c[1], setup_frozen, teardown);
	tcase_add_test(c[1], a_frozen_chain_stays_so);
	return suite_run_cases("decide", c, 2, CK_FORK_GETENV);
}
