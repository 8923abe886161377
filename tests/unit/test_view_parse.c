/* SPDX-License-Identifier: ISC */
/* What is read back from a view, and what is refused there. */
#include <check.h>
#include <stdio.h>

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
	api_schema_is("Release", j);
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
	api_schema_is("Policy", j);
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

int
main(void)
{
	const TTest *const t[] = {
		a_release_read_from_its_view_is_the_same_bytes,
		a_policy_read_from_its_view_is_the_same_bytes,
		a_bad_policy_is_refused_where_it_is_bad,
		a_key_may_come_as_one_line,
		pcrs_have_several_names_and_one_form, base64_has_one_form,
		hex_ids_are_lower_case
	};

	return SUITE_RUN_FIXTURE("view_parse", t, setup, teardown);
}
