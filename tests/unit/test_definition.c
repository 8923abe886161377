/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain/cbor.h"
#include "chain/text.h"
#include "definition/definition.h"
#include "tests/lib/definition_text.h"
#include "tests/lib/suite.h"

#define VECTORS "../shared/vectors"

static const char full[] = "name: payments\n"
			   "description: \"cards: \\u20ac\"\n"
			   "image: registry.example/payments:1.2\n"
			   "source:\n"
			   "  repo: https://git.example/payments\n"
			   "  commit: 0f3a\n"
			   "  build: make image\n"
			   "resources: {cpus: 2, memory_mib: 1024}\n"
			   "ports:\n"
			   "  - port: 8443\n"
			   "    tls: true\n"
			   "egress:\n"
			   "  default: deny\n"
			   "  rules:\n"
			   "    - host: \"*.bank.example\"\n"
			   "      ports: [443, 8000-8099]\n"
			   "    - cidr: 10.0.0.0/8\n"
			   "      action: deny\n"
			   "  resolvers: [9.9.9.9, \"2620:fe::fe\"]\n"
			   "storage: {size_mib: 512, mount: /data}\n"
			   "environment: [LOG_LEVEL]\n"
			   "secrets: [DB_PASSWORD]\n"
			   "upgrade:\n"
			   "  min_delay: 72h\n"
			   "  threshold: 2\n"
			   "  control_keys: [file:a, file:b, file:c]\n"
			   "  guardian_keys: [file:g]\n"
			   "  pcrs: [0, 1, 2, 8]\n";

/* The definition with these lines after a minimal one is refused, at this
 * place and for a reason that holds these words. */
static void
refused(const char *lines, const char *pointer, const char *words)
{
	char text[2048];
	struct shape_faults f = { 0 };
	json_t *j;

	snprintf(text, sizeof text, "name: a\nimage: i\n%s", lines);
	ck_assert_msg(definition_yaml(span_str(text), &j, &f) ==
			  ERR_DEFINITION_BAD,
	    "accepted: %s", lines);
	ck_assert_ptr_null(j);
	ck_assert_uint_ge(f.n, 1);
	ck_assert_str_eq(f.fault[0].pointer, pointer);
	ck_assert_msg(strstr(f.fault[0].message, words) != NULL, "%s: %s",
	    lines, f.fault[0].message);
}

static void
accepted(const char *lines)
{
	char text[2048];

	snprintf(text, sizeof text, "name: a\nimage: i\n%s", lines);
	json_decref(definition_text_read(text));
}

static struct span
canonical(const json_t *j, uint8_t *buf, struct h32 *h)
{
	struct out o = out_of(buf, DEFINITION_MAX);

	ck_assert_int_eq(definition_canonical(j, &o, h), OK);
	return out_span(&o);
}

START_TEST(a_definition_and_its_cbor_are_one)
{
	json_t *j = definition_text_read(full), *back;
	uint8_t a[DEFINITION_MAX], b[DEFINITION_MAX];
	struct h32 ha, hb;
	struct span s = canonical(j, a, &ha);

	ck_assert_int_eq(definition_from_canonical(s, &back), OK);
	ck_assert(json_equal(j, back));
	ck_assert(span_eq(s, canonical(back, b, &hb)));
	ck_assert(h32_eq(&ha, &hb));
	json_decref(back);
	json_decref(j);
}
END_TEST

START_TEST(order_of_keys_and_spelling_do_not_change_the_hash)
{
	struct shape_faults f = { 0 };
	uint8_t a[DEFINITION_MAX], b[DEFINITION_MAX];
	struct h32 ha, hb;
	json_t *x, *y;

	x = definition_text_read("name: a\nimage: i\nresources: {cpus: 2, "
				 "memory_mib: 0x400}\n");
	ck_assert_int_eq(definition_json(span_str("{\"resources\":{\"memory_"
						  "mib\":1024,\"cpus\":2},"
						  "\"image\":\"i\",\"name\":"
						  "\"a\"}"),
			     &y, &f),
	    OK);
	canonical(x, a, &ha);
	canonical(y, b, &hb);
	ck_assert(h32_eq(&ha, &hb));
	json_object_set_new(y, "image", json_string("j"));
	canonical(y, b, &hb);
	ck_assert(!h32_eq(&ha, &hb));
	json_decref(x);
	json_decref(y);
}
END_TEST

START_TEST(cbor_that_is_no_definition_has_no_json)
{
	static const struct {
		const char *hex;
		enum err e;
	} row[] = {
		{ "a0", OK },
		{ "a1616118ff", OK },
		{ "a1616117", OK },
		{ "a161611816", ERR_CBOR_NOT_SHORTEST },
		{ "a16161f6", ERR_CBOR_TYPE },
		{ "a1616120", ERR_CBOR_TYPE },
		{ "a161614101", ERR_CBOR_TYPE },
		{ "a1616181a161624101", ERR_CBOR_TYPE },
		{ "a2616201616102", ERR_CBOR_KEY_ORDER },
		{ "a000", ERR_CBOR_TRAILING },
		{ "a16161", ERR_CBOR_TRUNCATED },
		{ "a1616181818181818100", ERR_CBOR_DEPTH },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		uint8_t b[32];
		size_t n = strlen(row[i].hex) / 2;
		enum err e;
		json_t *j;

		ck_assert(text_unhex(span_str(row[i].hex), b, n));
		e = definition_from_canonical(span_of(b, n), &j);
		ck_assert_msg(e == row[i].e, "%s: %s", row[i].hex, err_code(e));
		ck_assert((j != NULL) == (e == OK));
		json_decref(j);
	}
}
END_TEST

START_TEST(the_schema_file_is_the_table)
{
	json_t *made = definition_schema(), *file;
	char text[256];

	file = json_load_file("openapi/definition.schema.json", 0, NULL);
	if (!json_equal(made, file)) {
		snprintf(text, sizeof text, "%s/definition.schema.json",
		    getenv("BUILD") ? getenv("BUILD") : "build");
		json_dump_file(made, text, JSON_INDENT(2));
		ck_abort_msg("copy %s to openapi/", text);
	}
	json_decref(made);
	json_decref(file);
}
END_TEST

START_TEST(every_fault_has_its_place)
{
	json_decref(definition_text_read(full));
	refused("nam: b\n", "/nam", "not known");
	refused("a/b~c: b\n", "/a~1b~0c", "not known");
	refused("description: 1\n", "/description", "text");
	refused("description: \"a\\nb\"\n", "/description", "control");
	refused("description: \"\\u202eb\"\n", "/description", "control");
	refused("resources: 2\n", "/resources", "object");
	refused("resources: {cpus: 0, memory_mib: 64}\n", "/resources/cpus",
	    "1 to 256");
	refused("resources: {cpus: \"2\", memory_mib: 64}\n", "/resources/cpus",
	    "whole number");
	refused("resources: {cpus: 1}\n", "/resources/memory_mib", "missing");
	refused("ports: {port: 1}\n", "/ports", "array");
	refused("ports: [{port: 65536}]\n", "/ports/0/port", "65535");
	refused("ports: [{port: 1, tls: yes}]\n", "/ports/0/tls",
	    "true or false");
	refused("ports: [{port: 1}, {port: 1}]\n", "/ports/1", "twice");
	refused("ports: [{port: 1, protocol: sctp}]\n", "/ports/0/protocol",
	    "tcp, udp");
	refused("egress: {rules: []}\n", "/egress/default", "missing");
	refused("egress: {default: no}\n", "/egress/default", "deny, allow");
	refused("environment: [1A]\n", "/environment/0", "digit first");
	refused("environment: [A, A]\n", "/environment/1", "twice");
	refused("storage: {size_mib: 1, mount: data}\n", "/storage/mount", "/");
	refused("upgrade: {min_delay: 72}\n", "/upgrade/min_delay", "72h");
	refused("upgrade: {threshold: 3, control_keys: [a, b]}\n", "/upgrade",
	    "threshold");
	accepted("upgrade: {threshold: 2, control_keys: [a, b]}\n");
	refused("upgrade: {pcrs: [0, 1, 8]}\n", "/upgrade/pcrs", "rise");
	refused("upgrade: {pcrs: [0, 1, 2, 32]}\n", "/upgrade/pcrs/3", "31");
	accepted("upgrade: {pcrs: [0, 1, 2, 31]}\n");
}
END_TEST

static void
rule(const char *r, const char *words)
{
	char lines[256];

	snprintf(lines, sizeof lines, "egress: {default: deny, rules: [%s]}\n",
	    r);
	if (words == NULL)
		accepted(lines);
	else {
		struct shape_faults f = { 0 };
		char text[512];
		json_t *j;

		snprintf(text, sizeof text, "name: a\nimage: i\n%s", lines);
		ck_assert_msg(definition_yaml(span_str(text), &j, &f) ==
				  ERR_DEFINITION_BAD,
		    "accepted: %s", r);
		ck_assert_msg(strstr(f.fault[0].message, words) != NULL,
		    "%s: %s", r, f.fault[0].message);
	}
}

START_TEST(egress_rules_name_one_destination)
{
	rule("{host: a.example}", NULL);
	rule("{host: \"*\"}", NULL);
	rule("{host: \"**.example\"}", NULL);
	rule("{host: \"*.a-b.example\", ports: [443]}", NULL);
	rule("{cidr: 10.0.0.0/8}", NULL);
	rule("{cidr: 10.1.2.3}", NULL);
	rule("{cidr: 0.0.0.0/0}", NULL);
	rule("{cidr: \"2001:db8::/32\"}", NULL);
	rule("{cidr: \"2001:db8::1/128\"}", NULL);
	rule("{}", "either");
	rule("{ports: [1]}", "either");
	rule("{host: a, cidr: 10.0.0.0/8}", "either");
	rule("{host: A.example}", "DNS name");
	rule("{host: a..b}", "DNS name");
	rule("{host: .b}", "DNS name");
	rule("{host: a.*.b}", NULL);
	rule("{host: \"*.\"}", NULL);
	rule("{parent: true}", NULL);
	rule("{parent: false}", "either");
	rule("{parent: true, host: a}", "either");
	rule("{host: a.**.b}", "DNS name");
	rule("{host: \"a*.b\"}", "DNS name");
	rule("{host: a_b}", "DNS name");
	rule("{host: -a}", "DNS name");
	rule("{host: 1.2.3.4}", "DNS name");
	rule("{host: \"a b\"}", "DNS name");
	rule("{cidr: 10.1.2.3/8}", "host bits");
	rule("{cidr: 10.0.0.0/33}", "host bits");
	rule("{cidr: 10.0.0.0/}", "host bits");
	rule("{cidr: 10.0.0.0/08}", "host bits");
	rule("{cidr: 10.0.0.0/+8}", "host bits");
	rule("{cidr: 10.0.0/8}", "host bits");
	rule("{cidr: \"2001:db8::1/64\"}", "host bits");
	rule("{host: a, ports: []}", "1 to 64");
	rule("{host: a, ports: [0]}", "port");
	rule("{host: a, ports: [1-65535]}", NULL);
	rule("{host: a, ports: [2-1]}", "port");
	rule("{host: a, ports: [1-1]}", "port");
	rule("{host: a, ports: [1-65536]}", "port");
	rule("{host: a, ports: [1-2-3]}", "port");
	rule("{host: a, ports: [\"443\"]}", "port");
	rule("{host: a, ports: [443, 443]}", "twice");
}
END_TEST

START_TEST(a_source_too_large_is_refused)
{
	static char text[DEFINITION_SOURCE_MAX + 2];
	struct shape_faults f = { 0 };
	const char *head = "name: a\nimage: i\n#";
	json_t *j;

	memset(text, 'x', sizeof text);
	memcpy(text, head, strlen(head));
	ck_assert_int_eq(definition_yaml(span_of(text, sizeof text - 1), &j,
			     &f),
	    ERR_TOO_LARGE);
	ck_assert_int_eq(definition_yaml(span_of(text, sizeof text - 2), &j,
			     &f),
	    OK);
	json_decref(j);
}
END_TEST

START_TEST(a_diff_says_what_changed)
{
	json_t *a = definition_text_read(full), *b = definition_text_read(full),
	       *d, *v;

	d = definition_diff(a, b);
	ck_assert_uint_eq(json_array_size(d), 0);
	json_decref(d);
	json_object_set_new(json_object_get(b, "resources"), "cpus",
	    json_integer(4));
	json_object_del(b, "secrets");
	json_array_append_new(json_object_get(json_object_get(b, "egress"),
				  "rules"),
	    json_pack("{s:s}", "host", "evil.example"));
	d = definition_diff(a, b);
	ck_assert_uint_eq(json_array_size(d), 3);
	v = json_array_get(d, 0);
	ck_assert_str_eq(json_string_value(json_object_get(v, "pointer")),
	    "/resources/cpus");
	ck_assert_str_eq(json_string_value(json_object_get(v, "text")),
	    "resources/cpus: 2 becomes 4");
	v = json_array_get(d, 1);
	ck_assert_str_eq(json_string_value(json_object_get(v, "text")),
	    "egress/rules/2: added {\"host\":\"evil.example\"}");
	v = json_array_get(d, 2);
	ck_assert_str_eq(json_string_value(json_object_get(v, "change")),
	    "removed");
	json_decref(d);
	json_decref(a);
	json_decref(b);
}
END_TEST

START_TEST(the_order_of_rules_is_a_change)
{
	json_t *a = definition_text_read(full), *b = definition_text_read(full),
	       *d, *rules;

	rules = json_object_get(json_object_get(b, "egress"), "rules");
	json_array_append(rules, json_array_get(rules, 0));
	json_array_remove(rules, 0);
	d = definition_diff(a, b);
	ck_assert_uint_eq(json_array_size(d), 1);
	ck_assert_str_eq(json_string_value(
			     json_object_get(json_array_get(d, 0), "pointer")),
	    "/egress/rules");
	json_decref(d);
	json_decref(a);
	json_decref(b);
}
END_TEST

static size_t
read_file(const char *path, uint8_t *buf, size_t cap)
{
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(buf, 1, cap, f) : 0;

	if (f)
		fclose(f);
	return n;
}

/* Well-formed JSON that has no place here: a value alone, a key twice, a NUL,
 * a number that does not fit. */
static bool
refused_on_purpose(const char *name)
{
	static const char *const names[] = { "y_structure_lonely",
		"y_structure_string_empty", "y_string_space",
		"y_string_null_escape", "y_object_duplicated_key",
		"y_object_escaped_null_in_key" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

START_TEST(json_vectors)
{
	static uint8_t buf[1 << 20];
	DIR *d = opendir(VECTORS "/json/test_parsing");
	struct dirent *x;

	if (d == NULL) {
		printf("skipped json_vectors\n");
		return;
	}
	while ((x = readdir(d)) != NULL) {
		struct shape_faults f = { 0 };
		char path[512];
		json_t *j = NULL;
		size_t n;
		enum err e;

		if (x->d_name[0] != 'y' && x->d_name[0] != 'n')
			continue;
		snprintf(path, sizeof path, VECTORS "/json/test_parsing/%s",
		    x->d_name);
		n = read_file(path, buf, sizeof buf);
		e = shape_load(span_of(buf, n), &j, &f);
		if (x->d_name[0] == 'n' || refused_on_purpose(x->d_name))
			ck_assert_msg(e != OK, "accepted %s", x->d_name);
		else
			ck_assert_msg(e == OK, "refused %s: %s", x->d_name,
			    f.fault[0].message);
		json_decref(j);
	}
	closedir(d);
}
END_TEST

START_TEST(naughty_strings_round_or_are_refused)
{
	json_t *list = json_load_file(VECTORS "/blns/blns.json", 0, NULL);
	json_t *s, *j, *back;
	uint8_t buf[DEFINITION_MAX];
	size_t i;

	if (list == NULL) {
		printf("skipped naughty_strings\n");
		return;
	}
	json_array_foreach(list, i, s)
	{
		struct shape_faults f = { 0 };

		j = json_pack("{s:s, s:s, s:O}", "name", "a", "image", "i",
		    "description", s);
		if (definition_check(j, &f) == OK) {
			struct span c = canonical(j, buf, NULL);

			ck_assert_int_eq(definition_from_canonical(c, &back),
			    OK);
			ck_assert(json_equal(j, back));
			json_decref(back);
		} else {
			ck_assert_uint_eq(f.n, 1);
			ck_assert_str_eq(f.fault[0].pointer, "/description");
		}
		json_object_set(j, "name", s);
		if (definition_check(j, &f) == OK)
			ck_assert_uint_le(json_string_length(s), 63);
		json_decref(j);
	}
	json_decref(list);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_definition_and_its_cbor_are_one,
		order_of_keys_and_spelling_do_not_change_the_hash,
		cbor_that_is_no_definition_has_no_json,
		the_schema_file_is_the_table, every_fault_has_its_place,
		egress_rules_name_one_destination,
		a_source_too_large_is_refused, a_diff_says_what_changed,
		the_order_of_rules_is_a_change, json_vectors,
		naughty_strings_round_or_are_refused };

	return SUITE_RUN("definition", t);
}
