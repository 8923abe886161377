/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/imported.h"
#include "tests/lib/suite.h"

/* What people write that is wrong, or only looks right: each is refused with
 * its line and its key, whoever reads it. */

#define HEAD "name: a\nimage: i\n"
#define RULE HEAD "egress:\n  default: deny\n  rules:\n"
#define ZERO24 "000000000000000000000000"
#define AB24 "abababababababababababab"

static const struct {
	const char *text, *pointer, *words;
} bad[] = {
	/* YAML beyond the plain part of it */
	{ HEAD "secrets: &s [A]\nenvironment: *s\n", "/secrets",
	    "line 3, column 10: an anchor" },
	{ HEAD "secrets: *s\n", "/secrets", "line 3, column 10: an alias" },
	{ HEAD "resources:\n  <<: {cpus: 2, memory_mib: 64}\n", "/resources/<<",
	    "line 4, column 3: a merge key" },
	{ "base: &b {cpus: 2}\nname: a\nresources:\n  <<: *b\n", "/base",
	    "line 1, column 7: an anchor" },
	{ HEAD "debug: !!bool yes\n", "/debug", "line 3, column 8: a tag" },
	{ "%YAML 1.1\n---\n" HEAD, "", "directive" },
	{ HEAD "---\nname: b\n", "", "line 3, column 1: there is a second" },
	{ HEAD "resources:\n\tcpus: 2\n", "/resources",
	    "line 4, column 1: a tab" },
	{ HEAD "resources:\n  cpus: 2\n\tmemory_mib: 2\n", "/resources/cpus",
	    "line 5, column 1: a tab" },
	{ HEAD "debug: true\ndebug: true\n", "/debug",
	    "line 4, column 1: a key that stands here already" },
	{ HEAD "resources:\n  cpus: 2\n  \"cpus\": 4\n", "/resources/cpus",
	    "line 5, column 3: a key that stands here already" },
	{ HEAD "? [a]\n: b\n", "", "line 3, column 3: a key that is not text" },
	{ HEAD "1: b\n", "/1", "line 3, column 1: a key that is not text" },
	{ HEAD "description: \"a\n", "/description", "unexpected end" },
	{ HEAD "description: \"a\\0b\"\n", "/description",
	    "line 3, column 14: text with a NUL" },
	{ HEAD "description: \xff\xfe\n", "", "line 3, column 14: invalid" },
	{ "a: &a [lol, lol]\nb: &b [*a, *a]\nc: &c [*b, *b]\nname: a\n", "/a",
	    "line 1, column 4: an anchor" },
	{ HEAD "k: [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]\n",
	    "/k/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0", "line 3, column 19: this is" },
	{ "", "", "line 1, column 1: there is no document" },
	{ "- a\n", "", "must be an object" },
	{ HEAD "runtime: {\"a\\e[2J\": b}\n", "/runtime",
	    "line 3: has a member whose name is not plain text" },
	{ HEAD "runtime: {\"a\\nb\": b}\n", "/runtime",
	    "has a member whose name is not plain text" },
	/* scalars that other readers take for something else */
	{ HEAD "debug: no\n", "/debug",
	    "line 3: must be true or false, and \"no\" is text" },
	{ HEAD "debug: on\n", "/debug", "line 3: must be true or false" },
	{ HEAD "debug: ~\n", "/debug", "line 3: must be true or false" },
	{ HEAD "debug: 1\n", "/debug", "line 3: must be true or false" },
	{ HEAD "ports: [{port: 1, tls: yes}]\n", "/ports/0/tls",
	    "line 3: must be true or false, and \"yes\" is text" },
	{ HEAD "upgrade: {upgradable: off}\n", "/upgrade/upgradable",
	    "line 3: must be true or false, and \"off\" is text" },
	{ HEAD "source: {repo: r, commit: 1234567}\n", "/source/commit",
	    "line 3: must be text: quote it" },
	{ HEAD "source:\n  repo: r\n  commit: 12e4567\n", "/source/commit",
	    "line 5, column 11: a number with a fraction or an exponent" },
	{ HEAD "source: {repo: r, commit: 0123}\n", "/source/commit",
	    "line 3, column 27: a number with leading zeros" },
	{ HEAD "image: i\nsource: {repo: true, commit: c}\n", "/image",
	    "line 3" },
	{ HEAD "source: {repo: true, commit: c}\n", "/source/repo",
	    "line 3: must be text: quote it" },
	{ HEAD "replicas: 1.0\n", "/replicas", "line 3, column 11: a number" },
	{ HEAD "replicas: -1\n", "/replicas", "line 3: must be a whole" },
	{ HEAD "replicas: 99999999999999999999\n", "/replicas",
	    "line 3, column 11: a number that is too large" },
	{ HEAD "replicas: 0x100000000000000000\n", "/replicas",
	    "line 3, column 11: a number that is too large" },
	/* numbers and names */
	{ HEAD "ports:\n  - port: 0\n", "/ports/0/port", "line 4: must be" },
	{ HEAD "ports:\n  - port: 65536\n", "/ports/0/port",
	    "line 4: must be" },
	{ RULE "    - host: x\n      ports:\n        - 443\n        - 0\n",
	    "/egress/rules/0/ports/1", "line 9: must be a port" },
	{ RULE "    - host: x\n      ports: [65536]\n",
	    "/egress/rules/0/ports/0", "line 7: must be a port" },
	{ RULE "    - host: x\n      ports: [0-9]\n", "/egress/rules/0/ports/0",
	    "line 7: must be a port" },
	{ RULE "    - host: x\n      ports: [1-65536]\n",
	    "/egress/rules/0/ports/0", "line 7: must be a port" },
	{ RULE "    - host: x\n      ports: [9-8]\n", "/egress/rules/0/ports/0",
	    "line 7: must be a port" },
	{ RULE "    - cidr: 10.1.0.0/8\n", "/egress/rules/0/cidr",
	    "line 6: must be an address or a network without host bits" },
	{ RULE "    - cidr: \"2001:db8::1/32\"\n", "/egress/rules/0/cidr",
	    "line 6: must be" },
	{ RULE "    - cidr: 10.0.0.0/33\n", "/egress/rules/0/cidr",
	    "line 6: must be" },
	{ RULE "    - cidr: 010.0.0.0/8\n", "/egress/rules/0/cidr",
	    "line 6: must be" },
	{ RULE "    - host: \"a.example\\nb.example\"\n",
	    "/egress/rules/0/host", "line 6: must be printable ASCII" },
	{ RULE "    - host: \"\xd0\xb0pi.example\"\n", "/egress/rules/0/host",
	    "line 6: must be printable ASCII" },
	{ RULE "    - host: \"a\xe2\x80\x8bpi.example\"\n",
	    "/egress/rules/0/host", "line 6: must be printable ASCII" },
	{ RULE "    - host: API.example\n", "/egress/rules/0/host",
	    "line 6: must be a DNS name in lower case" },
	{ RULE "    - host: api.example.\n", "/egress/rules/0/host",
	    "line 6: must be a DNS name" },
	{ RULE "    - host: 10.0.0.1\n", "/egress/rules/0/host",
	    "addresses go into cidr" },
	{ RULE "    - host: \"10.1\"\n", "/egress/rules/0/host",
	    "line 6: must be a DNS name" },
	{ RULE "    - host: \"167772161\"\n", "/egress/rules/0/host",
	    "line 6: must be a DNS name" },
	{ RULE "    - host: \"0xa000001\"\n", "/egress/rules/0/host",
	    "line 6: must be a DNS name" },
	{ "name: \xd0\xb0\n", "/name", "line 1: must be printable ASCII" },
	{ "name: A\n", "/name", "line 1: must be lower-case letters" },
	{ HEAD "description: \"a\xe2\x80\xae"
	       "b\"\n",
	    "/description", "line 3: must have no control or direction" },
	{ HEAD "egress: {default: off}\n", "/egress/default",
	    "line 3: must be one of: deny, allow" },
	{ HEAD "egress: {default: deny, alow: []}\n", "/egress/alow",
	    "line 3: is not known here" },
	/* measurements */
	{ HEAD "measurements:\n  pcr0: abcd\n", "/measurements/pcr0",
	    "line 4: must be 96 lower-case hex digits" },
	{ HEAD "measurements:\n  pcr0: " AB24 AB24 AB24 AB24 "ab\n",
	    "/measurements/pcr0", "line 4: must be 96 lower-case hex digits" },
	{ HEAD "measurements:\n  pcr0: AB" AB24 AB24 AB24
	       "ababababababababababab"
	       "\n",
	    "/measurements/pcr0", "line 4: must be 96 lower-case hex digits" },
	{ HEAD "measurements:\n  pcr1: \"" ZERO24 ZERO24 ZERO24 ZERO24 "\"\n",
	    "/measurements/pcr1",
	    "line 4: is zero, as in an enclave in debug" },
	{ HEAD "measurements:\n  pcr1: " ZERO24 ZERO24 ZERO24 ZERO24 "\n",
	    "/measurements/pcr1", "line 4, column 9: a number with leading" },
	{ HEAD "measurements: {pcr9: " AB24 AB24 AB24 AB24 "}\n",
	    "/measurements/pcr9", "line 3: is not known here" },
	/* JSON */
	{ "{\"name\": \"a\",\n\"debug\": true,\n\"debug\": true}", "",
	    "line 3, column 7: duplicate object key near '\"debug\"'" },
	{ "{\"name\": \"a\",\n\"replicas\": 1.0}", "/replicas",
	    "line 2: must be a whole number" },
	{ "{\"name\": \"a\",\n\"description\": \"a\\u0000\"}", "",
	    "line 2, column 24: text with a NUL" },
	{ "{\"name\": \"a\",\n\"replicas\": NaN}", "", "line 2, column" },
	{ "{\"name\": \"a\",\n}", "", "line 2, column" },
	{ "{\"name\": \"a\"}\n{}", "", "line 2, column" },
	{ "{\"name\": \"a\",\n\"k\": [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}", "",
	    "line 2: is nested too deeply" },
	{ "{\"name\": \"a\",\n\"debug\": \"no\"}", "/debug",
	    "line 2: must be true or false, and \"no\" is text" },
};

START_TEST(each_is_refused_with_its_line_and_its_key)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		imported_refused(bad[i].text, bad[i].pointer, bad[i].words);
}
END_TEST

/* YAML 1.2 has two words for each of true and false, and a country no
 * country code has to be quoted. */
START_TEST(words_that_were_booleans_once_are_text)
{
	json_t *d = imported("name: no\ndescription: on\ntarget: off\n"
			     "instance_type: yes\n"
			     "kms_proxy: {listen_port: 1, endpoints: {no: n}}\n"
			     "source: {repo: y, commit: 12:30:45}\n",
	    NULL);

	ck_assert_str_eq(json_string_value(json_object_get(d, "name")), "no");
	ck_assert_str_eq(json_string_value(json_object_get(d, "description")),
	    "on");
	ck_assert_str_eq(json_string_value(json_object_get(d, "target")),
	    "off");
	json_decref(d);
}
END_TEST

START_TEST(the_other_side_of_each_edge_is_taken)
{
	static const char *const fine[] = {
		HEAD "ports: [{port: 1}, {port: 65535}]\n",
		RULE "    - {host: x, ports: [1, 65535, 1-65535]}\n",
		RULE "    - {cidr: 10.0.0.0/8}\n    - {cidr: 10.0.0.1}\n"
		     "    - {cidr: 0.0.0.0/0}\n    - {cidr: \"::/0\"}\n",
		RULE "    - {host: 10.1.example}\n    - {host: 0xa.b}\n"
		     "    - {host: 1a}\n    - {host: xn--pi-6kc.example}\n",
		HEAD "debug: true\nmeasurements:\n  pcr0: \"" ZERO24 ZERO24
		    ZERO24 ZERO24 "\"\n",
		HEAD "measurements:\n  pcr8: \"" ZERO24 ZERO24 ZERO24 ZERO24
		     "\"\n",
		HEAD "measurements:\n  pcr0: " AB24 AB24 AB24 AB24 "\n",
		"\xef\xbb\xbf" HEAD,
		HEAD "resources:\n  cpus:\t2\n  memory_mib: 64 \t\n",
		"\"<<\": 1\nversion: v1\nname: a\nimage: i\nnetwork: {}\n",
	};

	for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
		json_decref(imported(fine[i], NULL));
}
END_TEST

/* A rule of a name of n bytes. */
static char *
rules(size_t count, size_t name)
{
	char *text = malloc(DEFINITION_SOURCE_MAX + 1), *at = text;

	at += sprintf(at, RULE);
	for (size_t i = 0; i < count; i++) {
		size_t n = i + 1 == count ? name : 243;

		at += sprintf(at, "    - {host: '");
		for (size_t k = 0; k < n; k++)
			*at++ = k % 60 == 59 ? '.' : (char)('a' + (i + k) % 26);
		at[-1] = (char)('a' + i / 26);
		at += sprintf(at, "'}\n");
	}
	return text;
}

static enum err
import(const char *text, const char *format, struct shape_faults *f)
{
	json_t *d, *notes;
	const char *id;
	enum err e;

	f->n = 0;
	e = dialect_import(span_str(text), format, &d, &id, &notes, f);
	json_decref(d);
	json_decref(notes);
	return e;
}

static size_t
canonical_size(const char *text)
{
	static uint8_t buf[DEFINITION_MAX];
	struct out o = out_of(buf, sizeof buf);
	json_t *d = imported(text, NULL);
	struct h32 id;

	ck_assert_int_eq(definition_canonical(d, &o, &id), OK);
	json_decref(d);
	return o.n;
}

START_TEST(a_definition_has_its_own_limit)
{
	struct shape_faults f = { 0 };
	char *text = rules(196, 100), *more;
	size_t most = 100 + DEFINITION_MAX - canonical_size(text);

	free(text);
	ck_assert_uint_le(most, 240);
	text = rules(196, most);
	more = rules(196, most + 1);
	ck_assert_uint_eq(canonical_size(text), DEFINITION_MAX);
	ck_assert_int_eq(import(more, NULL, &f), ERR_DEFINITION_BAD);
	ck_assert_ptr_nonnull(strstr(f.fault[0].message, "at most 49152"));
	free(text);
	free(more);
}
END_TEST

START_TEST(a_file_has_its_limit_with_what_nobody_reads)
{
	static char text[DEFINITION_SOURCE_MAX + 2];
	struct shape_faults f = { 0 };

	memset(text, 'x', sizeof text - 1);
	memcpy(text, HEAD "#", strlen(HEAD) + 1);
	ck_assert_int_eq(import(text, NULL, &f), ERR_TOO_LARGE);
	text[DEFINITION_SOURCE_MAX] = '\0';
	ck_assert_int_eq(import(text, NULL, &f), OK);
}
END_TEST

/* The text of a file counts, since the definition has it. */
START_TEST(a_file_of_another_system_has_to_fit_with_its_text)
{
	static char text[DEFINITION_MAX + 64];
	static const char head[] = "version: v1\nname: a\nimage: i\nnetwork: {}"
				   "\n#";
	struct shape_faults f = { 0 };

	memset(text, 'x', sizeof text - 1);
	memcpy(text, head, strlen(head));
	for (size_t i = 1000; i < sizeof text - 1; i += 1000)
		memcpy(text + i, "\n#", 2);
	ck_assert_int_eq(import(text, NULL, &f), ERR_DEFINITION_BAD);
	ck_assert_ptr_nonnull(strstr(f.fault[0].message, "at most 49152"));
	text[DEFINITION_MAX - 1024] = '\0';
	ck_assert_int_eq(import(text, NULL, &f), OK);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { each_is_refused_with_its_line_and_its_key,
		words_that_were_booleans_once_are_text,
		the_other_side_of_each_edge_is_taken,
		a_definition_has_its_own_limit,
		a_file_has_its_limit_with_what_nobody_reads,
		a_file_of_another_system_has_to_fit_with_its_text };

	return SUITE_RUN("definition_bad", t);
}
