/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "definition/pointer.h"
#include "tests/lib/imported.h"
#include "tests/lib/suite.h"

#define FILES "tests/definition"
#define E0 "version: v1\nname: a\nimage: i\n"
#define E4 "version: v1\nname: a\nsources: {app: i}\n"

/* Calls f for every file; the folder is the format, with - for its last /. */
static void
each_file(
    void (*f)(const char *path, const char *text, size_t n, const char *format))
{
	static char text[DEFINITION_SOURCE_MAX];
	char path[600], format[64];
	DIR *all = opendir(FILES), *one;
	struct dirent *x, *y;
	size_t n, files = 0;

	ck_assert_ptr_nonnull(all);
	while ((x = readdir(all)) != NULL) {
		if (x->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, FILES "/%s", x->d_name);
		snprintf(format, sizeof format, "%.60s", x->d_name);
		*strrchr(format, '-') = '/';
		one = opendir(path);
		while ((y = readdir(one)) != NULL) {
			FILE *h;

			if (y->d_name[0] == '.')
				continue;
			snprintf(path, sizeof path, FILES "/%s/%s", x->d_name,
			    y->d_name);
			h = fopen(path, "r");
			ck_assert_ptr_nonnull(h);
			n = fread(text, 1, sizeof text - 1, h);
			text[n] = '\0';
			fclose(h);
			f(path, text, n, format);
			files++;
		}
		closedir(one);
	}
	closedir(all);
	ck_assert_uint_ge(files, 36);
}

static void
exports_as_it_was(const char *path, const char *text, size_t n,
    const char *format)
{
	json_t *d = imported(text, format), *lost;
	char *out;
	size_t out_n;

	ck_assert_msg(dialect_export(d, format, &out, &out_n, &lost) == OK,
	    "%s", path);
	ck_assert_msg(out_n == n && memcmp(out, text, n) == 0, "%s: %s", path,
	    out);
	free(out);
	json_decref(d);
}

START_TEST(what_nobody_edited_is_written_byte_for_byte)
{
	each_file(exports_as_it_was);
}
END_TEST

/* Without its text a definition is written anew, from what it says. */
static void
means_the_same(const char *path, const char *text, size_t n, const char *format)
{
	json_t *d = imported(text, format), *lost, *back, *a, *b;
	char *out;
	size_t out_n;
	enum err e;

	(void)n;
	json_object_del(d, "imported");
	e = dialect_export(d, format, &out, &out_n, &lost);
	ck_assert_msg(e == OK, "%s: %s %s", path, err_code(e),
	    lost ? json_dumps(lost, JSON_INDENT(2)) : "");
	back = imported(out, format);
	a = dialect_meaning(d);
	b = dialect_meaning(back);
	ck_assert_msg(json_equal(a, b), "%s: %s", path, out);
	json_decref(a);
	json_decref(b);
	json_decref(back);
	json_decref(d);
	free(out);
}

START_TEST(what_is_written_anew_means_the_same)
{
	each_file(means_the_same);
}
END_TEST

/* What was edited shows in what is written. */
static void
takes_an_edit(const char *path, const char *text, size_t n, const char *format)
{
	json_t *d = imported(text, format), *lost, *back;
	const char *place = json_object_get(d, "image")        ? "/image"
			    : json_object_get(d, "dockerfile") ? "/dockerfile"
			    : json_object_get(d, "eif")        ? "/eif"
							       : NULL;
	char *out;
	size_t out_n;

	(void)n;
	if (place) {
		pointer_set(d, place, json_string("edited:1"));
		ck_assert_msg(dialect_export(d, format, &out, &out_n, &lost) ==
				  OK,
		    "%s", path);
		back = imported(out, format);
		ck_assert_str_eq(json_string_value(pointer_get(back, place)),
		    "edited:1");
		json_decref(back);
		free(out);
	}
	pointer_set(d, "/description", json_string("no format has this"));
	ck_assert_int_eq(dialect_export(d, format, &out, &out_n, &lost),
	    ERR_DEFINITION_LOSSY);
	ck_assert_ptr_null(out);
	ck_assert_uint_eq(json_array_size(lost), 1);
	ck_assert_str_eq(json_string_value(
			     json_object_get(json_array_get(lost, 0),
				 "pointer")),
	    "/description");
	json_decref(lost);
	json_decref(d);
}

START_TEST(an_edit_is_written_and_what_cannot_be_is_refused)
{
	each_file(takes_an_edit);
}
END_TEST

/* 230 rules of 64 ports, which fit into a definition. */
START_TEST(the_longest_list_of_rules_is_written_in_no_time)
{
	json_t *d = json_pack("{s:s, s:s, s:{s:s, s:[]}}", "name", "a", "image",
	    "i", "egress", "default", "deny", "rules");
	json_t *m;

	for (int i = 0; i < 230; i++) {
		json_t *ports = json_array();

		for (int k = 0; k < 64; k++)
			json_array_append_new(ports, json_integer(60000 + k));
		json_array_append_new(pointer_get(d, "/egress/rules"),
		    json_pack("{s:o, s:o}", "host",
			json_sprintf("h%d", i % 115), "ports", ports));
	}
	m = dialect_meaning(d);
	ck_assert_uint_eq(json_array_size(pointer_get(m, "/egress/rules")),
	    115 * 64);
	json_decref(m);
	json_decref(d);
}
END_TEST

START_TEST(what_others_have_too_has_its_place)
{
	json_t *d =
	    imported("tee: {platform: nitro}\n"
		     "server: {listen_address: 127.0.0.1, listen_port: 1}\n"
		     "metrics: {listen_port: 2}\n"
		     "tls: {mode: atls, listen_port: 3}\n",
		"containment-chamber-config/1");
	json_t *want = json_pack("[{s:i, s:s}, {s:i, s:s, s:b}]", "port", 2,
	    "name", "metrics", "port", 3, "name", "tls", "tls", 1);

	ck_assert(json_equal(json_object_get(d, "ports"), want));
	json_decref(want);
	json_decref(d);
	d = imported("version = 1\nname = \"a\"\ndebug = false\n[runtime]\n"
		     "data_plane_version = \"1.2\"\n",
	    "evervault/1");
	ck_assert_str_eq(json_string_value(
			     pointer_get(d, "/runtime/data_plane")),
	    "1.2");
	json_decref(d);
}
END_TEST

#define POINT \
	"BLFXPxXiX6BHIpQN7UBdafzzPqorBlLCl+DrlM0Gpkfinols7xW3p+X6Dan+2eu5Z57C" \
	"4fKM0ptF6yguRWxNQFs="

static json_t *
with_key(const char *point)
{
	char text[400];

	(void)snprintf(text, sizeof text,
	    "{\"container_port\": 1, \"control_key\": {\"mode\": "
	    "\"self_hosted\", \"public_key\": \"%s\"}}",
	    point);
	return imported(text, "enclavia-create/1");
}

START_TEST(a_control_key_is_one_that_a_policy_takes)
{
	json_t *d = with_key(POINT), *lost;
	char *text;
	size_t n;

	ck_assert_str_eq(json_string_value(
			     pointer_get(d, "/upgrade/control_keys/0")),
	    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyN"
	    "TYAAABBBLFXPxXiX6BHIpQN7UBdafzzPqorBlLCl+DrlM0Gpkfinols7xW3p+X6Da"
	    "n+2eu5Z57C4fKM0ptF6yguRWxNQFs=");
	ck_assert_ptr_null(json_object_get(d, "extensions"));
	json_object_del(d, "imported");
	ck_assert_int_eq(dialect_export(d, "enclavia-create/1", &text, &n,
			     &lost),
	    OK);
	ck_assert_ptr_nonnull(strstr(text, POINT));
	free(text);
	json_array_append_new(pointer_get(d, "/upgrade/control_keys"),
	    json_string("file:b"));
	ck_assert_int_eq(dialect_export(d, "enclavia-create/1", &text, &n,
			     &lost),
	    ERR_DEFINITION_LOSSY);
	json_decref(lost);
	json_decref(d);
	d = with_key("BAAA");
	ck_assert_ptr_null(pointer_get(d, "/upgrade"));
	ck_assert_ptr_nonnull(json_object_get(d, "extensions"));
	json_decref(d);
}
END_TEST

START_TEST(a_pattern_keeps_its_real_meaning)
{
	json_t *d = imported(E4
	    "egress: {allow: [foo.**.com, \"*.x\", \"*\", \"**\", \"**.y\", "
	    "host], deny: [10.0.0.0/8]}\n",
	    "enclaver/4");
	static const char *const want[] = { "10.0.0.0/8", "**.com", "*.x", "*.",
		NULL, "*", "**.y" };

	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		char at[64];
		const json_t *v;

		if (want[i] == NULL)
			continue;
		snprintf(at, sizeof at, "/egress/rules/%zu/%s", i,
		    i == 0 ? "cidr" : "host");
		v = pointer_get(d, at);
		ck_assert_ptr_nonnull(v);
		ck_assert_str_eq(json_string_value(v), want[i]);
	}
	ck_assert_str_eq(json_string_value(
			     pointer_get(d, "/egress/rules/0/action")),
	    "deny");
	ck_assert(json_is_true(pointer_get(d, "/egress/rules/4/parent")));
	json_decref(d);
}
END_TEST

START_TEST(ports_are_not_dropped_on_the_way_to_a_format_without)
{
	json_t *d =
	    imported(E0 "network: {egress: [{host: a.example, port: 443}]}\n",
		"enclaver/0");
	json_t *lost;
	char *text;
	size_t n;

	ck_assert_int_eq(dialect_export(d, "enclaver/4", &text, &n, &lost),
	    ERR_DEFINITION_LOSSY);
	ck_assert_msg(strstr(json_string_value(
				 json_object_get(json_array_get(lost, 0),
				     "text")),
			  "a.example"),
	    "%s", json_dumps(lost, 0));
	json_decref(lost);
	json_decref(d);
	d = imported(E0 "network: {listen_ports: [443]}\n", "enclaver/0");
	ck_assert_int_eq(dialect_export(d, "enclaver/4", &text, &n, &lost), OK);
	free(text);
	json_decref(d);
}
END_TEST

/* Each row would be wider, narrower or gone in the other format. */
static const struct {
	const char *rule, *format;
} narrower[] = {
	{ "{cidr: \"2001:db8::/32\"}", "enclavia-egress/1" },
	{ "{cidr: 10.0.0.0/8, action: deny}", "enclavia-egress/1" },
	{ "{host: \"*.x\"}", "enclavia-egress/1" },
	{ "{host: x, ports: [1-9]}", "enclavia-egress/1" },
	{ "{host: x, protocol: udp}", "enclavia-egress/1" },
	{ "{host: x, protocol: any}", "enclavia-egress/1" },
	{ "{parent: true}", "enclavia-egress/1" },
	{ "{host: \"*.x\"}", "evervault/1" },
	{ "{host: x, ports: [443]}", "evervault/1" },
	{ "{cidr: 10.0.0.0/8}", "evervault/1" },
	{ "{host: x, action: deny}", "evervault/1" },
	{ "{host: x, ports: [443]}", "enclaver/4" },
	{ "{host: x, protocol: udp}", "enclaver/4" },
	{ "{host: x, loopback: 127.0.0.2}", "enclaver/4" },
	{ "{host: x}, {cidr: 10.0.0.0/8, action: deny}", "enclaver/4" },
	{ "{host: \"*.x\", ports: [1]}", "containment-chamber-config/1" },
	{ "{host: x}", "containment-chamber-config/1" },
	{ "{host: x}", "nitro-cli-run/1" },
};

START_TEST(a_rule_never_changes_on_the_way_out)
{
	for (size_t i = 0; i < sizeof narrower / sizeof narrower[0]; i++) {
		char text[256], *out;
		json_t *d, *lost;
		size_t n;
		enum err e;

		snprintf(text, sizeof text,
		    "name: enclave\negress: {default: deny, rules: [%s]}\n",
		    narrower[i].rule);
		d = imported(text, "encl");
		e = dialect_export(d, narrower[i].format, &out, &n, &lost);
		ck_assert_msg(e == ERR_DEFINITION_LOSSY, "%s in %s: %s",
		    narrower[i].rule, narrower[i].format, err_code(e));
		ck_assert_uint_ge(json_array_size(lost), 1);
		json_decref(lost);
		json_decref(d);
	}
}
END_TEST

START_TEST(a_text_that_was_changed_is_not_written_as_the_original)
{
	json_t *d = imported(E0, "enclaver/1"), *lost;
	char *text;
	size_t n;

	pointer_set(d, "/imported/lines/2", json_string("image: evil"));
	ck_assert_int_eq(dialect_export(d, "enclaver/1", &text, &n, &lost), OK);
	ck_assert_msg(strstr(text, "image: i\n") && !strstr(text, "evil"), "%s",
	    text);
	free(text);
	json_decref(d);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { what_nobody_edited_is_written_byte_for_byte,
		what_is_written_anew_means_the_same,
		an_edit_is_written_and_what_cannot_be_is_refused,
		the_longest_list_of_rules_is_written_in_no_time,
		what_others_have_too_has_its_place,
		a_control_key_is_one_that_a_policy_takes,
		a_pattern_keeps_its_real_meaning,
		ports_are_not_dropped_on_the_way_to_a_format_without,
		a_rule_never_changes_on_the_way_out,
		a_text_that_was_changed_is_not_written_as_the_original };

	return SUITE_RUN("dialect", t);
}
