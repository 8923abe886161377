/* SPDX-License-Identifier: ISC */
/* Files of other systems: what is refused, with its line and key, and what is
 * taken with a word of warning. */
#include <check.h>

#include "definition/pointer.h"
#include "tests/lib/imported.h"
#include "tests/lib/suite.h"

/* How files of each dialect begin. */
#define E0 "version: v1\nname: a\nimage: i\n"
#define E4 "version: v1\nname: a\nsources: {app: i}\n"
#define V1 "version = 1\nname = \"a\"\ndebug = false\n"
#define C1 "{\"container_port\": 1,\n"
#define G1 "{\"version\": 1, \"egress\": [\n"
#define R "name: a\nimage: i\negress: {default: deny, rules: ["

static const struct {
	const char *text, *pointer, *words;
} bad[] = {
	/* what one YAML takes for a switch, and another for text */
	{ "enclave: {enabled: no, cpuCount: 2, memoryMib: 64}\n",
	    "/enclave/enabled", "line 1: must be true or false" },
	{ "version: v1\nname: a\nimage: i\negress:\n  enabled: on\n",
	    "/egress/enabled", "line 5: must be true or false" },
	/* in what is taken whole, the member that is wrong */
	{ E4 "api:\n  listen_port: \"80\"\n", "/api/listen_port",
	    "line 5: must be a whole number" },
	{ E4 "kms_proxy:\n  listen_port: 1\n  endpoints:\n    a: [1]\n",
	    "/kms_proxy/endpoints/a", "line 7" },
	{ E0 "network: {listen_ports: [0]}\n", "/network/listen_ports/0",
	    "line 4: must be" },
	{ E0 "network:\n  listen_ports:\n    - 80\n    - 65536\n",
	    "/network/listen_ports/1", "line 7: must be" },
	{ E0 "network:\n  egress:\n    - {host: a, port: 0}\n",
	    "/network/egress/0/port", "line 6: must be a port" },
	{ E0 "network: {egress: [{host: a, port: 65536}]}\n",
	    "/network/egress/0/port", "line 4: must be a port" },
	{ E0 "network: {egress: [{host: \"a\\nb\", port: 1}]}\n",
	    "/network/egress/0/host", "line 4: must be printable" },
	{ E0 "network: {egress: [{host: g\xd0\xbe"
	     "ogle.com, port: 1}]}\n",
	    "/network/egress/0/host", "line 4: must be printable" },
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
	{ E4 "ingress: [{listen_port: 70000}]\n", "/ingress/0/listen_port",
	    "line 4: must be" },
	{ E4 "defaults: {cpu_count: 0}\n", "/defaults/cpu_count",
	    "line 4: must be" },
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
	{ "{\"container_port\": 0}", "/container_port", "line 1: must be" },
	{ "{\"container_port\": 65536}", "/container_port", "line 1: must be" },
	{ C1 "\"storage_size_bytes\": 134217727}", "/storage_size_bytes",
	    "line 2: must be at least" },
	{ C1 "\"min_upgrade_delay_secs\": 7776001}", "/min_upgrade_delay_secs",
	    "line 2: must be at most" },
	{ C1 "\"mode\": \"prod\"}", "/mode", "line 2: must be debug" },
	{ C1 "\"container_port\": 2}", "", "line 2" },
	{ G1 "{\"host\": \"a\", \"port\": 0}]}", "/egress/0/port",
	    "line 2: must be a port" },
	{ G1 "{\"host\": \"a\", \"port\": 65536}]}", "/egress/0/port",
	    "line 2: must be a port" },
	{ G1 "{\"host\": \"a\", \"port\": 1, \"protocol\": \"udp\"}]}",
	    "/egress/0/protocol", "line 2: must be tcp" },
	{ G1 "{\"host\": \"::1\", \"port\": 1}]}", "/egress/0/host",
	    "line 2: is an IPv6" },
	{ G1 "{\"host\": \"*.a\", \"port\": 1}]}", "/egress/0/host",
	    "line 2: must have no wildcard" },
	{ G1 "{\"host\": \"10.0.0.1/8\", \"port\": 1}]}", "/egress/0/host",
	    "line 2: must be an address" },
	{ G1 "{\"host\": \"a\\nb\", \"port\": 1}]}", "/egress/0/host",
	    "line 2: must be printable" },
	{ "{\"version\": 1, \"dns\": \"open\", \"egress\": []}", "/dns",
	    "needs a resolver" },
	{ "tee:\n  platform: nitro\n  nitro: {egress: {endpoints: "
	  "[{hostname: a, port: 0}]}}\n",
	    "/tee/nitro/egress/endpoints/0/port", "line 3: must be a port" },
	{ "tee:\n  platform: nitro\n  nitro: {egress: {endpoints: "
	  "[{hostname: \"*.a\"}]}}\n",
	    "/tee/nitro/egress/endpoints/0", "line 3: must have one" },
	{ "tee: {platform: nitro}\nserver: {listen_port: 0}\n",
	    "/server/listen_port", "line 2: must be a whole number" },
	{ "{\"eif_path\": \"a\",\n\"cpu_count\": 0, \"memory_mib\": 64}",
	    "/cpu_count", "line 2: must be" },
	{ "{\"eif_path\": \"a\", \"memory_mib\": 64, \"cpu_count\": 2,"
	  "\n\"cpu_ids\": [1]}",
	    "/cpu_ids", "line 2: must not" },
};

START_TEST(what_is_wrong_is_said_with_its_line_and_key)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		imported_refused(bad[i].text, bad[i].pointer, bad[i].words);
}
END_TEST

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
	{ R "{cidr: \"2800::/5\", ports: [1]}]}\n", "/egress/rules/0",
	    "a large part" },
	{ R "{cidr: \"2000::/3\", ports: [1]}]}\n", "/egress/rules/0",
	    "every address" },
	{ R "{cidr: 169.254.169.254/32, ports: [1]}]}\n", "/egress/rules/0",
	    "metadata service" },
	{ R "{cidr: 169.254.0.0/16, ports: [1]}]}\n", "/egress/rules/0",
	    "metadata service" },
	{ R "{cidr: \"FD00:ec2:0::/48\", ports: [1]}]}\n", "/egress/rules/0",
	    "metadata service" },
	/* IPv4 as IPv6 writes it */
	{ R "{cidr: \"::ffff:0:0/96\", ports: [1]}]}\n", "/egress/rules/0",
	    "every address" },
	{ R "{cidr: \"::/64\", ports: [1]}]}\n", "/egress/rules/0",
	    "every address" },
	{ R "{cidr: \"64:ff9b::/96\", ports: [1]}]}\n", "/egress/rules/0",
	    "every address" },
	{ R "{cidr: \"::ffff:0:0/97\", ports: [1]}]}\n", "/egress/rules/0",
	    "a large part" },
	{ R "{cidr: \"::ffff:169.254.0.0/112\", ports: [1]}]}\n",
	    "/egress/rules/0", "metadata service" },
	{ R "{cidr: \"::169.254.169.254\", ports: [1]}]}\n", "/egress/rules/0",
	    "metadata service" },
	{ R "{cidr: \"::/96\", ports: [1]}]}\n", "/egress/rules/0",
	    "every address" },
	{ R "{cidr: \"::ffff:0:169.254.169.254\", ports: [1]}]}\n",
	    "/egress/rules/0", "metadata service" },
	{ R "{cidr: \"64:ff9b:1::/48\", ports: [1]}]}\n", "/egress/rules/0",
	    "every address" },
	{ R "{cidr: \"64:ff9b:1::169.254.169.254\", ports: [1]}]}\n",
	    "/egress/rules/0", "metadata service" },
	{ R "{cidr: \"2002::/16\", ports: [1]}]}\n", "/egress/rules/0",
	    "every address" },
	{ R "{cidr: \"2002::/15\", ports: [1]}]}\n", "/egress/rules/0",
	    "every address" },
	{ R "{cidr: \"2002:8000::/17\", ports: [1]}]}\n", "/egress/rules/0",
	    "a large part" },
	{ R "{cidr: \"2002:a9fe:a9fe:1::/64\", ports: [1]}]}\n",
	    "/egress/rules/0", "metadata service" },
	{ E4 "ingress: [{listen_port: 1}, {listen_port: 9}]\n"
	     "api: {listen_port: 9}\n",
	    "/api/listen_port", "receipts among them" },
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
	    "/anti_slashing/url", "looks like a secret" },
	{ "enclave: {enabled: false, cpuCount: 2, memoryMib: 64}\n",
	    "/enclave/enabled", "runs no enclave" },
	{ "tee: {platform: nitro}\n"
	  "anti_slashing: {url: \"postgres://a:b@c/d\"}\n",
	    "/anti_slashing/url", "looks like a secret" },
	{ "tee: {platform: nitro}\nauth_policies: {a: {token: abc}}\n",
	    "/auth_policies/a/token", "looks like a secret" },
	{ "enclave: {enabled: true}\nenv: [{name: X}, {name: DB_PASSWORD, "
	  "value: b}]\n",
	    "/env/1/value", "looks like a secret" },
	{ C1 "\"secrets\": [{\"name\": \"API_KEY\", \"value\": \"b\"}]}",
	    "/secrets/0/value", "looks like a secret" },
	{ V1 "team_secret = \"b\"\n", "/team_secret", "looks like a secret" },
	{ E4 "x: encl_pat_AAAA\n", "/x", "looks like a secret" },
	{ E4 "x: \"user=u;Password='h'\"\n", "/x", "looks like a secret" },
	{ E4 "x: \"http://a.b/ https://u:p@c\"\n", "/x",
	    "looks like a secret" },
	{ E4 "x: [A=1, \"DB_TOKEN=abc\"]\n", "/x/1", "looks like a secret" },
	{ E4 "x: {password: 12345}\n", "/x/password", "looks like a secret" },
	{ E4 "x: [{y: \"-----BEGIN EC PRIVATE KEY-----\"}]\n", "/x/0/y",
	    "looks like a secret" },
};

/* What refers to a secret, and what is about one. */
static const char *const quiet[] = {
	"tee: {platform: nitro}\nauth_policies: {a: {token: \"env:X\"}}\n",
	"tee: {platform: nitro}\nanti_slashing: {url: \"host=a user=b\"}\n",
	"tee: {platform: nitro}\nanti_slashing: {url: "
	"\"postgres://a@b/c:d\"}\n",
	"enclave: {enabled: true}\nenv: [{name: DB_PASSWORD, value: $X}, "
	"{name: TOKEN_FILE, value: a}]\n",
	V1 "api_key_auth = true\n[signing]\ncertPath = \"c\"\n"
	   "keyPath = \"k\"\n",
	"enclave: {enabled: true}\nextraVolumes: [{secret: {secretName: a}}]\n",
	E4 "env: [\"DB_PASSWORD=$X\", \"A=b\"]\n",
	E4 "max_token: 4096\n",
	E4 "use_token: \"yes\"\n",
	E4 "secret: \"arn:aws:secretsmanager:us-east-1:1:secret:a\"\n",
	E4 "client_secret: \"vault:secret/data/x\"\n",
	E4 "password: \"{{ .Values.pw }}\"\n",
	E4 "url: \"http://a/b:c@d\"\n",
	E4 "url: \"postgres://user:@db/x\"\n",
	E4 "url: \"postgres://user:${PW}@db/x\"\n",
	E4 "dsn: \"a password='$PW'\"\n",
	E4 "dsn: \"password= host=a\"\n",
	E4 "dsn: \"host=a password=$PW\"\n",
};

static struct shape_faults faults;

static enum err
import(const char *text, const char *format, json_t **d, const char **id,
    json_t **notes)
{
	memset(&faults, 0, sizeof faults);
	return dialect_import(span_str(text), format, d, id, notes, &faults);
}

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

START_TEST(what_refers_to_a_secret_is_none)
{
	for (size_t i = 0; i < sizeof quiet / sizeof quiet[0]; i++) {
		json_t *d, *notes, *x;
		const char *id;
		size_t k;

		ck_assert_msg(import(quiet[i], NULL, &d, &id, &notes) == OK,
		    "%s: %s %s", quiet[i], faults.fault[0].pointer,
		    faults.fault[0].message);
		json_array_foreach(notes, k, x)
		    ck_assert_msg(strstr(json_string_value(
					     json_object_get(x, "text")),
				      "secret") == NULL,
			"%s", quiet[i]);
		json_decref(d);
		json_decref(notes);
	}
}
END_TEST

/* One address that stands in none of the others' networks. */
START_TEST(a_narrow_network_is_not_called_wide)
{
	static const char *const narrow[] = { "::1", "::ffff:1.2.3.4",
		"::ffff:169.254.169.253", "2002:a9fe:a9ff::/48",
		"64:ff9b:1::1.2.0.0/112", "64:ff9b:2::/48", "2003::/16" };

	for (size_t i = 0; i < sizeof narrow / sizeof narrow[0]; i++) {
		char text[200];
		json_t *d, *notes;
		const char *id;

		snprintf(text, sizeof text, R "{cidr: \"%s\", ports: [1]}]}\n",
		    narrow[i]);
		ck_assert_msg(import(text, NULL, &d, &id, &notes) == OK, "%s",
		    narrow[i]);
		ck_assert_msg(json_array_size(notes) == 0, "%s", narrow[i]);
		json_decref(d);
		json_decref(notes);
	}
}
END_TEST

/* Two rules of ours can come from one line of theirs. */
START_TEST(nothing_is_said_twice)
{
	json_t *d, *notes;
	const char *id;

	ck_assert_int_eq(import("name = \"a\"\ndebug = false\n[egress]\n"
				"enabled = true\ndestinations = [\"*.x\"]\n"
				"ports = [\"1\", \"2\"]\n",
			     NULL, &d, &id, &notes),
	    OK);
	ck_assert_uint_eq(json_array_size(pointer_get(d, "/egress/rules")), 2);
	ck_assert_uint_eq(json_array_size(notes), 1);
	json_decref(d);
	json_decref(notes);
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

int
main(void)
{
	const TTest *const t[] = { what_is_wrong_is_said_with_its_line_and_key,
		what_is_wider_than_it_looks_is_said,
		what_refers_to_a_secret_is_none,
		a_narrow_network_is_not_called_wide, nothing_is_said_twice,
		limits_are_told_apart };

	return SUITE_RUN("dialect_bad", t);
}
