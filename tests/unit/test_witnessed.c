/* SPDX-License-Identifier: ISC */
/* Chains with witnesses: which receipts carry a checkpoint, and when.
 * test_witness.c has what a checkpoint must be. */

#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

#define DELAY (48 * HOUR)

static struct chain_builder *b;
static const signers two = CONTROL(0) | CONTROL(1);
static const signers backing =
    CONTROL(0) | CONTROL(1) | GUARDIAN(0) | GUARDIAN(1);
static const struct span none;

static void
setup_staged(void)
{
	b = chain_builder_witnessed();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
}

/* A checkpoint of all of it, by all witnesses, at this second. */
static struct span
at_second(uint64_t second)
{
	static uint8_t bytes[CHECKPOINT_MAX];

	return chain_builder_checkpoint(b, second, bytes, sizeof bytes);
}

static struct span
right(void)
{
	return at_second(chain_builder_second(b));
}

static enum err
receipt(enum role role, unsigned version, struct span note)
{
	return chain_builder_receipt_with(b, role, version, note);
}

/* Everything before `released`, noticed and accepted now. */
static void
setup_ready(void)
{
	setup_staged();
	ACCEPTED(receipt(ROLE_SEEN, 1, right()));
	ACCEPTED(receipt(ROLE_ACCEPTED, 2, right()));
}

/* which receipts */

START_TEST(seen_accepted_and_released_carry_one)
{
	setup_staged();
	REFUSED(b, ERR_CHECKPOINT_MISSING, receipt(ROLE_SEEN, 1, none));
	ACCEPTED(receipt(ROLE_SEEN, 1, right()));
	REFUSED(b, ERR_CHECKPOINT_MISSING, receipt(ROLE_ACCEPTED, 2, none));
	ACCEPTED(receipt(ROLE_ACCEPTED, 2, right()));
	b->now += DELAY;
	REFUSED(b, ERR_CHECKPOINT_MISSING, receipt(ROLE_RELEASED, 1, none));
	ACCEPTED(receipt(ROLE_RELEASED, 1, right()));
	ck_assert_uint_eq(chain_builder_version(b), 2);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_first_release_carries_none)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct policy named;

	cosigner_policy(&named, 0, 3, 2);
	o.witnesses = &named;
	b = chain_builder_new(&o);
	ACCEPTED(chain_builder_stage_release(b, 1, two));
	REFUSED(b, ERR_PROOF_SURPLUS, receipt(ROLE_ACCEPTED, 1, right()));
	ACCEPTED(receipt(ROLE_ACCEPTED, 1, none));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_lapse_carries_none)
{
	setup_staged();
	b->now += 31 * DAY;
	REFUSED(b, ERR_PROOF_SURPLUS, receipt(ROLE_LAPSED, 1, right()));
	ACCEPTED(receipt(ROLE_LAPSED, 1, none));
	chain_builder_free(b);
	setup_ready();
	b->now += 31 * DAY;
	REFUSED(b, ERR_PROOF_SURPLUS, receipt(ROLE_LAPSED, 1, right()));
	ACCEPTED(receipt(ROLE_LAPSED, 1, none));
	chain_builder_free(b);
}
END_TEST

START_TEST(without_witnesses_none_is_carried)
{
	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	REFUSED(b, ERR_PROOF_SURPLUS, receipt(ROLE_SEEN, 1, right()));
	ACCEPTED(receipt(ROLE_SEEN, 1, none));
	REFUSED(b, ERR_PROOF_SURPLUS, receipt(ROLE_ACCEPTED, 2, right()));
	ACCEPTED(receipt(ROLE_ACCEPTED, 2, none));
	b->now += DELAY;
	REFUSED(b, ERR_PROOF_SURPLUS, receipt(ROLE_RELEASED, 1, right()));
	ACCEPTED(receipt(ROLE_RELEASED, 1, none));
	chain_builder_free(b);
}
END_TEST

static void
put_receipt(struct chain_builder_draft *d, enum role role)
{
	struct receipt r = { b->st.chain, role };
	uint8_t payload[256], said[RECEIPT_USER_DATA_MAX];
	struct out p = out_of(payload, sizeof payload);
	struct out u = out_of(said, sizeof said);

	receipt_encode(&p, &r);
	receipt_user_data(&u, role, &b->st.chain, &b->st.head);
	chain_builder_draft(b, d, out_span(&p));
	chain_builder_attest(b, d, 1, out_span(&u));
}

START_TEST(one_is_enough)
{
	static struct chain_builder_draft d;
	static uint8_t other[CHECKPOINT_MAX];

	setup_staged();
	put_receipt(&d, ROLE_SEEN);
	chain_builder_witness(&d, right());
	d.proof[d.n++] = (struct proof){ .kind = PROOF_CHECKPOINT,
		.body = chain_builder_checkpoint(b, chain_builder_second(b) + 1,
		    other, sizeof other) };
	REFUSED(b, ERR_PROOF_SURPLUS, chain_builder_append(b, &d));
	d.n = 1; /* as sorted: the document */
	REFUSED(b, ERR_CHECKPOINT_MISSING, chain_builder_append(b, &d));
	/* and a checkpoint is no document */
	put_receipt(&d, ROLE_SEEN);
	d.n = 0;
	chain_builder_witness(&d, right());
	REFUSED(b, ERR_RECEIPT_DOCUMENT, chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

/* What people sign needs no witnesses, and has no place for them. */
START_TEST(a_statement_carries_none)
{
	static struct chain_builder_draft d;
	uint8_t payload[4096];

	setup_staged();
	chain_builder_draft(b, &d,
	    chain_builder_revoke_payload(b, payload, sizeof payload));
	chain_builder_sign(b, &d, GUARDIAN(0));
	chain_builder_witness(&d, right());
	REFUSED(b, ERR_PROOF_KIND, chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

/* the window counts from the later clock */

static void
opens_at(uint64_t t)
{
	b->now = t - 1;
	REFUSED(b, ERR_TOO_EARLY, receipt(ROLE_RELEASED, 1, right()));
	b->now = t;
	ACCEPTED(receipt(ROLE_RELEASED, 1, right()));
}

/* An enclave saw the stage long before anybody else: the server staged in
 * silence, and published it when the window was nearly over. */
START_TEST(staging_in_silence_starts_no_window)
{
	uint64_t published;

	setup_staged();
	published = b->now + 47 * HOUR;
	ACCEPTED(receipt(ROLE_SEEN, 1, at_second(published / 1000)));
	ck_assert_uint_eq(b->st.notice, published + 999);
	ACCEPTED(receipt(ROLE_ACCEPTED, 2, right()));
	b->now += DELAY;
	REFUSED(b, ERR_TOO_EARLY, receipt(ROLE_RELEASED, 1, right()));
	opens_at(published + 999 + DELAY);
	chain_builder_free(b);
}
END_TEST

/* Witnesses that date back start no window before the hardware's clock. */
START_TEST(witnesses_that_date_back_start_no_window)
{
	uint64_t t;

	setup_staged();
	t = b->now;
	ACCEPTED(receipt(ROLE_SEEN, 1, at_second((t - 40 * HOUR) / 1000)));
	ck_assert_uint_eq(b->st.notice, t);
	ACCEPTED(receipt(ROLE_ACCEPTED, 2, right()));
	opens_at(t + DELAY);
	chain_builder_free(b);
}
END_TEST

START_TEST(the_same_second_is_read_as_its_last_millisecond)
{
	setup_staged();
	b->now = 1800000000999;
	ACCEPTED(receipt(ROLE_SEEN, 1, at_second(1800000000)));
	ck_assert_uint_eq(b->st.notice, 1800000000999);
	chain_builder_free(b);
	setup_staged();
	b->now = 1800000000998;
	ACCEPTED(receipt(ROLE_SEEN, 1, at_second(1800000000)));
	ck_assert_uint_eq(b->st.notice, 1800000000999);
	chain_builder_free(b);
	setup_staged();
	b->now = 1800000001000;
	ACCEPTED(receipt(ROLE_SEEN, 1, at_second(1800000000)));
	ck_assert_uint_eq(b->st.notice, 1800000001000);
	chain_builder_free(b);
}
END_TEST

/* the checkpoint of `released` is of its own time */

/* A revocation was kept back: the enclave is asked to release on a checkpoint
 * that witnesses signed when there was none. */
START_TEST(an_old_checkpoint_releases_nothing)
{
	uint64_t t;

	setup_ready();
	t = b->now += DELAY + HOUR + 999;
	/* C is t - one hour and one second, to the millisecond */
	REFUSED(b, ERR_CHECKPOINT_TIME,
	    receipt(ROLE_RELEASED, 1, at_second(t / 1000 - 3601)));
	b->now = t + 1;
	REFUSED(b, ERR_CHECKPOINT_TIME,
	    receipt(ROLE_RELEASED, 1, at_second(t / 1000 - 3600)));
	b->now = t;
	ACCEPTED(receipt(ROLE_RELEASED, 1, at_second(t / 1000 - 3600)));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_checkpoint_of_the_future_releases_nothing)
{
	uint64_t t;

	setup_ready();
	t = b->now += DELAY + HOUR + 999;
	REFUSED(b, ERR_CHECKPOINT_TIME,
	    receipt(ROLE_RELEASED, 1, at_second(t / 1000 + 301)));
	b->now = t - 1;
	REFUSED(b, ERR_CHECKPOINT_TIME,
	    receipt(ROLE_RELEASED, 1, at_second(t / 1000 + 300)));
	b->now = t;
	ACCEPTED(receipt(ROLE_RELEASED, 1, at_second(t / 1000 + 300)));
	chain_builder_free(b);
}
END_TEST

START_TEST(acceptance_may_be_of_any_time)
{
	setup_staged();
	ACCEPTED(receipt(ROLE_SEEN, 1, right()));
	ACCEPTED(receipt(ROLE_ACCEPTED, 2, at_second(1)));
	chain_builder_free(b);
	setup_staged();
	ACCEPTED(receipt(ROLE_SEEN, 1, right()));
	ACCEPTED(receipt(ROLE_ACCEPTED, 2, at_second(4000000000)));
	chain_builder_free(b);
}
END_TEST

/* policies */

static void
stage_policy(const struct policy *p, signers who)
{
	struct stage g = chain_builder_policy_stage(b, p);

	ACCEPTED(chain_builder_stage(b, &g, who));
}

/* From here on either every receipt of the open policy stage carries one or
 * none does. */
static void
completes(bool witnessed)
{
	enum err want = witnessed ? ERR_CHECKPOINT_MISSING : ERR_PROOF_SURPLUS;
	const uint64_t opens = b->now + DELAY;

	REFUSED(b, want, receipt(ROLE_SEEN, 1, witnessed ? none : right()));
	ACCEPTED(receipt(ROLE_SEEN, 1, witnessed ? right() : none));
	b->now = opens - 1;
	REFUSED(b, ERR_TOO_EARLY,
	    receipt(ROLE_RELEASED, 1, witnessed ? right() : none));
	b->now = opens;
	REFUSED(b, want, receipt(ROLE_RELEASED, 1, witnessed ? none : right()));
	ACCEPTED(receipt(ROLE_RELEASED, 1, witnessed ? right() : none));
	ck_assert(b->st.phase == PHASE_OPEN);
}

/* The old ones are gone, and nobody can cosign any more. */
START_TEST(lost_witnesses_are_replaced_without_them)
{
	struct policy p;

	b = chain_builder_witnessed();
	p = chain_builder_policy(b);
	cosigner_policy(&p, 4, 5, 3);
	stage_policy(&p, backing);
	completes(false);
	p = chain_builder_policy(b);
	ck_assert_uint_eq(cosigner_named(&p), 0x1f0);
	/* and the new ones count */
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	REFUSED(b, ERR_CHECKPOINT_MISSING, receipt(ROLE_SEEN, 1, none));
	ACCEPTED(receipt(ROLE_SEEN, 1, right()));
	chain_builder_free(b);
}
END_TEST

START_TEST(lost_witnesses_are_given_up_without_them)
{
	struct policy p;

	b = chain_builder_witnessed();
	p = chain_builder_policy(b);
	p.has_witnesses = false;
	stage_policy(&p, backing);
	completes(false);
	chain_builder_upgrade(b, 2);
	chain_builder_free(b);
}
END_TEST

/* Whoever has the control keys alone votes no witness away unseen. */
START_TEST(witnesses_are_not_voted_away_in_silence)
{
	struct policy p;

	b = chain_builder_witnessed();
	p = chain_builder_policy(b);
	p.has_witnesses = false;
	stage_policy(&p, two);
	completes(true);
	chain_builder_free(b);
	b = chain_builder_witnessed();
	p = chain_builder_policy(b);
	cosigner_policy(&p, 4, 3, 2);
	stage_policy(&p, two);
	completes(true);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_backed_policy_that_changes_more_is_witnessed)
{
	struct policy p;

	b = chain_builder_witnessed();
	p = chain_builder_policy(b);
	cosigner_policy(&p, 4, 3, 2);
	p.min_delay += HOUR;
	stage_policy(&p, backing);
	completes(true);
	chain_builder_free(b);
	/* before `witnesses`, and behind */
	b = chain_builder_witnessed();
	p = chain_builder_policy(b);
	p.has_witnesses = false;
	p.guardians.n--;
	stage_policy(&p, backing);
	completes(true);
	chain_builder_free(b);
	b = chain_builder_witnessed();
	p = chain_builder_policy(b);
	cosigner_policy(&p, 4, 3, 2);
	p.upgradable = false;
	stage_policy(&p, backing);
	completes(true);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_backed_release_is_witnessed)
{
	b = chain_builder_witnessed();
	ACCEPTED(chain_builder_stage_release(b, 2, backing));
	ck_assert(b->st.backed);
	REFUSED(b, ERR_CHECKPOINT_MISSING, receipt(ROLE_SEEN, 1, none));
	ACCEPTED(receipt(ROLE_SEEN, 1, right()));
	chain_builder_free(b);
}
END_TEST

/* A stage is ruled by the policy that is in force while it is open. */
START_TEST(the_policy_in_force_says_whether)
{
	struct policy p;

	b = chain_builder_running();
	p = chain_builder_policy(b);
	cosigner_policy(&p, 0, 3, 2);
	stage_policy(&p, two);
	completes(false);
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	REFUSED(b, ERR_CHECKPOINT_MISSING, receipt(ROLE_SEEN, 1, none));
	chain_builder_free(b);
	b = chain_builder_witnessed();
	p = chain_builder_policy(b);
	p.has_witnesses = false;
	stage_policy(&p, two);
	completes(true);
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	REFUSED(b, ERR_PROOF_SURPLUS, receipt(ROLE_SEEN, 1, right()));
	ACCEPTED(receipt(ROLE_SEEN, 1, none));
	chain_builder_free(b);
}
END_TEST

START_TEST(same_but_witnesses_is_seen_in_the_bytes)
{
	static uint8_t one[POLICY_MAX], two_[POLICY_MAX];
	struct policy p, q, x, y;
	struct out o = out_of(one, sizeof one), o2 = out_of(two_, sizeof two_);
	struct cbor c;

	b = chain_builder_witnessed();
	p = q = chain_builder_policy(b);
	for (unsigned i = 0; i < 8; i++) {
		o.n = o2.n = 0;
		p.has_witnesses = i & 1;
		q.has_witnesses = i & 2;
		q.threshold = i & 4 ? 1 : p.threshold;
		policy_encode(&o, &p);
		policy_encode(&o2, &q);
		c = cbor_of(out_span(&o));
		ACCEPTED(policy_decode(&c, &x));
		c = cbor_of(out_span(&o2));
		ACCEPTED(policy_decode(&c, &y));
		ck_assert(policy_same_but_witnesses(&x, &y) == !(i & 4));
	}
	chain_builder_free(b);
}
END_TEST

/* what programs ask */

static void
due_is(bool seen, bool accepted, bool released)
{
	struct due due[3];
	size_t n = rules_due(&b->st, due);

	ck_assert_uint_gt(n, 0);
	for (size_t i = 0; i < n; i++)
		ck_assert(due[i].witnessed ==
			  (due[i].role == ROLE_SEEN          ? seen
			      : due[i].role == ROLE_ACCEPTED ? accepted
			      : due[i].role == ROLE_RELEASED ? released
							     : false));
}

START_TEST(what_is_due_says_whether_it_is_witnessed)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct policy p;

	cosigner_policy(&p, 0, 3, 2);
	o.witnesses = &p;
	b = chain_builder_new(&o);
	ACCEPTED(chain_builder_stage_release(b, 1, two));
	due_is(false, false, false);
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	due_is(true, true, true);
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	due_is(true, true, true);
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	due_is(true, true, true);
	p = chain_builder_policy(b);
	cosigner_policy(&p, 4, 3, 2);
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(0)));
	stage_policy(&p, backing);
	due_is(false, false, false);
	chain_builder_free(b);
}
END_TEST

START_TEST(the_state_has_the_tree_of_the_entries)
{
	struct merkle t = { 0 };
	struct h32 want, have;
	struct entry e;

	b = chain_builder_witnessed();
	chain_builder_upgrade(b, 2);
	chain_builder_upgrade(b, 3);
	for (size_t i = 0; i < b->n; i++) {
		ACCEPTED(entry_decode(chain_builder_entry(b, i), &e));
		ACCEPTED(merkle_add(&t, &e.id));
	}
	ck_assert_uint_eq(b->st.tree.n, b->st.next_seq);
	ACCEPTED(merkle_root(&t, &want));
	ACCEPTED(merkle_root(&b->st.tree, &have));
	ck_assert(h32_eq(&want, &have));
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { seen_accepted_and_released_carry_one,
		a_first_release_carries_none, a_lapse_carries_none,
		without_witnesses_none_is_carried, one_is_enough,
		a_statement_carries_none, staging_in_silence_starts_no_window,
		witnesses_that_date_back_start_no_window,
		the_same_second_is_read_as_its_last_millisecond,
		an_old_checkpoint_releases_nothing,
		a_checkpoint_of_the_future_releases_nothing,
		acceptance_may_be_of_any_time,
		lost_witnesses_are_replaced_without_them,
		lost_witnesses_are_given_up_without_them,
		witnesses_are_not_voted_away_in_silence,
		a_backed_policy_that_changes_more_is_witnessed,
		a_backed_release_is_witnessed, the_policy_in_force_says_whether,
		same_but_witnesses_is_seen_in_the_bytes,
		what_is_due_says_whether_it_is_witnessed,
		the_state_has_the_tree_of_the_entries };

	return SUITE_RUN("witnessed", t);
}
