/* SPDX-License-Identifier: ISC */
/* Receipts: where in the state table, and when.  test_receipt_document.c has
 * what their documents say. */
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

static struct chain_builder *b;
static const signers two = CONTROL(0) | CONTROL(1);

static void
setup_noticed(void)
{
	b = chain_builder_staged();
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
}

static void
setup_accepted(void)
{
	setup_noticed();
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
}

static enum err
receipt_at(uint64_t now, enum role role, unsigned version)
{
	b->now = now;
	return chain_builder_receipt(b, role, version);
}

START_TEST(an_upgrade_goes_its_way)
{
	struct h32 stage;

	b = chain_builder_staged();
	stage = b->st.stage_id;
	ck_assert(b->st.phase == PHASE_STAGED);
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ck_assert(b->st.phase == PHASE_NOTICED && b->st.notice == b->now);
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	ck_assert(b->st.accepted && h32_eq(&b->st.stage_id, &stage));
	ck_assert_uint_eq(chain_builder_version(b), 1);
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	ck_assert_uint_eq(chain_builder_version(b), 2);
	ck_assert_uint_eq(b->st.upgrades, 2);
	ck_assert_uint_eq(b->st.released_at, b->now);
	ck_assert_uint_eq(b->st.released_seq, b->st.next_seq - 1);
	ck_assert(h32_eq(&b->st.opened, &b->st.head));
	ck_assert(b->st.phase == PHASE_OPEN && b->st.stage_n == 0);
	chain_builder_free(b);
}
END_TEST

/* The state table: each receipt in each state. */
START_TEST(nothing_is_received_while_open)
{
	b = chain_builder_running();
	for (enum role r = ROLE_SEEN; r <= ROLE_LAPSED; r++)
		REFUSED(b, ERR_RECEIPT_STATE, chain_builder_receipt(b, r, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(staged_waits_for_notice)
{
	b = chain_builder_staged();
	REFUSED(b, ERR_RECEIPT_STATE,
	    chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	REFUSED(b, ERR_RECEIPT_STATE,
	    chain_builder_receipt(b, ROLE_RELEASED, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(notice_and_acceptance_come_once)
{
	setup_noticed();
	REFUSED(b, ERR_RECEIPT_AGAIN, chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	REFUSED(b, ERR_RECEIPT_AGAIN,
	    chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	chain_builder_free(b);
}
END_TEST

START_TEST(before_the_first_release_only_acceptance_counts)
{
	b = chain_builder_new(&chain_builder_plain);
	REFUSED(b, ERR_RECEIPT_STATE,
	    chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	ACCEPTED(chain_builder_stage_release(b, 1, two));
	REFUSED(b, ERR_RECEIPT_STATE, chain_builder_receipt(b, ROLE_SEEN, 1));
	REFUSED(b, ERR_RECEIPT_STATE,
	    chain_builder_receipt(b, ROLE_RELEASED, 1));
	REFUSED(b, ERR_RECEIPT_STATE,
	    receipt_at(b->now + 31 * DAY, ROLE_LAPSED, 1));
	b->now -= 31 * DAY;
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_policy_stage_is_not_accepted)
{
	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_policy(b, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	REFUSED(b, ERR_RECEIPT_STATE,
	    chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	ck_assert_uint_eq(chain_builder_policy(b).min_delay, 49 * HOUR);
	ck_assert_uint_eq(b->st.upgrades, 1);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_release_must_have_shown_that_it_runs)
{
	setup_noticed();
	REFUSED(b, ERR_NOT_ACCEPTED,
	    receipt_at(b->now + 48 * HOUR, ROLE_RELEASED, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

/* time */

START_TEST(the_window_ends_to_the_millisecond)
{
	uint64_t w;

	setup_accepted();
	w = b->st.notice;
	REFUSED(b, ERR_TOO_EARLY, receipt_at(w, ROLE_RELEASED, 1));
	REFUSED(b, ERR_TOO_EARLY,
	    receipt_at(w + 48 * HOUR - 1, ROLE_RELEASED, 1));
	ACCEPTED(receipt_at(w + 48 * HOUR, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(nothing_is_activated_seconds_into_a_seven_day_window)
{
	struct chain_builder_opts o = chain_builder_plain;
	uint64_t notice;

	o.min_delay = 7 * DAY;
	b = chain_builder_new(&o);
	chain_builder_first(b, 1);
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	notice = b->st.notice;
	REFUSED(b, ERR_TOO_EARLY, receipt_at(notice + 5000, ROLE_RELEASED, 1));
	REFUSED(b, ERR_TOO_EARLY,
	    receipt_at(notice + 7 * DAY - 1000, ROLE_RELEASED, 1));
	ck_assert_uint_eq(chain_builder_version(b), 1);
	ACCEPTED(receipt_at(notice + 7 * DAY, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

/* Its leaf certificate lived three hours. */
START_TEST(a_receipt_of_three_years_ago_is_good)
{
	struct attest_cache cache = { 0 };
	struct entry e;
	struct attest a;
	uint64_t now;

	setup_accepted();
	now = b->now + 3 * 365 * DAY;
	ACCEPTED(receipt_at(b->st.notice + 2 * DAY, ROLE_RELEASED, 1));
	ACCEPTED(entry_decode(chain_builder_entry(b, b->n - 1), &e));
	ACCEPTED(attest_parse(e.proof[0].body, &a));
	ACCEPTED(attest_verify(&a, &b->root, a.timestamp, &cache));
	/* as an answer to somebody who asks today it would be worthless */
	ck_assert_int_eq(attest_verify(&a, &b->root, now, &cache),
	    ERR_CERT_EXPIRED);
	/* and the chain goes on, with documents of today */
	b->now = now;
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 2));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_longer_delay_is_a_longer_window)
{
	struct stage g;
	uint64_t w;

	b = chain_builder_running();
	g = chain_builder_stage_of(b, 2);
	g.delay = 7 * DAY;
	ACCEPTED(chain_builder_stage(b, &g, two));
	w = b->now += 5 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	REFUSED(b, ERR_TOO_EARLY, receipt_at(w + 3000, ROLE_RELEASED, 1));
	REFUSED(b, ERR_TOO_EARLY, receipt_at(w + 48 * HOUR, ROLE_RELEASED, 1));
	REFUSED(b, ERR_TOO_EARLY,
	    receipt_at(w + 7 * DAY - 1, ROLE_RELEASED, 1));
	ACCEPTED(receipt_at(w + 7 * DAY, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(not_before_holds_when_it_is_later)
{
	struct stage g;
	uint64_t nb;

	b = chain_builder_running();
	g = chain_builder_stage_of(b, 2);
	nb = g.not_before = b->now + 10 * DAY;
	ACCEPTED(chain_builder_stage(b, &g, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	REFUSED(b, ERR_TOO_EARLY, receipt_at(nb - 1, ROLE_RELEASED, 1));
	ACCEPTED(receipt_at(nb, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_stage_expires_to_the_millisecond)
{
	uint64_t end;

	setup_accepted();
	end = CHAIN_BUILDER_TIME + 30 * DAY;
	REFUSED(b, ERR_EXPIRED, receipt_at(end + 1, ROLE_RELEASED, 1));
	REFUSED(b, ERR_NOT_EXPIRED, receipt_at(end, ROLE_LAPSED, 1));
	ACCEPTED(receipt_at(end, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(an_expired_stage_lapses_without_a_key)
{
	uint64_t end = CHAIN_BUILDER_TIME + 30 * DAY;

	b = chain_builder_staged();
	REFUSED(b, ERR_NOT_EXPIRED, receipt_at(end, ROLE_LAPSED, 1));
	ACCEPTED(receipt_at(end + 1, ROLE_LAPSED, 1));
	ck_assert(b->st.phase == PHASE_OPEN);
	ck_assert(h32_eq(&b->st.opened, &b->st.head));
	ck_assert_uint_eq(chain_builder_version(b), 1);
	chain_builder_free(b);
	setup_accepted();
	REFUSED(b, ERR_RECEIPT_PCRS, receipt_at(end + 1, ROLE_LAPSED, 2));
	ACCEPTED(receipt_at(end + 1, ROLE_LAPSED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(the_first_release_keeps_its_times)
{
	struct stage g;
	uint64_t t = CHAIN_BUILDER_TIME;

	b = chain_builder_new(&chain_builder_plain);
	g = chain_builder_stage_of(b, 1);
	g.not_before = t + 1000;
	g.expires = t + 2000;
	ACCEPTED(chain_builder_stage(b, &g, two));
	REFUSED(b, ERR_TOO_EARLY, receipt_at(t + 999, ROLE_ACCEPTED, 1));
	REFUSED(b, ERR_EXPIRED, receipt_at(t + 2001, ROLE_ACCEPTED, 1));
	/* and waits for no window */
	ACCEPTED(receipt_at(t + 1000, ROLE_ACCEPTED, 1));
	chain_builder_free(b);
	b = chain_builder_new(&chain_builder_plain);
	g = chain_builder_stage_of(b, 1);
	g.expires = t + 2000;
	ACCEPTED(chain_builder_stage(b, &g, two));
	ACCEPTED(receipt_at(t + 2000, ROLE_ACCEPTED, 1));
	chain_builder_free(b);
}
END_TEST

/* endorsements */

START_TEST(the_first_release_needs_endorsements)
{
	b = chain_builder_endorsed();
	ACCEPTED(chain_builder_stage_release(b, 1, two));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(0)));
	REFUSED(b, ERR_NOT_ENDORSED,
	    chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(2)));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_release_needs_endorsements)
{
	b = chain_builder_endorsed();
	chain_builder_first(b, 1);
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(1)));
	b->now += 48 * HOUR;
	REFUSED(b, ERR_NOT_ENDORSED,
	    chain_builder_receipt(b, ROLE_RELEASED, 1));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(0)));
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(only_a_backed_policy_passes_without_endorsements)
{
	b = chain_builder_endorsed();
	chain_builder_first(b, 1);
	ACCEPTED(chain_builder_stage_policy(b, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	b->now += 48 * HOUR;
	REFUSED(b, ERR_NOT_ENDORSED,
	    chain_builder_receipt(b, ROLE_RELEASED, 1));
	ACCEPTED(chain_builder_revoke(b, two));
	ACCEPTED(
	    chain_builder_stage_policy(b, two | GUARDIAN(0) | GUARDIAN(1)));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	/* a backed release needs them like any other */
	b->opts.min_delay = 49 * HOUR;
	ACCEPTED(
	    chain_builder_stage_release(b, 2, two | GUARDIAN(0) | GUARDIAN(1)));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	b->now += 49 * HOUR;
	REFUSED(b, ERR_NOT_ENDORSED,
	    chain_builder_receipt(b, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { an_upgrade_goes_its_way,
		nothing_is_received_while_open, staged_waits_for_notice,
		notice_and_acceptance_come_once,
		before_the_first_release_only_acceptance_counts,
		a_policy_stage_is_not_accepted,
		a_release_must_have_shown_that_it_runs,
		the_window_ends_to_the_millisecond,
		nothing_is_activated_seconds_into_a_seven_day_window,
		a_receipt_of_three_years_ago_is_good,
		a_longer_delay_is_a_longer_window,
		not_before_holds_when_it_is_later,
		a_stage_expires_to_the_millisecond,
		an_expired_stage_lapses_without_a_key,
		the_first_release_keeps_its_times,
		the_first_release_needs_endorsements,
		a_release_needs_endorsements,
		only_a_backed_policy_passes_without_endorsements };

	return SUITE_RUN("receipts", t);
}
