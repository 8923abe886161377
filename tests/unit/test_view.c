/* SPDX-License-Identifier: ISC */
#include <check.h>

#include "chain/hash.h"
#include "tests/lib/api_schema.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "view/view.h"

static struct chain_builder *b;

static void
setup(void)
{
	b = chain_builder_endorsed();
}

static void
teardown(void)
{
	chain_builder_free(b);
}

/* The state view with what only a server knows. */
static json_t *
state_view(bool held, uint64_t now)
{
	json_t *j = view_state(&b->st, held, now);

	ck_assert_ptr_nonnull(j);
	json_object_set_new(j, "private", json_false());
	json_object_set_new(j, "received", view_time(b->now));
	api_schema_is("Chain", j);
	return j;
}

static void
waits(bool held, uint64_t now, const char *want)
{
	json_t *j = state_view(held, now), *v;
	char got[128] = "";
	size_t i;

	json_array_foreach(json_object_get(json_object_get(j, "pending"),
			       "waiting_for"),
	    i, v)
	{
		strcat(got, *got ? " " : "");
		strcat(got, json_string_value(v));
	}
	ck_assert_str_eq(got, want);
	json_decref(j);
}

START_TEST(what_a_stage_waits_for)
{
	struct stage g = chain_builder_stage_of(b, 1);
	uint64_t expires = g.expires;

	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	waits(false, 0, "endorsements acceptance");
	waits(false, g.not_before - 1, "endorsements window acceptance");
	ck_assert_int_eq(chain_builder_endorse(b, ENDORSER(0)), OK);
	waits(false, 0, "endorsements acceptance");
	ck_assert_int_eq(chain_builder_endorse(b, ENDORSER(1)), OK);
	waits(false, 0, "acceptance");
	waits(false, expires, "acceptance");
	waits(false, expires + 1, "");
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_ACCEPTED, 1), OK);
	waits(false, 0, "");
	g = chain_builder_stage_of(b, 2);
	expires = g.expires;
	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	waits(false, 0, "notice endorsements window acceptance release");
	waits(true, 0, "lapse");
	waits(false, expires + 1, "lapse");
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_SEEN, 1), OK);
	waits(false, 0, "endorsements window acceptance release");
	ck_assert_int_eq(chain_builder_endorse(b, ENDORSER(0)), OK);
	ck_assert_int_eq(chain_builder_endorse(b, ENDORSER(1)), OK);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_ACCEPTED, 2), OK);
	waits(false, b->st.notice + 48 * HOUR - 1, "window release");
	waits(false, b->st.notice + 48 * HOUR, "release");
}
END_TEST

START_TEST(a_policy_stage_is_shown_whole)
{
	struct policy p;
	struct stage g;
	json_t *j, *pending;

	chain_builder_first(b, 1);
	p = chain_builder_policy(b);
	p.upgradable = false;
	g = chain_builder_policy_stage(b, &p);
	ck_assert_int_eq(chain_builder_stage(b, &g,
			     chain_builder_owners(b) | GUARDIAN(0) |
				 GUARDIAN(1)),
	    OK);
	waits(false, 0, "notice window release");
	j = state_view(false, 0);
	pending = json_object_get(j, "pending");
	ck_assert(json_is_true(json_object_get(pending, "backed")));
	ck_assert_int_eq(json_integer_value(
			     json_object_get(pending, "endorsements_needed")),
	    0);
	ck_assert(json_is_false(
	    json_object_get(json_object_get(pending, "policy"), "upgradable")));
	json_decref(j);
}
END_TEST

START_TEST(earliest_is_the_time_from_which_a_release_is_good)
{
	char text[VIEW_TIME_SIZE];
	json_t *j;
	struct stage g;

	chain_builder_first(b, 1);
	g = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	j = state_view(false, 0);
	ck_assert(json_is_null(
	    json_object_get(json_object_get(j, "pending"), "earliest")));
	json_decref(j);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_SEEN, 1), OK);
	view_time_text(b->st.notice + g.delay, text);
	j = state_view(false, 0);
	ck_assert_str_eq(json_string_value(
			     json_object_get(json_object_get(j, "pending"),
				 "earliest")),
	    text);
	json_decref(j);
}
END_TEST

START_TEST(every_entry_has_a_view)
{
	struct policy now;
	struct stage g;

	chain_builder_first(b, 1);
	chain_builder_upgrade(b, 2);
	g = chain_builder_stage_of(b, 3);
	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	ck_assert_int_eq(chain_builder_revoke(b, GUARDIAN(2)), OK);
	now = chain_builder_policy(b);
	for (size_t i = 0; i < b->n; i++) {
		struct entry e;
		json_t *j, *proof;

		ck_assert_int_eq(entry_decode(chain_builder_entry(b, i), &e),
		    OK);
		j = view_entry(&e, i % 2 ? &now : NULL, b->now);
		ck_assert_ptr_nonnull(j);
		api_schema_is("Entry", j);
		proof = json_array_get(json_object_get(j, "proofs"), 0);
		if (i == 0) /* genesis names its own keys */
			ck_assert_ptr_nonnull(json_object_get(proof, "name"));
		json_decref(j);
	}
}
END_TEST

START_TEST(a_summary_fits_a_list)
{
	json_t *j = view_state_summary(&b->st);

	api_schema_is("ChainSummary", j);
	json_decref(j);
	chain_builder_first(b, 1);
	j = view_state_summary(&b->st);
	api_schema_is("ChainSummary", j);
	json_decref(j);
}
END_TEST

START_TEST(a_register_that_goes_or_comes_is_a_change)
{
	uint8_t one[PCR_SIZE] = { 1 }, two[PCR_SIZE] = { 2 };
	struct pcrs was = { .mask = 1U << 0 | 1U << 8 };
	struct pcrs now = { .mask = 1U << 0 | 1U << 3 };
	json_t *j;

	was.value[0] = was.value[8] = now.value[0] = one;
	now.value[3] = two;
	j = view_diff_pcrs(&was, &now);
	ck_assert_uint_eq(json_object_size(j), 3);
	ck_assert(
	    json_is_false(json_object_get(json_object_get(j, "0"), "changed")));
	ck_assert(
	    json_is_null(json_object_get(json_object_get(j, "8"), "now")));
	ck_assert(
	    json_is_true(json_object_get(json_object_get(j, "8"), "changed")));
	ck_assert(
	    json_is_null(json_object_get(json_object_get(j, "3"), "was")));
	json_decref(j);
	j = view_diff_pcrs(NULL, &now);
	ck_assert_uint_eq(json_object_size(j), 2);
	ck_assert(
	    json_is_true(json_object_get(json_object_get(j, "0"), "changed")));
	json_decref(j);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { what_a_stage_waits_for,
		a_policy_stage_is_shown_whole,
		earliest_is_the_time_from_which_a_release_is_good,
		every_entry_has_a_view, a_summary_fits_a_list,
		a_register_that_goes_or_comes_is_a_change };

	return SUITE_RUN_FIXTURE("view", t, setup, teardown);
}
