/* SPDX-License-Identifier: ISC */
/* TOML in a definition: the plain part of it, line by line. */
#include <check.h>
#include <stdlib.h>

#include "definition/toml.h"
#include "tests/lib/suite.h"

static const struct {
	const char *text, *words;
} bad[] = {
	{ "a = 1\na = 2\n", "line 2: a key that stands here" },
	{ "\n'\xa3' = 2\n", "line 2: text that is not UTF-8" },
	{ "a = '\xa3'\n", "line 1: text that is not UTF-8" },
	{ "a.b = 1\na.b = 2\n", "line 2: a key that stands here" },
	{ "[a]\nb = 1\n[a]\n", "line 3: a table that stands here" },
	{ "a = 1\n[a]\n", "line 2: a table that stands here" },
	{ "a.b = 1\n[a]\n", "line 2: a table that stands here" },
	{ "a = {b = 1}\na.c = 2\n", "line 2: a key that stands here" },
	{ "a = {b = 1}\n[a.c]\n", "line 2: a key that stands here" },
	{ "[[a]]\n[a]\n", "line 2: a table that stands here" },
	{ "a = [1]\n[[a]]\n", "line 2: a key that stands here" },
	{ "a = 1.5\n", "line 1: no value" },
	{ "a = 2026-11-21\n", "line 1: no value" },
	{ "a = no\n", "line 1: no value" },
	{ "a = 01\n", "line 1: no value" },
	{ "a = 1__0\n", "line 1: no value" },
	{ "a = _1\n", "line 1: no value" },
	{ "a = 99999999999999999999\n", "line 1: no value" },
	{ "a = \"\"\"b\"\"\"\n", "line 1: a string over several" },
	{ "a = '''b'''\n", "line 1: a string over several" },
	{ "a = \"b\nc\"\n", "line 1: a string without" },
	{ "a = \"b\\q\"\n", "line 1: an escape that" },
	{ "a = \"\\u0000\"\n", "line 1: an escape of no" },
	{ "a = \"\\ud800\"\n", "line 1: an escape of no" },
	{ "a = \"\xff\"\n", "line 1: text that is not UTF-8" },
	{ "a = \"\x01\"\n", "line 1: a control" },
	{ "# \x01\n", "line 1: a control" },
	{ "a = 1 b = 2\n", "line 1: something after" },
	{ "a\n", "line 1: there is no =" },
	{ "= 1\n", "line 1: a key is missing" },
	{ "a. = 1\n", "line 1: a key is missing" },
	{ "[a\n", "line 1: a table's name without" },
	{ "[[a]\n", "line 1: a table's name without" },
	{ "a = [1, 2\n", "an array without" },
	{ "a = [{b = 1}]\n", "line 1: a table in an array" },
	{ "a = {b = 1\n", "line 1: an inline table without" },
	{ "a = [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n", "nested too deeply" },
	{ "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1\n", "too deep" },
	{ "a = \n", "line 1: no value" },
	{ "a: 1\n", "line 1: there is no =" },
};

START_TEST(toml_beyond_the_plain_kind_is_refused_with_its_line)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct shape_faults f = { 0 };
		json_t *j;
		enum err e = toml_load(span_str(bad[i].text), &j, &f);

		ck_assert_msg(e == ERR_TOML_BAD, "%s: %s", bad[i].text,
		    err_code(e));
		ck_assert_ptr_null(j);
		ck_assert_msg(strstr(f.fault[0].message, bad[i].words),
		    "%s: %s", bad[i].text, f.fault[0].message);
	}
}
END_TEST

START_TEST(toml_of_the_plain_kind_is_read)
{
	static const char text[] =
	    "# a comment\r\n"
	    "a = \"x\\t\\u20ac\\\\\" # and one more\n"
	    "'q k' = 'C:\\n'\n"
	    "n = [ 1, -2, +3, 0x1F, 0o17, 0b101, 1_000, # in between\n"
	    "  4,\n]\n"
	    "d.e.f = true\nd.e.g = false\ni = { x = 1, y.z = \"s\" }\n"
	    "empty = {}\nnone = []\n"
	    "[t.u]\nv = 1\n[t]\nw = 2\n[[l]]\nm = 1\n[l.s]\nx = 1\n[[l]]\n";
	static const char want[] =
	    "{\"a\":\"x\\t\\u20AC\\\\\",\"d\":{\"e\":{\"f\":true,\"g\":false}}"
	    ",\"empty\":{},\"i\":{\"x\":1,\"y\":{\"z\":\"s\"}},\"l\":[{\"m\":1,"
	    "\"s\":{\"x\":1}},{}],\"n\":[1,-2,3,31,15,5,1000,4],\"none\":[],"
	    "\"q k\":\"C:\\\\n\",\"t\":{\"u\":{\"v\":1},\"w\":2}}";
	struct shape_faults f = { 0 };
	json_t *j;
	char *s;

	ck_assert_msg(toml_load(span_str(text), &j, &f) == OK, "%s",
	    f.fault[0].message);
	s = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
	ck_assert_str_eq(s, want);
	free(s);
	json_decref(j);
	ck_assert_uint_eq(toml_line(span_str(text), "/t/w"), 15);
	ck_assert_uint_eq(toml_line(span_str(text), "/t/u/nothing"), 12);
	ck_assert_uint_eq(toml_line(span_str(text), "/nothing"), 0);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		toml_beyond_the_plain_kind_is_refused_with_its_line,
		toml_of_the_plain_kind_is_read
	};

	return SUITE_RUN("toml", t);
}
