/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain/hash.h"
#include "tests/lib/chain_builder.h"
#include "view/view.h"

static struct chain_builder *b;

static void
setup(void)
{
	struct chain_builder_opts o = chain_builder_plain;

	o.endorsers = 2;
	o.endorser_threshold = 2;
	b = chain_builder_new(&o);
}

static void
teardown(void)
{
	chain_builder_free(b);
}

/* The part of JSON Schema that openapi/encl.json uses for views: whether j
 * has the members that it must and no others, all the way down. */
static json_t *openapi;

static bool fits(const json_t *schema, const json_t *j);

static const json_t *
resolve(const json_t *schema)
{
	const char *ref = json_string_value(json_object_get(schema, "$ref"));

	if (ref == NULL)
		return schema;
	return json_object_get(json_object_get(json_object_get(openapi,
						   "components"),
				   "schemas"),
	    strrchr(ref, '/') + 1);
}

static bool
fits_type(const char *type, const json_t *j)
{
	if (strcmp(type, "object") == 0)
		return json_is_object(j);
	if (strcmp(type, "array") == 0)
		return json_is_array(j);
	if (strcmp(type, "string") == 0)
		return json_is_string(j);
	if (strcmp(type, "integer") == 0)
		return json_is_integer(j);
	if (strcmp(type, "null") == 0)
		return json_is_null(j);
	return json_is_boolean(j);
}

static bool
fits_members(const json_t *schema, const json_t *j)
{
	const json_t *members = json_object_get(schema, "properties");
	const json_t *pattern = json_object_get(schema, "patternProperties");
	const char *name;
	json_t *v, *need;
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i, need)
	{
		if (!json_object_get(j, json_string_value(need)))
			return false;
	}
	json_object_foreach((json_t *)(uintptr_t)j, name, v)
	{
		const json_t *m = json_object_get(members, name);

		if (m ? !fits(m, v) : members && !pattern)
			return false;
	}
	return true;
}

static bool
fits(const json_t *schema, const json_t *j)
{
	const json_t *s = resolve(schema);
	const json_t *any = json_object_get(s, "oneOf");
	const json_t *choice = json_object_get(s, "enum");
	const json_t *one = json_object_get(s, "const");
	const char *type = json_string_value(json_object_get(s, "type"));
	bool ok = any == NULL && choice == NULL;
	json_t *v;
	size_t i;

	json_array_foreach(any, i, v) ok = ok || fits(v, j);
	json_array_foreach(choice, i, v) ok = ok || json_equal(v, j);
	if (!ok || (type && !fits_type(type, j)) ||
	    (one && !json_equal(one, j)))
		return false;
	if (json_is_object(j) && json_object_get(s, "properties"))
		return fits_members(s, j);
	json_array_foreach(j, i, v)
	{
		if (json_object_get(s, "items") &&
		    !fits(json_object_get(s, "items"), v))
			return false;
	}
	return true;
}

static void
is_a(const char *component, json_t *j)
{
	json_t *ref =
	    json_pack("{s:s+}", "$ref", "#/components/schemas/", component);

	if (!fits(ref, j)) {
		json_dumpf(j, stdout, JSON_INDENT(1));
		ck_abort_msg("not a %s", component);
	}
	json_decref(ref);
}

/* The state view with what only a server knows. */
static json_t *
state_view(bool held, uint64_t now)
{
	json_t *j = view_state(&b->st, held, now);

	ck_assert_ptr_nonnull(j);
	json_object_set_new(j, "private", json_false());
	json_object_set_new(j, "received", view_time(b->now));
	is_a("Chain", j);
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
		is_a("Entry", j);
		proof = json_array_get(json_object_get(j, "proofs"), 0);
		if (i == 0) /* genesis names its own keys */
			ck_assert_ptr_nonnull(json_object_get(proof, "name"));
		json_decref(j);
	}
}
END_TEST

START_TEST(measurements_are_what_a_client_may_accept)
{
	struct stage g;
	json_t *j;

	j = view_measurements(&b->st, false);
	is_a("Measurements", j);
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
	is_a("Measurements", j);
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

	is_a(component, j);
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

START_TEST(a_summary_fits_a_list)
{
	json_t *j = view_state_summary(&b->st);

	is_a("ChainSummary", j);
	json_decref(j);
	chain_builder_first(b, 1);
	j = view_state_summary(&b->st);
	is_a("ChainSummary", j);
	json_decref(j);
}
END_TEST

START_TEST(a_release_read_from_its_view_is_the_same_bytes)
{
	struct release r = chain_builder_release(b, 7), back;
	struct view_pcrs_buf buf;
	struct shape_faults f = { 0 };
	uint8_t one[RELEASE_MAX], two[RELEASE_MAX];
	struct out o = out_of(one, sizeof one), p = out_of(two, sizeof two);
	json_t *j;

	r.image = span_str("registry.example/a:1");
	r.has_svn = true;
	r.svn = 4;
	r.has_eif = r.has_kms = true;
	r.eif.b[0] = r.kms.b[31] = 9;
	r.repo = span_str("https://git.example/a");
	r.commit = span_str("abc");
	r.build = span_str("make \xc3\xa9");
	j = view_release(&r);
	is_a("Release", j);
	ck_assert_int_eq(view_release_parse(j, "/release", &buf, &back, &f),
	    OK);
	release_encode(&o, &r);
	release_encode(&p, &back);
	ck_assert(span_eq(out_span(&o), out_span(&p)));
	json_decref(j);
}
END_TEST

START_TEST(a_policy_read_from_its_view_is_the_same_bytes)
{
	static struct policy now, back;
	static struct view_policy_buf buf;
	struct shape_faults f = { 0 };
	static uint8_t one[POLICY_MAX], two[POLICY_MAX];
	struct out o = out_of(one, sizeof one), p = out_of(two, sizeof two);
	json_t *j;

	now = chain_builder_policy(b);
	now.control.key[0].has_evidence = true;
	now.control.key[0].evidence.b[5] = 5;
	j = view_policy(&now);
	is_a("Policy", j);
	ck_assert_int_eq(view_policy_parse(j, "/policy", &buf, &back, &f), OK);
	policy_encode(&o, &now);
	policy_encode(&p, &back);
	ck_assert(!o.full && span_eq(out_span(&o), out_span(&p)));
	json_decref(j);
}
END_TEST

/* Changes one member of a policy view and expects a fault there. */
static void
bad_policy(const char *member, json_t *value, const char *pointer)
{
	static struct policy now, back;
	static struct view_policy_buf buf;
	struct shape_faults f = { 0 };
	json_t *j;

	now = chain_builder_policy(b);
	j = view_policy(&now);
	json_object_set_new(j, member, value);
	ck_assert_int_eq(view_policy_parse(j, "/policy", &buf, &back, &f),
	    ERR_JSON_FIELD);
	ck_assert_str_eq(f.fault[0].pointer, pointer);
	json_decref(j);
}

static json_t *
key_but(const char *member, json_t *value)
{
	struct policy now = chain_builder_policy(b);
	json_t *j = view_key(&now.control.key[0]);

	json_object_set_new(j, member, value);
	return json_pack("[o]", j);
}

START_TEST(a_bad_policy_is_refused_where_it_is_bad)
{
	char zeros[65];

	snprintf(zeros, sizeof zeros, "%064d", 0);
	bad_policy("witnesses", json_object(), "/policy/witnesses");
	bad_policy("threshold", json_integer(0), "/policy/threshold");
	bad_policy("min_delay_ms", json_string("72h"), "/policy/min_delay_ms");
	bad_policy("min_delay_ms", json_real(1.5), "/policy/min_delay_ms");
	bad_policy("pcrs", json_pack("[i,i,i,i]", 0, 1, 2, 32),
	    "/policy/pcrs/3");
	bad_policy("pcrs", json_pack("[i,i,i,i]", 0, 1, 2, 2),
	    "/policy/pcrs/3");
	bad_policy("control", json_array(), "/policy/control");
	bad_policy("control", json_pack("[s]", "ssh-rsa AAAA x"),
	    "/policy/control/0");
	bad_policy("control", json_pack("[i]", 1), "/policy/control/0");
	bad_policy("guardians", key_but("kid", json_string(zeros)),
	    "/policy/guardians/0");
	bad_policy("guardians", key_but("type", json_string("ssh-rsa")),
	    "/policy/guardians/0");
	bad_policy("guardians", key_but("name", json_string("")),
	    "/policy/guardians/0/name");
	bad_policy("guardians", key_but("evidence", json_string("00")),
	    "/policy/guardians/0/evidence");
	bad_policy("endorsers",
	    json_pack("{s:[s],s:i}", "keys", "x", "threshold", 1),
	    "/policy/endorsers/keys/0");
}
END_TEST

START_TEST(a_key_may_come_as_one_line)
{
	struct policy now = chain_builder_policy(b);
	struct shape_faults f = { 0 };
	uint8_t blob[KEY_BLOB_MAX];
	json_t *whole = view_key(&now.control.key[1]), *line;
	struct key k;

	line = json_sprintf("%s ops laptop",
	    json_string_value(json_object_get(whole, "key")));
	ck_assert_int_eq(view_key_parse(line, "", blob, &k, &f), OK);
	ck_assert(span_is(k.name, "ops laptop"));
	ck_assert(h32_eq(&k.kid, &now.control.key[1].kid));
	ck_assert(!k.has_evidence);
	ck_assert_int_eq(view_key_parse(json_object_get(whole, "key"), "", blob,
			     &k, &f),
	    ERR_JSON_FIELD);
	json_decref(line);
	json_decref(whole);
}
END_TEST

static enum err
pcrs(const char *member, const char *hex, struct pcrs *p)
{
	static struct view_pcrs_buf buf;
	struct shape_faults f = { 0 };
	char good[97], text[128];
	json_t *j;
	enum err e;

	memset(good, 'a', 96);
	good[96] = '\0';
	snprintf(text, sizeof text, "%s", hex ? hex : good);
	j = json_pack("{s:s,s:s,s:s}", "0", good, "1", good, "2", good);
	json_object_set_new(j, member, json_string(text));
	e = view_pcrs_parse(j, "/pcrs", &buf, p, &f);
	ck_assert((e == OK) == (f.n == 0));
	json_decref(j);
	return e;
}

START_TEST(pcrs_have_several_names_and_one_form)
{
	char hex[98];
	struct pcrs p;

	memset(hex, '0', sizeof hex);
	hex[96] = hex[97] = '\0';
	ck_assert_int_eq(pcrs("8", NULL, &p), OK);
	ck_assert_uint_eq(p.mask, 0x107);
	ck_assert_int_eq(pcrs("PCR8", NULL, &p), OK);
	ck_assert_uint_eq(p.mask, 0x107);
	ck_assert_int_eq(pcrs("pcr_31", NULL, &p), OK);
	ck_assert_uint_eq(p.mask, 0x80000007);
	ck_assert_int_eq(pcrs("pcr0", NULL, &p), ERR_JSON_FIELD);
	ck_assert_int_eq(pcrs("32", NULL, &p), ERR_JSON_FIELD);
	ck_assert_int_eq(pcrs("08", NULL, &p), ERR_JSON_FIELD);
	ck_assert_int_eq(pcrs("-1", NULL, &p), ERR_JSON_FIELD);
	ck_assert_int_eq(pcrs("PCR", NULL, &p), ERR_JSON_FIELD);
	ck_assert_int_eq(pcrs("8", "abc", &p), ERR_JSON_FIELD);
	ck_assert_int_eq(pcrs("8", hex, &p), ERR_JSON_FIELD);
	hex[95] = '1';
	ck_assert_int_eq(pcrs("8", hex, &p), OK);
	hex[95] = 'g';
	ck_assert_int_eq(pcrs("8", hex, &p), ERR_JSON_FIELD);
	hex[95] = '1';
	hex[96] = '1';
	ck_assert_int_eq(pcrs("8", hex, &p), ERR_JSON_FIELD);
}
END_TEST

START_TEST(base64_has_one_form)
{
	static const struct {
		const char *text;
		size_t n;
		enum err e;
	} row[] = {
		{ "", 0, OK },
		{ "AA==", 1, OK },
		{ "AAA=", 2, OK },
		{ "AAAA", 3, OK },
		{ "AAAAAA==", 4, OK },
		{ "AB==", 0, ERR_JSON_FIELD }, /* bits that say nothing */
		{ "AAB=", 0, ERR_JSON_FIELD },
		{ "AA=", 0, ERR_JSON_FIELD },
		{ "AA", 0, ERR_JSON_FIELD },
		{ "A===", 0, ERR_JSON_FIELD },
		{ "====", 0, ERR_JSON_FIELD },
		{ "A A=", 0, ERR_JSON_FIELD },
		{ "AAA\n", 0, ERR_JSON_FIELD },
		{ "AA-_", 0, ERR_JSON_FIELD },
		{ "AA==AAAA", 0, ERR_JSON_FIELD },
		{ "AA\xc3\xa9", 0, ERR_JSON_FIELD }, /* libsodium takes it */
		{ "AAAAAAAA", 6, OK },
		{ "AAAAAAAAAA==", 0, ERR_NO_SPACE },
		{ "AAAAAAAAAAAA", 0, ERR_NO_SPACE },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		uint8_t buf[6];
		struct out o = out_of(buf, sizeof buf);
		enum err e = view_bytes_unbase64(span_str(row[i].text), &o);

		ck_assert_msg(e == row[i].e, "%s: %s", row[i].text,
		    err_code(e));
		ck_assert_uint_eq(o.n, row[i].n);
	}
}
END_TEST

START_TEST(hex_ids_are_lower_case)
{
	char text[66];
	struct h32 h;

	memset(text, 'a', sizeof text);
	text[64] = '\0';
	ck_assert(view_bytes_unh32(text, &h));
	text[3] = 'A';
	ck_assert(!view_bytes_unh32(text, &h));
	text[3] = 'a';
	text[63] = '\0';
	ck_assert(!view_bytes_unh32(text, &h));
	text[63] = text[64] = 'a';
	text[65] = '\0';
	ck_assert(!view_bytes_unh32(text, &h));
	ck_assert(!view_bytes_unh32(NULL, &h));
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
	Suite *s = suite_create("view");
	TCase *t = tcase_create("view");
	SRunner *r = srunner_create(s);
	int bad;

	openapi = json_load_file("openapi/encl.json", 0, NULL);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_a_stage_waits_for);
	tcase_add_test(t, a_policy_stage_is_shown_whole);
	tcase_add_test(t, earliest_is_the_time_from_which_a_release_is_good);
	tcase_add_test(t, every_entry_has_a_view);
	tcase_add_test(t, measurements_are_what_a_client_may_accept);
	tcase_add_test(t, clients_without_a_clock_get_what_may_run_now);
	tcase_add_test(t, feeds_have_names);
	tcase_add_test(t,
	    each_set_has_the_time_from_which_and_until_when_it_counts);
	tcase_add_test(t, a_key_is_for_the_code_that_may_run_now);
	tcase_add_test(t, what_can_never_take_effect_is_in_no_set);
	tcase_add_test(t, a_summary_fits_a_list);
	tcase_add_test(t, a_release_read_from_its_view_is_the_same_bytes);
	tcase_add_test(t, a_policy_read_from_its_view_is_the_same_bytes);
	tcase_add_test(t, a_bad_policy_is_refused_where_it_is_bad);
	tcase_add_test(t, a_key_may_come_as_one_line);
	tcase_add_test(t, pcrs_have_several_names_and_one_form);
	tcase_add_test(t, base64_has_one_form);
	tcase_add_test(t, hex_ids_are_lower_case);
	tcase_add_test(t, a_register_that_goes_or_comes_is_a_change);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	json_decref(openapi);
	return bad != 0;
}
