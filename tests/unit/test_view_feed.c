/* SPDX-License-Identifier: ISC */
/* Which measurements a client may accept, and when, in each form. */
#include <check.h>

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

START_TEST(measurements_are_what_a_client_may_accept)
{
	struct stage g;
	json_t *j;

	j = view_measurements(&b->st, false);
	api_schema_is("Measurements", j);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "sets")), 0);
	json_decref(j);
	chain_builder_first(b, 1);
	g = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	j = view_measurements(&b->st, false);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "sets")), 1);
	json_decref(j);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_SEEN, 1), OK);
	j = view_measurements(&b->st, false);
	api_schema_is("Measurements", j);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "sets")), 2);
	json_decref(j);
	j = view_measurements(&b->st, true);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "sets")), 1);
	json_decref(j);
}
END_TEST

static size_t
feed_size(enum view_feed f, const char *component, const char *list, bool held,
    uint64_t now)
{
	json_t *j = view_feed(f, &b->st, held, now);
	size_t n;

	api_schema_is(component, j);
	n = json_array_size(list ? json_object_get(j, list) : j);
	json_decref(j);
	return n;
}

static void
all_endorse(void)
{
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(chain_builder_endorse(b, ENDORSER(i)), OK);
}

/* How many sets each form has; they agree. */
static size_t
feeds(bool held, uint64_t now)
{
	size_t n =
	    feed_size(VIEW_FEED_EVERVAULT, "EvervaultPcrs", NULL, held, now);

	ck_assert_uint_eq(n, feed_size(VIEW_FEED_TERRAFORM, "TerraformPcrs",
				 "enclave_pcr0_hashes", held, now));
	ck_assert_uint_eq(n,
	    feed_size(VIEW_FEED_KMS, "KmsConditions", "conditions", held, now));
	return n;
}

START_TEST(clients_without_a_clock_get_what_may_run_now)
{
	uint64_t opens, now = b->now;
	struct stage g;

	ck_assert_uint_eq(feeds(false, now), 0);
	g = chain_builder_stage_of(b, 1);
	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	ck_assert_uint_eq(feeds(false, g.not_before), 0); /* not endorsed */
	all_endorse();
	ck_assert_uint_eq(feeds(false, g.not_before), 1);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_ACCEPTED, 1), OK);
	g = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	all_endorse();
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_SEEN, 1), OK);
	opens = b->st.notice + g.delay;
	ck_assert_uint_eq(feeds(false, opens), 1); /* not accepted */
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_ACCEPTED, 2), OK);
	ck_assert_uint_eq(feeds(false, opens - 1), 1);
	ck_assert_uint_eq(feeds(false, opens), 2);
	ck_assert_uint_eq(feeds(true, opens), 1);
	ck_assert_uint_eq(feeds(false, g.expires), 2);
	ck_assert_uint_eq(feeds(false, g.expires + 1), 1);
}
END_TEST

/* What item i of a feed says of the times of its set. */
static void
has_times(enum view_feed f, const char *list, size_t i, uint64_t from,
    uint64_t until, uint64_t now)
{
	const bool camel = f == VIEW_FEED_EVERVAULT;
	json_t *j = view_feed(f, &b->st, false, now);
	const json_t *o =
	    json_array_get(list ? json_object_get(j, list) : j, i);
	const json_t *before =
	    json_object_get(o, camel ? "notBefore" : "not_before");
	const json_t *after =
	    json_object_get(o, camel ? "notAfter" : "not_after");
	char text[VIEW_TIME_SIZE];

	view_time_text(from, text);
	ck_assert_str_eq(json_string_value(before), text);
	if (until == 0) {
		ck_assert(json_is_null(after));
	} else {
		view_time_text(until, text);
		ck_assert_str_eq(json_string_value(after), text);
	}
	json_decref(j);
}

START_TEST(each_set_has_the_time_from_which_and_until_when_it_counts)
{
	static const struct {
		enum view_feed feed;
		const char *list;
	} form[] = { { VIEW_FEED_SETS, "sets" }, { VIEW_FEED_EVERVAULT, NULL },
		{ VIEW_FEED_TERRAFORM, "enclave_measurements" },
		{ VIEW_FEED_KMS, "conditions" } };
	uint64_t opens;
	struct stage g;

	chain_builder_first(b, 1);
	g = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	all_endorse();
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_SEEN, 1), OK);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_ACCEPTED, 2), OK);
	opens = b->st.notice + g.delay;
	for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
		has_times(form[i].feed, form[i].list, 0, b->st.released_at, 0,
		    opens);
		has_times(form[i].feed, form[i].list, 1, opens, g.expires,
		    opens);
	}
}
END_TEST

START_TEST(a_key_is_for_the_code_that_may_run_now)
{
	struct release r[VIEW_FEED_MAY_RUN];
	struct release one, two;
	uint64_t opens;
	struct stage g;

	ck_assert_uint_eq(view_feed_may_run(&b->st, false, b->now, r), 0);
	chain_builder_first(b, 1);
	one = chain_builder_release(b, 1);
	two = chain_builder_release(b, 2);
	g = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	all_endorse();
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_SEEN, 1), OK);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_ACCEPTED, 2), OK);
	opens = b->st.notice + g.delay;
	ck_assert_uint_eq(view_feed_may_run(&b->st, false, opens - 1, r), 1);
	ck_assert(pcr_eq(&r[0].pcrs, &one.pcrs));
	ck_assert_uint_eq(view_feed_may_run(&b->st, true, opens, r), 1);
	ck_assert_uint_eq(view_feed_may_run(&b->st, false, opens, r), 2);
	ck_assert(pcr_eq(&r[0].pcrs, &one.pcrs));
	ck_assert(pcr_eq(&r[1].pcrs, &two.pcrs));
	ck_assert_uint_eq(view_feed_may_run(&b->st, false, g.expires + 1, r),
	    1);
	b->now = opens;
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_RELEASED, 1), OK);
	ck_assert_uint_eq(view_feed_may_run(&b->st, false, opens, r), 1);
	ck_assert(pcr_eq(&r[0].pcrs, &two.pcrs));
}
END_TEST

START_TEST(what_can_never_take_effect_is_in_no_set)
{
	struct stage g;
	json_t *j;

	chain_builder_first(b, 1);
	g = chain_builder_stage_of(b, 2);
	g.delay = g.expires - b->now + 3600000;
	ck_assert_int_eq(chain_builder_stage(b, &g, chain_builder_owners(b)),
	    OK);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_SEEN, 1), OK);
	j = view_measurements(&b->st, false);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "sets")), 1);
	json_decref(j);
}
END_TEST

START_TEST(feeds_have_names)
{
	enum view_feed f;

	for (int i = VIEW_FEED_SETS; i <= VIEW_FEED_KMS; i++) {
		const char *name = view_feed_name((enum view_feed)i);

		ck_assert(view_feed_parse(span_str(name), &f) && (int)f == i);
	}
	ck_assert(!view_feed_parse(span_str("KMS"), &f));
	ck_assert(!view_feed_parse(span_str(""), &f));
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { measurements_are_what_a_client_may_accept,
		clients_without_a_clock_get_what_may_run_now,
		each_set_has_the_time_from_which_and_until_when_it_counts,
		a_key_is_for_the_code_that_may_run_now,
		what_can_never_take_effect_is_in_no_set, feeds_have_names };

	return SUITE_RUN_FIXTURE("view_feed", t, setup, teardown);
}
