/* SPDX-License-Identifier: ISC */
/* Files that mean more, or other things, than they look; and parts of them. */
#include <stdio.h>
#include <stdlib.h>

#include "definition/pointer.h"
#include "tests/lib/imported.h"
#include "tests/lib/suite.h"

#define E4 "version: v1\nname: a\nsources: {app: i}\n"
#define V1 "version = 1\nname = \"a\"\ndebug = false\n"

/* Enclaver asks whether a pattern matches the name "host", in any case, before
 * it connects that name to the machine outside. */
START_TEST(a_pattern_that_matches_host_reaches_the_parent)
{
	static const char *const allow[] = { "host", "HOST", "\"*\"", "\"**\"",
		"foo.**" };

	for (size_t i = 0; i < sizeof allow / sizeof allow[0]; i++) {
		char text[256];
		json_t *d, *rules, *v, *lost;
		bool parent = false;
		char *back;
		size_t k, n;

		snprintf(text, sizeof text, E4 "egress: {allow: [%s]}\n",
		    allow[i]);
		d = imported(text, "enclaver/4");
		rules = pointer_get(d, "/egress/rules");
		json_array_foreach(rules, k, v) parent =
		    parent || json_is_true(json_object_get(v, "parent"));
		ck_assert_msg(parent, "%s", allow[i]);
		/* and it is written as it was read */
		(void)json_object_del(d, "imported");
		(void)json_object_del(d, "target");
		ck_assert_int_eq(dialect_export(d, "enclaver/4", &back, &n,
				     &lost),
		    OK);
		free(back);
		json_decref(d);
	}
}
END_TEST

START_TEST(every_name_without_the_parent_has_no_place_in_enclaver)
{
	json_t *d =
	    imported("name: a\nimage: i\negress: {default: deny, rules: "
		     "[{host: \"*\"}]}\n",
		"encl");
	json_t *lost;
	char *text;
	size_t n;

	ck_assert_int_eq(dialect_export(d, "enclaver/4", &text, &n, &lost),
	    ERR_DEFINITION_LOSSY);
	json_decref(lost);
	json_decref(d);
}
END_TEST

/* Without destinations it is every one, and that has addresses in it. */
START_TEST(every_destination_on_a_port_has_addresses_too)
{
	json_t *d = imported("name = \"a\"\n[egress]\nenabled = true\n"
			     "ports = [\"443\"]\n",
	    "evervault/0");

	ck_assert_str_eq(json_string_value(
			     pointer_get(d, "/egress/rules/0/host")),
	    "*");
	ck_assert_str_eq(json_string_value(
			     pointer_get(d, "/egress/rules/1/cidr")),
	    "0.0.0.0/0");
	ck_assert_str_eq(json_string_value(
			     pointer_get(d, "/egress/rules/2/cidr")),
	    "::/0");
	ck_assert_int_eq(json_integer_value(
			     pointer_get(d, "/egress/rules/2/ports/0")),
	    443);
	json_decref(d);
}
END_TEST

/* What egress is without a rule, and whether the file comes back. */
START_TEST(a_switch_of_2022_counts_as_its_program_has_it)
{
	static const struct {
		const char *text, *format, *usual;
		size_t rules;
	} row[] = {
		{ "egress: {enabled: true}\n", "enclaver/1", "allow", 0 },
		{ "egress: {enabled: true, proxy_port: 9000, allow: [a]}\n",
		    "enclaver/1", "allow", 1 },
		{ "egress: {enabled: false, allow: [a], deny: [b]}\n",
		    "enclaver/1", NULL, 0 },
		{ "egress: {enabled: false, proxy_port: 9000, allow: [a]}\n",
		    "enclaver/1", "deny", 0 },
		{ "egress: {proxy_port: 9000}\n", "enclaver/1", "deny", 0 },
		{ "egress: {proxy_port: 9000, allow: [a]}\n", "enclaver/1",
		    "deny", 1 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char text[256], *back;
		json_t *d, *lost;
		const char *usual;
		size_t n;

		snprintf(text, sizeof text,
		    "version: v1\nname: a\nimage: i\n%s", row[i].text);
		d = imported(text, row[i].format);
		usual = json_string_value(pointer_get(d, "/egress/default"));
		ck_assert_msg((usual == NULL) == (row[i].usual == NULL), "%zu",
		    i);
		ck_assert(usual == NULL || strcmp(usual, row[i].usual) == 0);
		ck_assert_uint_eq(json_array_size(
				      pointer_get(d, "/egress/rules")),
		    row[i].rules);
		(void)json_object_del(d, "imported");
		ck_assert_int_eq(dialect_export(d, row[i].format, &back, &n,
				     &lost),
		    OK);
		free(back);
		json_decref(d);
	}
}
END_TEST

/* The rest of them is the chart's. */
START_TEST(a_part_of_the_values_of_a_chart_is_enough)
{
	static const char *const values[] = {
		"enclave: {enabled: true, cpuCount: 2}\n",
		"enclave: {enabled: true, memoryMib: 512}\n",
		"enclave: {enabled: true}\nimage: {tag: v1}\n"
	};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		json_t *d = imported(values[i], "containment-chamber/1"), *lost;
		char *back;
		size_t n;

		ck_assert_ptr_null(pointer_get(d, "/resources"));
		ck_assert_ptr_null(pointer_get(d, "/image"));
		(void)json_object_del(d, "imported");
		ck_assert_int_eq(dialect_export(d, "containment-chamber/1",
				     &back, &n, &lost),
		    OK);
		ck_assert_msg(strstr(back, "cpuCount") ||
				  strstr(back, "memoryMib") ||
				  strstr(back, "tag"),
		    "%s", back);
		free(back);
		json_decref(d);
	}
}
END_TEST

START_TEST(tables_in_arrays_come_back)
{
	json_t *d = imported(V1 "[[a]]\nx = 1\n[a.b]\ny = 2\n[[a]]\n[[c.d]]\n"
				"z = [[1], [\"e\"]]\n",
	    "evervault/1");
	json_t *lost, *back_d, *notes;
	struct shape_faults f = { 0 };
	const char *id;
	char *back;
	size_t n;

	(void)json_object_del(d, "imported");
	ck_assert_int_eq(dialect_export(d, "evervault/1", &back, &n, &lost),
	    OK);
	ck_assert_ptr_nonnull(strstr(back, "[[c.d]]"));
	ck_assert_int_eq(dialect_import(span_of(back, n), NULL, &back_d, &id,
			     &notes, &f),
	    OK);
	ck_assert(json_equal(json_object_get(d, "extensions"),
	    json_object_get(back_d, "extensions")));
	json_decref(back_d);
	json_decref(notes);
	free(back);
	json_decref(d);
}
END_TEST

/* It was made by hand: no TOML has it. */
START_TEST(what_toml_cannot_say_is_lost_and_not_a_lack_of_memory)
{
	static const char *const values[] = { "null", "1.5", "[1,{\"a\":1}]" };

	for (size_t i = 0; i < 3; i++) {
		json_t *d = imported(V1, "evervault/1"), *lost;
		char *back;
		size_t n;

		(void)json_object_del(d, "imported");
		(void)pointer_set(d, "/extensions/evervault~11/~1q",
		    json_string(values[i]));
		ck_assert_int_eq(dialect_export(d, "evervault/1", &back, &n,
				     &lost),
		    ERR_DEFINITION_LOSSY);
		json_decref(lost);
		json_decref(d);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		a_pattern_that_matches_host_reaches_the_parent,
		every_name_without_the_parent_has_no_place_in_enclaver,
		every_destination_on_a_port_has_addresses_too,
		a_switch_of_2022_counts_as_its_program_has_it,
		a_part_of_the_values_of_a_chart_is_enough,
		tables_in_arrays_come_back,
		what_toml_cannot_say_is_lost_and_not_a_lack_of_memory
	};

	return SUITE_RUN("dialect_traps", t);
}
