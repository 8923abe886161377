/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "definition/dialect.h"
#include "definition/pointer.h"
#include "definition/toml.h"
#include "tests/lib/suite.h"

#define FILES "tests/definition"

static struct shape_faults faults;

static enum err
import(const char *text, const char *format, json_t **d, const char **id,
    json_t **notes)
{
	memset(&faults, 0, sizeof faults);
	return dialect_import(span_str(text), format, d, id, notes, &faults);
}

static json_t *
good(const char *text, const char *format)
{
	json_t *d, *notes;
	const char *id;
	enum err e = import(text, NULL, &d, &id, &notes);

	ck_assert_msg(e == OK, "%s: %s: %s %s", text, err_code(e),
	    faults.fault[0].pointer, faults.fault[0].message);
	ck_assert_str_eq(id, format);
	json_decref(notes);
	return d;
}

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
	json_t *d = good(text, format), *lost;
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
	json_t *d = good(text, format), *lost, *back, *a, *b;
	char *out;
	size_t out_n;
	enum err e;

	(void)n;
	json_object_del(d, "imported");
	e = dialect_export(d, format, &out, &out_n, &lost);
	ck_assert_msg(e == OK, "%s: %s %s", path, err_code(e),
	    lost ? json_dumps(lost, JSON_INDENT(2)) : "");
	back = good(out, format);
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
	json_t *d = good(text, format), *lost, *back;
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
		back = good(out, format);
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

static const struct {
	const char *text, *pointer, *words;
} bad[] = {
#define E0 "version: v1\nname: a\nimage: i\n"
#define E4 "version: v1\nname: a\nsources: {app: i}\n"
	{ E0 "network: {listen_ports: [0]}\n", "/network/listen_ports/0",
	    "line 4: must be" },
	{ E0 "network:\n  listen_ports:\n    - 80\n    - 65536\n",
	    "/network/listen_ports/1", "line 7: must be" },
	{ E0 "network:\n  egress:\n    - {host: a, port: 0}\n",
	    "/network/egress/0", "line 6: must be a port" },
	{ E0 "network: {egress: [{host: a, port: 65536}]}\n",
	    "/network/egress/0", "line 4: must be a port" },
	{ E0 "network: {egress: [{host: \"a\\nb\", port: 1}]}\n",
	    "/network/egress/0", "line 4: must be printable" },
	{ E0 "network: {egress: [{host: g\xd0\xbe"
	     "ogle.com, port: 1}]}\n",
	    "/network/egress/0", "line 4: must be printable" },
	{ E0 "network: {egress: [{host: 10.0.0.0/8, port: 1}]}\n",
	    "/network/egress/0/host", "line 4: must be one name" },
	{ E0 "network: {egress: [{port: 1}]}\n", "/network/egress/0",
	    "line 4: must have a host" },
	{ E0 "network: {egress: a}\n", "/network/egress", "line 4: must be" },
	{ E0 "resources: {cpus: no, memory: 64}\n", "/resources/cpus",
	    "line 4: must be a whole number" },
	{ E0 "resources: {cpus: 1, memory: 63}\n", "/resources/memory",
	    "line 4: must be" },
	{ "version: v2\nname: a\nimage: i\nnetwork: {}\n", "/version",
	    "line 1: must be v1" },
	{ "version: v1\nname: [a]\nimage: i\n", "/name", "line 2: must be" },
	{ E0 "image: j\n", "/image",
	    "line 4, column 1: a key that stands here" },
	{ E0 "x: &a [b]\n", "/x", "line 4" },
	{ E0 "x: *a\n", "/x", "line 4" },
	{ E0 "x:\t1\n\ty: 2\n", "/x", "line 5" },
	{ E0 "<<: {}\nx: &a {b: *a}\n", "/<<", "line 4, column 1: a merge" },
	{ E0 "x: {b: *a}\n", "/x/b", "line 4" },
	{ E4 "egress: {allow: [10.0.0.1/8]}\n", "/egress/allow/0",
	    "line 4: must be an address" },
	{ E4 "egress: {allow: [\"2001:db8::1/32\"]}\n", "/egress/allow/0",
	    "line 4: must be an address" },
	{ E4 "egress:\n  allow:\n    - a\n    - \"a*b\"\n", "/egress/allow/1",
	    "line 7: must be a DNS name" },
	{ E4 "egress: {deny: no}\n", "/egress/deny", "line 4: must be" },
	{ E4 "ingress: [{}]\n", "/ingress/0", "line 4: must have" },
	{ E4 "ingress: [{listen_port: 70000}]\n", "/ingress/0",
	    "line 4: must be" },
	{ E4 "defaults: {cpu_count: 0}\n", "/defaults/cpu_count",
	    "line 4: must be" },
#define V1 "version = 1\nname = \"a\"\ndebug = false\n"
	{ V1 "[service]\nport = 0\n", "/service/port", "line 5: must be" },
	{ V1 "[service]\nport = 65536\n", "/service/port", "line 5: must be" },
	{ V1 "[attestation]\nPCR0 = \"00\"\n", "/attestation/PCR0",
	    "line 5: is zero" },
	{ V1 "[attestation]\nPCR0 = \"ab\"\n", "/attestation/PCR0",
	    "line 5: must be 96" },
	{ V1 "[egress]\nenabled = true\ndestinations = [\"10.0.0.1/8\"]\n",
	    "/egress/destinations/0", "line 6: must be a name" },
	{ V1 "[egress]\nenabled = true\ndestinations = [\"a\\nb\"]\n",
	    "/egress/destinations/0", "line 6: must be printable" },
	{ V1 "[egress]\nenabled = \"no\"\n", "/egress/enabled",
	    "line 5: must be true" },
	{ V1 "name = \"b\"\n", "/name", "line 4: a key that stands here" },
	{ "version = 2\nname = \"a\"\n", "/version", "line 1: must be 1" },
	{ "name = \"a\"\n[egress]\nenabled = true\nports = [\"0\"]\n",
	    "/egress/ports/0", "line 4: must be a port" },
	{ "name = \"a\"\n[egress]\nenabled = true\nports = [\"65536\"]\n",
	    "/egress/ports/0", "line 4: must be a port" },
#define C1 "{\"container_port\": 1,\n"
	{ "{\"container_port\": 0}", "/container_port", "line 1: must be" },
	{ "{\"container_port\": 65536}", "/container_port", "line 1: must be" },
	{ C1 "\"storage_size_bytes\": 134217727}", "/storage_size_bytes",
	    "line 2: must be at least" },
	{ C1 "\"min_upgrade_delay_secs\": 7776001}", "/min_upgrade_delay_secs",
	    "line 2: must be at most" },
	{ C1 "\"mode\": \"prod\"}", "/mode", "line 2: must be debug" },
	{ C1 "\"container_port\": 2}", "", "line 2" },
#define G1 "{\"version\": 1, \"egress\": [\n"
	{ G1 "{\"host\": \"a\", \"port\": 0}]}", "/egress/0",
	    "line 2: must be a port" },
	{ G1 "{\"host\": \"a\", \"port\": 65536}]}", "/egress/0",
	    "line 2: must be a port" },
	{ G1 "{\"host\": \"a\", \"port\": 1, \"protocol\": \"udp\"}]}",
	    "/egress/0", "line 2: must have the protocol" },
	{ G1 "{\"host\": \"::1\", \"port\": 1}]}", "/egress/0",
	    "line 2: names an IPv6" },
	{ G1 "{\"host\": \"*.a\", \"port\": 1}]}", "/egress/0",
	    "line 2: must have no wildcard" },
	{ G1 "{\"host\": \"10.0.0.1/8\", \"port\": 1}]}", "/egress/0",
	    "line 2: must be an address" },
	{ G1 "{\"host\": \"a\\nb\", \"port\": 1}]}", "/egress/0",
	    "line 2: must be printable" },
	{ "{\"version\": 1, \"dns\": \"open\", \"egress\": []}", "/dns",
	    "needs a resolver" },
	{ "tee:\n  platform: nitro\n  nitro: {egress: {endpoints: "
	  "[{hostname: a, port: 0}]}}\n",
	    "/tee/nitro/egress/endpoints/0", "line 3: must be a port" },
	{ "tee:\n  platform: nitro\n  nitro: {egress: {endpoints: "
	  "[{hostname: \"*.a\"}]}}\n",
	    "/tee/nitro/egress/endpoints/0", "line 3: must have one" },
	{ "tee: {platform: nitro}\nserver: {listen_port: 0}\n", "/server",
	    "line 2: must be a whole number" },
	{ "{\"eif_path\": \"a\",\n\"cpu_count\": 0, \"memory_mib\": 64}",
	    "/cpu_count", "line 2: must be" },
	{ "{\"eif_path\": \"a\", \"memory_mib\": 64, \"cpu_count\": 2,"
	  "\n\"cpu_ids\": [1]}",
	    "/cpu_ids", "line 2: must not" },
};

START_TEST(what_is_wrong_is_said_with_its_line_and_key)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		json_t *d, *notes;
		const char *id;

		ck_assert_msg(import(bad[i].text, NULL, &d, &id, &notes) ==
				  ERR_DEFINITION_BAD,
		    "taken: %s", bad[i].text);
		ck_assert_ptr_null(d);
		ck_assert_ptr_null(notes);
		ck_assert_msg(strcmp(faults.fault[0].pointer, bad[i].pointer) ==
				      0 &&
				  strstr(faults.fault[0].message, bad[i].words),
		    "%s: %s %s", bad[i].text, faults.fault[0].pointer,
		    faults.fault[0].message);
	}
}
END_TEST

#define R "name: a\nimage: i\negress: {default: deny, rules: ["
static const struct {
	const char *text, *pointer, *words;
} told[] = {
	{ E4 "colour: red\n", "/colour", "not known here" },
	{ E4 "ingress: [{listen_port: 1, junk: 2}]\n", "/ingress/0/junk",
	    "not known here" },
	{ E4 "egress: {allow: [a]}\n", "/egress/allow", "every port" },
	{ E4 "egress: {allow: [foo.**.com]}\n", "/egress/allow/0",
	    "wider than it looks" },
	{ E4 "egress: {allow: [\"**\"]}\n", "/egress/allow/0", "every name" },
	{ E4 "egress: {allow: [\"**\"]}\n", "/egress/allow/0",
	    "the machine that the enclave runs on" },
	{ R "{host: \"a.*\", ports: [1]}]}\n", "/egress/rules/0",
	    "whatever they end in" },
	{ R "{host: \"*.\", ports: [1]}]}\n", "/egress/rules/0",
	    "whatever they end in" },
	{ R "{cidr: 128.0.0.0/1, ports: [1]}]}\n", "/egress/rules/0",
	    "a large part" },
	{ R "{cidr: \"2000::/3\", ports: [1]}]}\n", "/egress/rules/0",
	    "a large part" },
	{ R "{cidr: 169.254.169.254/32, ports: [1]}]}\n", "/egress/rules/0",
	    "metadata service" },
	{ R "{cidr: 169.254.0.0/16, ports: [1]}]}\n", "/egress/rules/0",
	    "metadata service" },
	{ R "{cidr: \"FD00:ec2:0::/48\", ports: [1]}]}\n", "/egress/rules/0",
	    "metadata service" },
	{ E4 "ingress: [{listen_port: 1}, {listen_port: 9}]\n"
	     "api: {listen_port: 9}\n",
	    "/api", "receipts among them" },
	{ "name: a\nimage: i\nports: [{port: 9}]\napi: {listen_port: 9}\n",
	    "/api/listen_port", "receipts among them" },
	{ E4 "egress: {allow: [a], deny: [10.0.0.0/8]}\n", "/egress/deny",
	    "weaker than it looks" },
	{ "name: a\nimage: i\negress: {default: allow}\n", "/egress/default",
	    "everything" },
	{ "name: a\nimage: i\negress: {default: deny, rules: [{host: a}]}\n",
	    "/egress/rules/0", "every port" },
	{ "name: a\nimage: i\ndebug: true\n", "/debug", "nobody can trust" },
	{ "version: v1\nname: A_b\nimage: i\n", "/name", "no name here" },
	{ V1 "[egress]\nenabled = true\n", "/egress/enabled",
	    "wider than it looks" },
	{ V1 "[egress]\nenabled = true\ndestinations = [\"\"]\n",
	    "/egress/destinations/0", "allows everything" },
	{ V1 "[egress]\nenabled = true\ndestinations = [\"*.x\"]\n",
	    "/egress/destinations", "every port" },
	{ V1 "colour = \"red\"\n", "/colour", "not known here" },
	{ "{\"container_port\": 1}", "/mode", "nobody can trust" },
	{ C1 "\"mode\": \"production\", \"colour\": 1.5}", "/colour",
	    "not known here" },
	{ "tee: {platform: nitro}\nanti_slashing: {url: password=a}\n",
	    "/anti_slashing/url", "no secret" },
};

START_TEST(what_is_wider_than_it_looks_is_said)
{
	for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
		json_t *d, *notes;
		const char *id;
		bool found = false;

		ck_assert_msg(import(told[i].text, NULL, &d, &id, &notes) == OK,
		    "%s: %s %s", told[i].text, faults.fault[0].pointer,
		    faults.fault[0].message);
		for (size_t k = 0; k < json_array_size(notes); k++) {
			const json_t *x = json_array_get(notes, k);

			found |= strcmp(json_string_value(
					    json_object_get(x, "pointer")),
				     told[i].pointer) == 0 &&
				 strstr(json_string_value(
					    json_object_get(x, "text")),
				     told[i].words);
		}
		ck_assert_msg(found, "%s: %s", told[i].text,
		    json_dumps(notes, 0));
		json_decref(d);
		json_decref(notes);
	}
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
	json_t *d = good("tee: {platform: nitro}\n"
			 "server: {listen_address: 127.0.0.1, listen_port: 1}\n"
			 "metrics: {listen_port: 2}\n"
			 "tls: {mode: atls, listen_port: 3}\n",
	    "containment-chamber-config/1");
	json_t *want = json_pack("[{s:i, s:s}, {s:i, s:s, s:b}]", "port", 2,
	    "name", "metrics", "port", 3, "name", "tls", "tls", 1);

	ck_assert(json_equal(json_object_get(d, "ports"), want));
	json_decref(want);
	json_decref(d);
	d = good("version = 1\nname = \"a\"\ndebug = false\n[runtime]\n"
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
	return good(text, "enclavia-create/1");
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
	json_t *d = good(E4
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
	    good(E0 "network: {egress: [{host: a.example, port: 443}]}\n",
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
	d = good(E0 "network: {listen_ports: [443]}\n", "enclaver/0");
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
		d = good(text, "encl");
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
	json_t *d = good(E0, "enclaver/1"), *lost;
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

START_TEST(limits_are_told_apart)
{
	static char big[DEFINITION_SOURCE_MAX + 2];
	json_t *d, *notes;
	const char *id;
	size_t n = sizeof E0 - 1;

	memset(big, '#', sizeof big);
	memcpy(big, E0, n);
	ck_assert_int_eq(dialect_import(span_of(big, sizeof big - 1), NULL, &d,
			     &id, &notes, &faults),
	    ERR_TOO_LARGE);
	for (size_t i = n; i < sizeof big; i++)
		big[i] = i % 80 == 0 ? '\n' : '#';
	big[n] = '#';
	memset(&faults, 0, sizeof faults);
	ck_assert_int_eq(dialect_import(span_of(big, 60000), NULL, &d, &id,
			     &notes, &faults),
	    ERR_DEFINITION_BAD);
	ck_assert_msg(strstr(faults.fault[0].message, "49152"), "%s",
	    faults.fault[0].message);
	ck_assert_int_eq(dialect_import(span_of(big, 40000), NULL, &d, &id,
			     &notes, &faults),
	    OK);
	json_decref(d);
	json_decref(notes);
	ck_assert_int_eq(import(E0, "nobody/1", &d, &id, &notes),
	    ERR_DEFINITION_FORMAT);
}
END_TEST

static const struct {
	const char *text, *words;
} toml_bad[] = {
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
	for (size_t i = 0; i < sizeof toml_bad / sizeof toml_bad[0]; i++) {
		struct shape_faults f = { 0 };
		json_t *j;
		enum err e = toml_load(span_str(toml_bad[i].text), &j, &f);

		ck_assert_msg(e == ERR_TOML_BAD, "%s: %s", toml_bad[i].text,
		    err_code(e));
		ck_assert_ptr_null(j);
		ck_assert_msg(strstr(f.fault[0].message, toml_bad[i].words),
		    "%s: %s", toml_bad[i].text, f.fault[0].message);
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
	const TTest *const t[] = { what_nobody_edited_is_written_byte_for_byte,
		what_is_written_anew_means_the_same,
		an_edit_is_written_and_what_cannot_be_is_refused,
		what_is_wrong_is_said_with_its_line_and_key,
		what_is_wider_than_it_looks_is_said,
		the_longest_list_of_rules_is_written_in_no_time,
		what_others_have_too_has_its_place,
		a_control_key_is_one_that_a_policy_takes,
		a_pattern_keeps_its_real_meaning,
		ports_are_not_dropped_on_the_way_to_a_format_without,
		a_text_that_was_changed_is_not_written_as_the_original,
		a_rule_never_changes_on_the_way_out, limits_are_told_apart,
		toml_beyond_the_plain_kind_is_refused_with_its_line,
		toml_of_the_plain_kind_is_read };

	return SUITE_RUN("dialect", t);
}
