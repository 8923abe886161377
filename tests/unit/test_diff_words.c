/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>

#include "definition/dialect.h"
#include "definition/diff_words.h"
#include "definition/pointer.h"
#include "tests/lib/definition_text.h"
#include "tests/lib/diff_lines.h"
#include "tests/lib/suite.h"

static const char *
member(const json_t *item, const char *name)
{
	return json_string_value(json_object_get(item, name));
}

/* From one definition to another, both without their first line. */
static void
says(const char *old, const char *new, const char *want)
{
	char text[4096];
	json_t *a, *b, *list;

	(void)snprintf(text, sizeof text, "name: a\n%s", old);
	a = definition_text_read(text);
	(void)snprintf(text, sizeof text, "name: a\n%s", new);
	b = definition_text_read(text);
	list = diff_words(a, b);
	ck_assert_str_eq(diff_lines(list), want);
	json_decref(list);
	json_decref(a);
	json_decref(b);
}

START_TEST(an_upgrade_reads_as_operators_say_it)
{
	says("resources: {cpus: 2, memory_mib: 1024}\n"
	     "egress:\n  default: deny\n  rules:\n"
	     "    - {cidr: 10.0.0.0/8, action: deny}\n"
	     "image: registry.example/a@sha256:11\n",
	    "resources: {cpus: 4, memory_mib: 2048}\n"
	    "egress:\n  default: deny\n  rules:\n"
	    "    - {host: api.x, ports: [443]}\n"
	    "image: registry.example/a@sha256:22\n",
	    "! drops deny 10.0.0.0/8\n"
	    "! adds egress api.x:443\n"
	    "image registry.example/a@sha256:11 to registry.example/a@sha256:"
	    "22\n"
	    "2 to 4 CPUs\n"
	    "memory 1 to 2 GiB\n");
}
END_TEST

/* The definition of one file with another file in it. */
static json_t *
with_file(const char *text, const char *kept)
{
	struct shape_faults f = { 0 };
	json_t *d, *other, *notes;
	const char *id;

	ck_assert_int_eq(dialect_import(span_str(text), NULL, &d, &id, &notes,
			     &f),
	    OK);
	json_decref(notes);
	ck_assert_int_eq(dialect_import(span_str(kept), NULL, &other, &id,
			     &notes, &f),
	    OK);
	json_decref(notes);
	ck_assert_int_eq(json_object_set(d, "imported",
			     json_object_get(other, "imported")),
	    0);
	json_decref(other);
	return d;
}

#define E4 "version: v1\nname: a\ntarget: t\nsources: {app: i}\n"
START_TEST(a_file_that_says_more_than_the_definition_is_told)
{
	static const char narrow[] = E4 "egress: {allow: [a.example]}\n";
	static const char same[] = E4 "# said in another way\n"
				      "egress:\n  allow: [a.example]\n";
	static const char wide[] =
	    E4 "egress: {allow: [a.example, b.example]}\n";
	static const struct {
		const char *text, *kept, *want;
	} row[] = {
		{ narrow, same, "" },
		{ narrow, wide,
		    "! the file kept in it says something else: adds egress "
		    "b.example on every port\n" },
		{ wide, same,
		    "! adds egress b.example on every port\n"
		    "the file kept in it says something else: drops egress "
		    "b.example on every port\n" },
		{ wide, wide, "! adds egress b.example on every port\n" },
	};
	json_t *a = with_file(narrow, narrow);

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		json_t *b = with_file(row[i].text, row[i].kept);
		json_t *list = diff_words(a, b);

		ck_assert_str_eq(diff_lines(list), row[i].want);
		json_decref(list);
		list = diff_words(b, b);
		ck_assert_uint_eq(json_array_size(list), 0);
		json_decref(list);
		json_decref(b);
	}
	json_decref(a);
}
END_TEST

START_TEST(a_file_that_is_not_what_it_is_said_to_be_is_told)
{
	static const char text[] = E4;
	static const char *const dialect[] = { "encl", "evervault/1", "junk" };
	json_t *a = definition_text_read("name: a\nimage: i\ntarget: t\n");

	for (size_t i = 0; i < 4; i++) {
		json_t *b = with_file(text, text), *list;
		json_t *imported = json_object_get(b, "imported");

		if (i < 3)
			(void)json_object_set_new(imported, "dialect",
			    json_string(dialect[i]));
		else
			(void)json_array_append_new(json_object_get(imported,
							"lines"),
			    json_string("colour: red"));
		list = diff_words(a, b);
		ck_assert_str_eq(diff_lines(list),
		    "! the file kept in it is not what it is said to be\n");
		json_decref(list);
		json_decref(b);
	}
	json_decref(a);
}
END_TEST

START_TEST(what_the_default_opens_is_said_with_what_was)
{
	const char *rules = "egress:\n  default: deny\n  rules: "
			    "[{host: x, ports: [1]}]\n";
	const char *open = "egress: {default: allow}\n";

	says("", open, "! egress now allows everything (was: nothing)\n");
	says("egress: {default: deny}\n", open,
	    "! egress now allows everything (was: nothing)\n");
	says(open, "", "egress now allows nothing (was: everything)\n");
	says(rules, open,
	    "! egress now allows everything (was: only what its rules allow)\n"
	    "drops egress x:1\n");
	says(open,
	    "egress:\n  default: allow\n  rules: "
	    "[{host: x, action: deny}]\n",
	    "adds deny x\n");
	says("",
	    "egress:\n  default: allow\n  rules: "
	    "[{host: x, action: deny}]\n",
	    "! egress now allows everything that no rule denies (was: "
	    "nothing)\nadds deny x\n");
}
END_TEST

START_TEST(a_rule_is_compared_port_by_port)
{
	json_t *a =
	    definition_text_read("name: a\negress:\n  default: deny\n  rules:\n"
				 "    - {host: x, ports: [1, 2]}\n"
				 "    - {host: y}\n");
	json_t *b =
	    definition_text_read("name: a\negress:\n  default: deny\n  rules:\n"
				 "    - {host: y}\n"
				 "    - {host: x, ports: [2, 3, 8000-8099]}\n");
	json_t *list = diff_words(a, b), *item, *ports;

	ck_assert_str_eq(diff_lines(list),
	    "! adds egress x:3,8000-8099\n"
	    "drops egress x:1\n"
	    "egress rules in another order, and the first that matches "
	    "decides\n");
	item = json_array_get(list, 0);
	ck_assert_str_eq(member(item, "pointer"), "/egress/rules/1");
	ports = pointer_get(item, "/new/ports");
	ck_assert_uint_eq(json_array_size(ports), 2);
	item = json_array_get(list, 1);
	ck_assert_str_eq(member(item, "pointer"), "/egress/rules/0");
	json_decref(list);
	json_decref(a);
	json_decref(b);
}
END_TEST

START_TEST(how_a_rule_is_spelled_does_not_matter)
{
	says("egress:\n  default: deny\n  rules:\n"
	     "    - {host: x, ports: [1, 2], protocol: tcp, action: allow}\n",
	    "egress:\n  default: deny\n  rules:\n"
	    "    - {host: x, ports: [1]}\n    - {host: x, ports: [2]}\n",
	    "");
	says("ports: [{port: 1}]\ndebug: false\n",
	    "ports: [{port: 1, protocol: tcp, tls: false}]\n", "");
	says("storage: {size_mib: 1}\n",
	    "storage: {size_bytes: 1048576, encrypted: true, "
	    "anti_rollback: false}\n",
	    "");
}
END_TEST

/* The order of allow and deny decides, also when something else is new. */
START_TEST(a_deny_that_slips_behind_an_allow_widens)
{
	says("egress:\n  default: deny\n  rules:\n"
	     "    - {cidr: 10.0.0.0/8, action: deny}\n"
	     "    - {host: '*'}\n",
	    "egress:\n  default: deny\n  rules:\n"
	    "    - {host: '*'}\n"
	    "    - {cidr: 10.0.0.0/8, action: deny}\n"
	    "    - {host: z, action: deny}\n",
	    "! egress rules in another order, and the first that matches "
	    "decides\n"
	    "adds deny z\n");
}
END_TEST

START_TEST(every_part_of_a_rule_is_said)
{
	says("",
	    "egress:\n  default: deny\n  rules:\n"
	    "    - {host: a, ports: [53], protocol: udp}\n"
	    "    - {cidr: 'fd00::/8', ports: [53], protocol: any}\n"
	    "    - {cidr: 'fd01::/16'}\n"
	    "    - {parent: true, ports: [8080], loopback: 127.0.0.2, "
	    "vsock_port: 9}\n"
	    "    - {parent: true, action: deny}\n",
	    "! adds egress a:53/udp\n"
	    "! adds egress [fd00::/8]:53, any protocol\n"
	    "! adds egress fd01::/16 on every port\n"
	    "! adds egress the parent machine:8080, through 127.0.0.2, vsock "
	    "port 9\n"
	    "adds deny the parent machine\n");
}
END_TEST

START_TEST(a_port_is_told_by_its_number)
{
	says("ports: [{port: 1, tls: true}, {port: 2}, {port: 3}]\n",
	    "ports: [{port: 3}, {port: 1, name: web}, {port: 4, tls: true, "
	    "name: x, key_file: k, cert_file: c}, {port: 2, protocol: udp}]\n",
	    "! listens on port 4/tcp with TLS, x, key k, certificate c\n"
	    "! listens on port 2/udp\n"
	    "! port 1/tcp: TLS no longer ends inside the enclave\n"
	    "no longer listens on port 2/tcp\n"
	    "port 1/tcp: adds name web\n");
	says("ports: [{port: 1, key_file: a, cert_file: b}]\n",
	    "ports: [{port: 1, key_file: c, cert_file: d, tls: true}]\n",
	    "port 1/tcp: TLS ends inside the enclave\n"
	    "port 1/tcp: key file a to c\n"
	    "port 1/tcp: certificate file b to d\n");
}
END_TEST

START_TEST(what_widens_is_marked_and_comes_first)
{
	says("storage: {size_mib: 512, anti_rollback: true}\n"
	     "egress: {default: deny, dns: allowlist}\n"
	     "visibility: private\n",
	    "description: d\n"
	    "storage: {size_mib: 1024, encrypted: false}\n"
	    "egress: {default: deny, dns: open, resolvers: [9.9.9.9]}\n"
	    "visibility: public\n"
	    "debug: true\n"
	    "environment: [A]\nsecrets: [B]\n"
	    "kms_proxy: {listen_port: 9, endpoints: {eu: k.example}}\n"
	    "api: {listen_port: 8}\n",
	    "! name resolution allowlist to open\n"
	    "! adds resolver 9.9.9.9\n"
	    "! debug mode: the host reads its console, and every measurement "
	    "is zero\n"
	    "! visibility private to public\n"
	    "! adds secret B\n"
	    "! adds environment variable A\n"
	    "! adds KMS proxy port 9\n"
	    "! adds KMS endpoint eu k.example\n"
	    "! adds runtime API port 8\n"
	    "! storage is not encrypted\n"
	    "! an old copy of its storage is not noticed any more\n"
	    "storage 512 MiB to 1 GiB\n"
	    "adds description d\n");
}
END_TEST

START_TEST(the_way_back_is_said_without_the_mark)
{
	says("debug: true\nvisibility: public\nsecrets: [B, C]\n"
	     "storage: {size_mib: 1, encrypted: false}\n",
	    "visibility: private\nsecrets: [C]\n"
	    "storage: {size_mib: 1, anti_rollback: true}\n",
	    "no debug mode any more\n"
	    "visibility public to private\n"
	    "drops secret B\n"
	    "storage is encrypted\n"
	    "an old copy of its storage is noticed\n");
	says("visibility: private\negress: {default: deny, dns: allowlist}\n",
	    "",
	    "! drops name resolution allowlist\n! drops visibility "
	    "private\n");
}
END_TEST

START_TEST(the_rest_has_its_sentence)
{
	says("image: i\nruntime: {odyn: '1'}\nresources: {cpus: 2, "
	     "memory_mib: 1000}\nreplicas: 3\nsecrets: [A, B]\n"
	     "upgrade: {min_delay: 1d, threshold: 1, upgradable: true}\n",
	    "image: i\nruntime: {odyn: '2', nitriding: '1'}\nresources: {cpus: "
	    "1, memory_mib: 1024}\nreplicas: 1\nsecrets: [B, A]\n"
	    "measurements: {pcr0: 0123456789abcdef0123456789abcdef0123456789"
	    "abcdef0123456789abcdef0123456789abcdef0123456789abcdef}\n"
	    "upgrade: {min_delay: 3d, control_keys: [file:a], upgradable: "
	    "false}\n",
	    "secrets in another order\n"
	    "runtime odyn 1 to 2\n"
	    "adds runtime nitriding 1\n"
	    "2 to 1 CPU\n"
	    "memory 1000 MiB to 1 GiB\n"
	    "3 to 1 replica\n"
	    "adds measurement pcr0 0123456789abcdef...\n"
	    "for a new chain, upgradable true to false\n"
	    "for a new chain, window 1d to 3d\n"
	    "for a new chain, drops threshold 1\n"
	    "for a new chain, adds control key file:a\n");
}
END_TEST

START_TEST(what_only_another_format_knows_is_not_lost)
{
	json_t *a, *b, *notes, *list;
	struct shape_faults f = { 0 };
	const char *id;

	ck_assert_int_eq(dialect_import(span_str("version: v1\nname: a\n"
						 "sources: {app: i}\n"
						 "colour: red\n"),
			     NULL, &a, &id, &notes, &f),
	    OK);
	json_decref(notes);
	b = json_deep_copy(a);
	ck_assert(pointer_set(b, "/extensions/enclaver~14/~1colour",
	    json_string("\"blue\"")));
	list = diff_words(a, b);
	ck_assert_str_eq(diff_lines(list),
	    "/colour of enclaver/4 \"red\" to "
	    "\"blue\", which nothing here judges\n");
	ck_assert_str_eq(member(json_array_get(list, 0), "pointer"),
	    "/extensions/enclaver~14/~1colour");
	json_decref(list);
	json_decref(a);
	json_decref(b);
}
END_TEST

/* Found by fuzzing. */
START_TEST(a_long_key_is_cut_between_characters)
{
	char key[200] = "/";
	json_t *a = json_pack("{s:s}", "name", "a"), *b, *list;

	for (int i = 0; i < 40; i++)
		strcat(key, "\xe2\x82\xac");
	b = json_pack("{s:s, s:{s:{s:s}}, s:{s:s}}", "name", "a", "extensions",
	    "x/1", key, "1", "runtime", key, "1");
	list = diff_words(a, b);
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_ptr_nonnull(
	    strstr(diff_lines(list), "\xe2\x82\xac... of x/1"));
	json_decref(list);
	json_decref(a);
	json_decref(b);
}
END_TEST

START_TEST(what_differs_is_seen_however_long_it_is)
{
	char old[700], new[700], same[400];

	memset(same, 'x', sizeof same);
	same[399] = '\0';
	snprintf(old, sizeof old, "description: %s1 and more\n", same);
	snprintf(new, sizeof new, "description: %s2 and more\n", same);
	says(old, new,
	    "description ...xxxxxxxxxxxxxxxx1 and more to "
	    "...xxxxxxxxxxxxxxxx2 and more\n");
	memset(same, 'a', 90);
	same[90] = '\0';
	snprintf(old, sizeof old, "measurements: {pcr8: %s123456}\n", same);
	snprintf(new, sizeof new, "measurements: {pcr8: %s123457}\n", same);
	says(old, new,
	    "measurement pcr8 ...aaaaaaaaaaa123456 to "
	    "...aaaaaaaaaaa123457\n");
}
END_TEST

START_TEST(a_long_value_is_cut_between_characters)
{
	char old[400] = "description: ", new[400] = "description: ";
	json_t *a, *b, *list;
	const char *text;

	for (int i = 0; i < 120; i++) {
		strcat(old, "\xe2\x82\xac");
		strcat(new, i ? "\xe2\x82\xac" : "x");
	}
	strcat(old, "\nname: a\n");
	strcat(new, "\nname: a\n");
	a = definition_text_read(old);
	b = definition_text_read(new);
	list = diff_words(a, b);
	ck_assert_uint_eq(json_array_size(list), 1);
	text = member(json_array_get(list, 0), "text");
	ck_assert_ptr_nonnull(strstr(text, "\xe2\x82\xac... to x"));
	ck_assert(json_equal(json_object_get(json_array_get(list, 0), "old"),
	    json_object_get(a, "description")));
	json_decref(list);
	json_decref(a);
	json_decref(b);
}
END_TEST

START_TEST(the_first_definition_is_all_new)
{
	json_t *b = definition_text_read("name: a\nimage: i\n"), *list;

	list = diff_words(NULL, b);
	ck_assert_str_eq(diff_lines(list), "adds name a\nadds image i\n");
	json_decref(list);
	json_decref(b);
}
END_TEST

/* Anybody can ask a server for a diff: the largest definition there can be
 * has 256 rules of 64 ports. */
START_TEST(the_largest_definition_is_no_burden)
{
	json_t *a = json_pack("{s:s,s:{s:s,s:[]}}", "name", "a", "egress",
	    "default", "deny", "rules");
	json_t *b = json_deep_copy(a), *list;

	for (int i = 0; i < 256; i++) {
		json_t *ports = json_array();

		for (int k = 1; k <= 64; k++)
			json_array_append_new(ports, json_integer(k));
		json_array_append_new(pointer_get(i % 2 ? a : b,
					  "/egress/rules"),
		    json_pack("{s:o,s:o}", "host", json_sprintf("h%d", i),
			"ports", ports));
	}
	list = diff_words(a, b);
	ck_assert_uint_eq(json_array_size(list), 256);
	json_decref(list);
	json_decref(a);
	json_decref(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { an_upgrade_reads_as_operators_say_it,
		a_file_that_says_more_than_the_definition_is_told,
		a_file_that_is_not_what_it_is_said_to_be_is_told,
		what_the_default_opens_is_said_with_what_was,
		a_rule_is_compared_port_by_port,
		how_a_rule_is_spelled_does_not_matter,
		a_deny_that_slips_behind_an_allow_widens,
		every_part_of_a_rule_is_said, a_port_is_told_by_its_number,
		what_widens_is_marked_and_comes_first,
		the_way_back_is_said_without_the_mark,
		the_rest_has_its_sentence,
		what_only_another_format_knows_is_not_lost,
		a_long_key_is_cut_between_characters,
		what_differs_is_seen_however_long_it_is,
		a_long_value_is_cut_between_characters,
		the_first_definition_is_all_new,
		the_largest_definition_is_no_burden };

	return SUITE_RUN("diff_words", t);
}
