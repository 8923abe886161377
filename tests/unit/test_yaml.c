/* SPDX-License-Identifier: ISC */
/* YAML in a definition: the plain part of it, with its core types. */
#include <check.h>
#include <stdio.h>

#include "definition/shape.h"
#include "definition/yaml.h"
#include "tests/lib/suite.h"

START_TEST(yaml_words_are_not_booleans)
{
	static const char *const words[] = { "no", "yes", "on", "off", "y", "n",
		"12:30:45", "1_000", "0b11", "2026-11-20", "<<", "=", "NO",
		"nUll", "0x", "1e", "-", "+.", "e3" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		char text[64];
		struct shape_faults f = { 0 };
		json_t *j, *v;

		/* "-" alone opens a sequence */
		snprintf(text, sizeof text, "{k: %s}",
		    strcmp(words[i], "-") ? words[i] : "--");
		ck_assert_int_eq(yaml_load(span_str(text), &j, &f), OK);
		v = json_object_get(j, "k");
		ck_assert_msg(json_is_string(v), "%s", words[i]);
		json_decref(j);
	}
}
END_TEST

START_TEST(yaml_scalars_have_the_core_types)
{
	static const struct {
		const char *yaml, *json;
	} row[] = {
		{ "~", "null" },
		{ "", "null" },
		{ "Null", "null" },
		{ "TRUE", "true" },
		{ "False", "false" },
		{ "12", "12" },
		{ "+12", "12" },
		{ "-12", "-12" },
		{ "0", "0" },
		{ "0o17", "15" },
		{ "0xFf", "255" },
		{ "'12'", "\"12\"" },
		{ "\"true\"", "\"true\"" },
		{ "''", "\"\"" },
		{ "9223372036854775807", "9223372036854775807" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char yaml[64], json[64];
		struct shape_faults f = { 0 };
		json_t *a, *b;

		snprintf(yaml, sizeof yaml, "k: %s\n", row[i].yaml);
		snprintf(json, sizeof json, "{\"k\": %s}", row[i].json);
		ck_assert_int_eq(yaml_load(span_str(yaml), &a, &f), OK);
		ck_assert_int_eq(shape_load(span_str(json), &b, &f), OK);
		ck_assert_msg(json_equal(a, b), "%s", yaml);
		json_decref(a);
		json_decref(b);
	}
}
END_TEST

START_TEST(yaml_beyond_the_plain_kind_is_refused)
{
	static const struct {
		const char *yaml, *words;
	} row[] = {
		{ "a: &x 1\n", "anchor" },
		{ "a: &x [1]\nb: *x\n", "anchor" },
		{ "a: *x\n", "alias" },
		{ "*x : 1\n", "alias" },
		{ "a: !!str 1\n", "tag" },
		{ "a: !mine {}\n", "tag" },
		{ "! a: 1\n", "tag" },
		{ "%YAML 1.1\n---\na: 1\n", "directive" },
		{ "%TAG ! tag:x,2000:\n---\na: 1\n", "directive" },
		{ "a: 1\n---\nb: 2\n", "second document" },
		{ "a: 1\na: 2\n", "already" },
		{ "{\"a\": 1, a: 2}", "already" },
		{ "1: a\n", "quote it" },
		{ "true: a\n", "quote it" },
		{ "? [a]\n: b\n", "not text" },
		{ "a: 1.10\n", "fraction" },
		{ "a: .5\n", "fraction" },
		{ "a: 1e3\n", "fraction" },
		{ "a: -.inf\n", "fraction" },
		{ "a: .NaN\n", "fraction" },
		{ "a: 0755\n", "leading zeros" },
		{ "a: 9223372036854775808\n", "too large" },
		{ "a: 0x10000000000000000\n", "too large" },
		{ "a: \"\\0\"\n", "NUL" },
		{ "\"a\\0b\": 1\n", "NUL" },
		{ "a: [1\n", "" },
		{ "a: \"\xff\"\n", "" },
		{ "\xfe\xff\0a", "" },
		{ "", "no document" },
		{ "# only talk\n", "no document" },
		{ "a: @b\n", "" },
		{ "\ta: 1\n", "" },
		{ "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "deep" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct shape_faults f = { 0 };
		json_t *j;
		enum err e = yaml_load(span_str(row[i].yaml), &j, &f);

		ck_assert_msg(e == ERR_YAML_BAD, "%s: %s", row[i].yaml,
		    err_code(e));
		ck_assert_ptr_null(j);
		ck_assert_uint_eq(f.n, 1);
		ck_assert_msg(strstr(f.fault[0].message, row[i].words) != NULL,
		    "%s: %s", row[i].yaml, f.fault[0].message);
	}
}
END_TEST

START_TEST(sixteen_levels_are_taken)
{
	struct shape_faults f = { 0 };
	json_t *j;

	ck_assert_int_eq(yaml_load(span_str("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]"
					    "]"),
			     &j, &f),
	    OK);
	json_decref(j);
	ck_assert_int_eq(shape_load(span_str("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]"
					     "]"),
			     &j, &f),
	    OK);
	json_decref(j);
	ck_assert_int_eq(shape_load(span_str("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]"
					     "]]]"),
			     &j, &f),
	    ERR_JSON_DEPTH);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { yaml_words_are_not_booleans,
		yaml_scalars_have_the_core_types,
		yaml_beyond_the_plain_kind_is_refused,
		sixteen_levels_are_taken };

	return SUITE_RUN("yaml", t);
}
