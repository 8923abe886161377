/* SPDX-License-Identifier: ISC */
/* What a chain waits for: rules_due against rules_next. */
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

static struct chain_builder *b;
static const signers two = CONTROL(0) | CONTROL(1);

static void
due_is(size_t i, enum role role, uint64_t from, uint64_t until, bool of_stage)
{
	struct due due[3];

	ck_assert_uint_lt(i, rules_due(&b->st, due));
	ck_assert_str_eq(payload_role_name(due[i].role),
	    payload_role_name(role));
	ck_assert_uint_eq(due[i].from, from);
	ck_assert_uint_eq(due[i].until, until);
	ck_assert(due[i].of_stage == of_stage);
}

static size_t
due_count(void)
{
	struct due due[3];

	return rules_due(&b->st, due);
}

START_TEST(what_is_due_is_what_would_be_accepted)
{
	uint64_t t = CHAIN_BUILDER_TIME, end = t + 30 * DAY;

	b = chain_builder_new(&chain_builder_plain);
	ck_assert_uint_eq(due_count(), 0);
	ACCEPTED(chain_builder_stage_release(b, 1, two));
	ck_assert_uint_eq(due_count(), 1);
	due_is(0, ROLE_ACCEPTED, t, end, true);
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	ck_assert_uint_eq(due_count(), 0);
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	ck_assert_uint_eq(due_count(), 2);
	due_is(0, ROLE_SEEN, 0, end, false);
	due_is(1, ROLE_LAPSED, end + 1, TIME_MAX, false);
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ck_assert_uint_eq(due_count(), 2);
	due_is(0, ROLE_ACCEPTED, 0, end, true);
	due_is(1, ROLE_LAPSED, end + 1, TIME_MAX, false);
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	ck_assert_uint_eq(due_count(), 2);
	due_is(0, ROLE_RELEASED, t + 48 * HOUR, end, false);
	due_is(1, ROLE_LAPSED, end + 1, TIME_MAX, false);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_policy_stage_is_due_for_release_at_once)
{
	uint64_t t = CHAIN_BUILDER_TIME;

	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_policy(b, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ck_assert_uint_eq(due_count(), 2);
	due_is(0, ROLE_RELEASED, t + 48 * HOUR, t + 30 * DAY, false);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_window_past_expiry_is_never_due)
{
	struct stage g;

	b = chain_builder_running();
	g = chain_builder_stage_of(b, 2);
	g.expires = b->now + 48 * HOUR;
	ACCEPTED(chain_builder_stage(b, &g, two));
	b->now++;
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	ck_assert_uint_eq(due_count(), 1);
	due_is(0, ROLE_LAPSED, g.expires + 1, TIME_MAX, false);
	chain_builder_free(b);
}
END_TEST

START_TEST(missing_endorsements_hold_what_completes)
{
	b = chain_builder_endorsed();
	ACCEPTED(chain_builder_stage_release(b, 1, two));
	ck_assert_uint_eq(due_count(), 0);
	ACCEPTED(chain_builder_endorse(b, ENDORSER(0)));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(1)));
	ck_assert_uint_eq(due_count(), 1);
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	ck_assert_uint_eq(due_count(), 1); /* lapsed */
	ACCEPTED(chain_builder_endorse(b, ENDORSER(0)));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(1)));
	ck_assert_uint_eq(due_count(), 2);
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { what_is_due_is_what_would_be_accepted,
		a_policy_stage_is_due_for_release_at_once,
		a_window_past_expiry_is_never_due,
		missing_endorsements_hold_what_completes };

	return SUITE_RUN("due", t);
}
