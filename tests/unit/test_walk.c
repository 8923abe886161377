/* SPDX-License-Identifier: ISC */
#include "chain/walk.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

static struct chain_builder *b;
static struct walk w;
static struct walk_opts opts;
static const struct span *given; /* revocations */
static size_t given_n;
static const signers two = CONTROL(0) | CONTROL(1);

static void
setup(void)
{
	b = chain_builder_new(&chain_builder_plain);
	chain_builder_first(b, 1);
	opts = (struct walk_opts){ .rules = b->rules };
	given_n = 0;
}

static enum err
walk_some(size_t n)
{
	static struct walk_revocation named[3];

	opts.revocation = named;
	opts.revocation_n = 0;
	for (size_t i = 0; i < given_n; i++) {
		if (walk_revocation(given[i], &named[opts.revocation_n]) == OK)
			opts.revocation_n++;
	}
	walk_init(&w, &opts);
	for (size_t i = 0; i < n; i++)
		TRY(walk_feed(&w, chain_builder_entry(b, i)));
	return walk_end(&w);
}

static enum err
walk_all(void)
{
	return walk_some(b->n);
}

START_TEST(a_whole_chain_is_walked)
{
	setup();
	chain_builder_upgrade(b, 2);
	ACCEPTED(walk_all());
	ck_assert_uint_eq(w.st.next_seq, 7);
	ck_assert_uint_eq(w.documents, 4);
	ck_assert_uint_eq(w.signatures, 6);
	ck_assert(!w.chain_known && !w.pin_seen && !w.disputed && !w.held);
	ck_assert(h32_eq(&w.st.head, &b->st.head));
	chain_builder_free(b);
}
END_TEST

START_TEST(nothing_is_no_chain)
{
	setup();
	ck_assert_int_eq(walk_some(0), ERR_CHAIN_EMPTY);
	ck_assert_int_eq(walk_some(1), OK);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_failed_walk_takes_no_more)
{
	setup();
	walk_init(&w, &opts);
	ACCEPTED(walk_feed(&w, chain_builder_entry(b, 0)));
	ck_assert_int_eq(walk_feed(&w, chain_builder_entry(b, 2)),
	    ERR_SEQ_WRONG);
	ck_assert_uint_eq(w.st.next_seq, 1);
	ck_assert_int_eq(walk_feed(&w, chain_builder_entry(b, 1)),
	    ERR_SEQ_WRONG);
	ck_assert_int_eq(walk_end(&w), ERR_SEQ_WRONG);
	chain_builder_free(b);
}
END_TEST

START_TEST(the_pinned_chain_is_this_one)
{
	struct h32 id;

	setup();
	id = b->st.chain;
	opts.chain = &id;
	ACCEPTED(walk_all());
	ck_assert(w.chain_known);
	id.b[0] ^= 1;
	ck_assert_int_eq(walk_all(), ERR_PIN_MISMATCH);
	chain_builder_free(b);
}
END_TEST

START_TEST(the_remembered_entry_is_there)
{
	struct walk_pin pin = { 2, { { 0 } } };

	setup();
	pin.id = b->st.head;
	opts.pin = &pin;
	ACCEPTED(walk_all());
	ck_assert(w.pin_seen);
	/* a shorter chain, as when a server hides the tail */
	ck_assert_int_eq(walk_some(2), ERR_PIN_MISSING);
	/* another entry in that place */
	pin.id.b[0] ^= 1;
	ck_assert_int_eq(walk_all(), ERR_PIN_MISSING);
	pin.id = b->st.head;
	pin.seq = 1;
	ck_assert_int_eq(walk_all(), ERR_PIN_MISSING);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_history_that_was_rewritten_is_seen)
{
	struct chain_builder *mine;
	struct walk_pin pin = { 3, { { 0 } } };

	setup();
	mine = b;
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	pin.id = b->st.head;
	b = chain_builder_new(&chain_builder_plain);
	chain_builder_first(b, 1);
	ck_assert(h32_eq(&b->st.head, &mine->st.opened));
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	ACCEPTED(walk_all());
	opts.pin = &pin;
	ck_assert_int_eq(walk_all(), ERR_PIN_MISSING);
	chain_builder_free(mine);
	chain_builder_free(b);
}
END_TEST

START_TEST(levels_that_need_witnesses_are_not_reached)
{
	setup();
	opts.rules.level = LEVEL_ATTESTED;
	ACCEPTED(walk_all());
	/* nobody demands it: what there is */
	opts.rules.level = LEVEL_PUBLIC;
	ACCEPTED(walk_all());
	ck_assert(w.reached == LEVEL_ATTESTED && w.tip == ERR_LEVEL);
	opts.wanted = true;
	ck_assert_int_eq(walk_all(), ERR_LEVEL);
	opts.wanted = false;
	opts.rules.level = LEVEL_FRESH;
	ck_assert_int_eq(walk_all(), ERR_LEVEL);
	chain_builder_free(b);
}
END_TEST

START_TEST(level_signed_reads_documents_unverified)
{
	struct rules r;

	setup();
	opts.rules.level = LEVEL_SIGNED;
	ACCEPTED(walk_all());
	ck_assert_uint_eq(w.documents, 0);
	/* a chain under a root that is not trusted stays refused */
	r = opts.rules;
	opts.rules.root_n = 0;
	ck_assert_int_eq(walk_all(), ERR_ROOT_FOREIGN);
	opts.rules = r;
	ACCEPTED(walk_all());
	chain_builder_free(b);
}
END_TEST

static enum err
count_only(void *ctx, const struct check *k)
{
	unsigned *seen = ctx;

	(void)k;
	(*seen)++;
	return OK;
}

START_TEST(checks_can_be_handed_out)
{
	unsigned seen = 0;

	setup();
	opts.rules.check = count_only;
	opts.rules.ctx = &seen;
	ACCEPTED(walk_all());
	ck_assert_uint_eq(seen, w.documents + w.signatures);
	ck_assert_uint_eq(seen, 5);
	chain_builder_free(b);
}
END_TEST

/* revocations that come from elsewhere */

static uint8_t revocation_buf[4096];
static struct span revocation;

static void
hold(signers who)
{
	revocation = chain_builder_revocation(b, who, revocation_buf,
	    sizeof revocation_buf);
	given = &revocation;
	given_n = 1;
}

static void
finish(void)
{
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
}

START_TEST(a_revocation_at_hand_holds_an_open_stage)
{
	setup();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	ACCEPTED(walk_all());
	ck_assert(!w.held);
	hold(GUARDIAN(0));
	ACCEPTED(walk_all());
	ck_assert(w.held && !w.disputed);
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(walk_all());
	ck_assert(w.held);
	chain_builder_free(b);
}
END_TEST

/* The server dropped it and let the upgrade go its way. */
START_TEST(a_dropped_revocation_disputes_what_was_completed)
{
	struct h32 stage;

	setup();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	stage = b->st.stage_id;
	hold(GUARDIAN(2));
	finish();
	ACCEPTED(walk_all());
	ck_assert(w.disputed && !w.held);
	ck_assert(h32_eq(&w.disputed_stage, &stage));
	/* and it stays so while the chain goes on */
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	ACCEPTED(walk_all());
	ck_assert(w.disputed && !w.held);
	given_n = 0;
	ACCEPTED(walk_all());
	ck_assert(!w.disputed);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_revocation_in_the_chain_is_no_dispute)
{
	setup();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	hold(GUARDIAN(0));
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(1)));
	ACCEPTED(walk_all());
	ck_assert(!w.held && !w.disputed);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_lapsed_or_replaced_stage_is_no_dispute)
{
	setup();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	hold(GUARDIAN(0));
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	ACCEPTED(walk_all());
	ck_assert(!w.held && !w.disputed);
	hold(GUARDIAN(0));
	ACCEPTED(walk_all());
	ck_assert(w.held);
	b->now += 31 * DAY;
	ACCEPTED(chain_builder_receipt(b, ROLE_LAPSED, 1));
	ACCEPTED(walk_all());
	ck_assert(!w.held && !w.disputed);
	chain_builder_free(b);
}
END_TEST

static bool
has_effect(void)
{
	ACCEPTED(walk_all());
	return w.held || w.disputed;
}

START_TEST(only_a_genuine_revocation_has_effect)
{
	setup();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	hold(GUARDIAN(0));
	ck_assert(has_effect());
	revocation_buf[revocation.n - 1] ^= 1; /* its signature */
	ck_assert(!has_effect());
	hold(CONTROL(0));
	ck_assert(!has_effect());
	hold(OTHER(0));
	ck_assert(!has_effect());
	hold(GUARDIAN(0) | OTHER(0));
	ck_assert(!has_effect());
	hold(two);
	ck_assert(has_effect());
	revocation.n--;
	ck_assert(!has_effect());
	chain_builder_free(b);
}
END_TEST

START_TEST(a_revocation_is_of_this_chain_and_stage)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct chain_builder *mine;

	setup();
	mine = b;
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	/* another chain with the same keys would need the same number; with
	 * another, keys differ too, so only the names are tried here */
	o.number = 1;
	b = chain_builder_new(&o);
	chain_builder_first(b, 1);
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	hold(GUARDIAN(0));
	chain_builder_free(b);
	b = mine;
	ck_assert(!has_effect());
	/* of an earlier stage of the same chain */
	hold(GUARDIAN(0));
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(0)));
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	ck_assert(!has_effect());
	chain_builder_free(b);
}
END_TEST

START_TEST(the_right_one_of_several_revocations_counts)
{
	static uint8_t other_buf[4096];
	struct span several[3];

	setup();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	hold(GUARDIAN(0));
	several[0] =
	    chain_builder_revocation(b, OTHER(0), other_buf, sizeof other_buf);
	several[1] = span_str("not a statement");
	several[2] = revocation;
	given = several;
	given_n = 2;
	ck_assert(!has_effect());
	given_n = 3;
	ck_assert(has_effect());
	chain_builder_free(b);
}
END_TEST

/* A policy stage decides by the policy that was in force while it was open. */
START_TEST(authority_is_that_of_the_time)
{
	struct policy p;
	struct stage g;

	setup();
	p = chain_builder_policy(b);
	p.guardians.n = 1;
	p.guardians.key[0] = b->key[48].key;
	g = chain_builder_policy_stage(b, &p);
	ACCEPTED(chain_builder_stage(b, &g, two));
	hold(GUARDIAN(0) | GUARDIAN(1));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	ACCEPTED(walk_all());
	ck_assert(w.disputed);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_statement_of_another_kind_is_no_revocation)
{
	static uint8_t payload[4096], text[8192];
	static struct chain_builder_draft d;
	static struct statement t;
	struct walk_revocation v;
	struct out o = out_of(text, sizeof text);

	setup();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	chain_builder_draft(b, &d,
	    chain_builder_endorse_payload(b, payload, sizeof payload));
	chain_builder_sign(b, &d, GUARDIAN(0));
	ACCEPTED(entry_statement_encode(&o, d.payload, d.proof, d.n));
	ACCEPTED(entry_statement_decode(out_span(&o), &t));
	ck_assert_int_eq(rules_revocation(&b->rules, &b->st, &t),
	    ERR_ENTRY_SHAPE);
	ck_assert_int_eq(walk_revocation(out_span(&o), &v), ERR_KIND_UNKNOWN);
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_whole_chain_is_walked, nothing_is_no_chain,
		a_failed_walk_takes_no_more, the_pinned_chain_is_this_one,
		the_remembered_entry_is_there,
		a_history_that_was_rewritten_is_seen,
		levels_that_need_witnesses_are_not_reached,
		level_signed_reads_documents_unverified,
		checks_can_be_handed_out,
		a_revocation_at_hand_holds_an_open_stage,
		a_dropped_revocation_disputes_what_was_completed,
		a_revocation_in_the_chain_is_no_dispute,
		a_lapsed_or_replaced_stage_is_no_dispute,
		only_a_genuine_revocation_has_effect,
		a_revocation_is_of_this_chain_and_stage,
		the_right_one_of_several_revocations_counts,
		authority_is_that_of_the_time,
		a_statement_of_another_kind_is_no_revocation };

	return SUITE_RUN("walk", t);
}
