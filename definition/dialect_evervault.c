/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "dialect_row.h"
#include "pointer.h"

/* Evervault's enclave.toml; version 0, of cages, says no version. */

static bool
detect_1(const json_t *v, enum dialect_syntax syntax)
{
	return syntax == DIALECT_TOML && json_object_get(v, "version");
}

static bool
detect_0(const json_t *v, enum dialect_syntax syntax)
{
	return syntax == DIALECT_TOML && json_object_get(v, "name");
}

static const char *const registers[] = { "PCR0", "PCR1", "PCR2", "PCR8", NULL };

static void
read_measurements(struct dialect_reader *r)
{
	for (const char *const *p = registers; *p; p++) {
		char theirs[32], *ours = NULL, *value = NULL, place[64];
		const json_t *v;

		(void)snprintf(theirs, sizeof theirs, "/attestation/%s", *p);
		v = dialect_row_take(r, theirs);
		if (v == NULL)
			continue;
		ours = dialect_row_lower(*p);
		value = dialect_row_lower(
		    json_is_string(v) ? json_string_value(v) : "");
		(void)snprintf(place, sizeof place, "/measurements/%s",
		    ours ? ours : "");
		if (value && value[0] && value[strspn(value, "0")] == '\0' &&
		    !json_is_true(pointer_get(r->source, "/debug")))
			dialect_row_refuse(r, theirs,
			    "is zero, and debug is not declared");
		dialect_row_put(r, place, value ? json_string(value) : NULL,
		    theirs);
		free(ours);
		free(value);
	}
}

/* One destination: `*.x` is every name below x there. */
static void
read_destination(struct dialect_reader *r, const char *s, const json_t *port,
    const char *theirs)
{
	char host[300];

	if (strpbrk(s + (strncmp(s, "*.", 2) == 0), "*/:")) {
		dialect_row_refuse(r, theirs,
		    "must be a name, *. before one, or an IPv4 address");
		return;
	}
	if (strncmp(s, "*.", 2) != 0) {
		dialect_row_rule(r, "allow", s, port, theirs);
		return;
	}
	(void)snprintf(host, sizeof host, "*%.290s", s);
	dialect_row_rule(r, "allow", host, port, theirs);
}

static void
read_list(struct dialect_reader *r, const json_t *list, const json_t *port)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));
		char theirs[64];

		(void)snprintf(theirs, sizeof theirs,
		    "/egress/destinations/%zu", i);
		if (s == NULL) {
			dialect_row_refuse(r, theirs, "must be text");
		} else if (*s != '\0' && strcmp(s, "*") != 0) {
			read_destination(r, s, port, theirs);
		} else if (port) {
			dialect_row_rule(r, "allow", "*", port, theirs);
			dialect_row_rule(r, "allow", "0.0.0.0/0", port, theirs);
			dialect_row_rule(r, "allow", "::/0", port, theirs);
		} else {
			dialect_row_note(r, theirs,
			    "is wider than it looks: it allows everything");
			dialect_row_put(r, "/egress/default",
			    json_string("allow"), theirs);
		}
	}
}

/* Version 0 names ports, as text. */
static void
read_with_ports(struct dialect_reader *r, const json_t *list,
    const json_t *ports)
{
	json_t *every = json_pack("[s]", "*");

	for (size_t i = 0; i < json_array_size(ports); i++) {
		const char *s = json_string_value(json_array_get(ports, i));
		char theirs[64], *end = NULL;
		long v = s ? strtol(s, &end, 10) : 0;
		json_t *port;

		(void)snprintf(theirs, sizeof theirs, "/egress/ports/%zu", i);
		if (v < 1 || v > 65535 || *end != '\0' || *s == '0') {
			dialect_row_refuse(r, theirs,
			    "must be a port, 1 to 65535, in quotes");
			continue;
		}
		port = json_integer(v);
		read_list(r, list ? list : every, port);
		json_decref(port);
	}
	json_decref(every);
}

static void
read_egress(struct dialect_reader *r)
{
	const json_t *on = pointer_get(r->source, "/egress/enabled"), *list;
	const json_t *ports;

	if (on && !json_is_boolean(on))
		dialect_row_refuse(r, "/egress/enabled",
		    "must be true or false");
	if (!json_is_true(on)) {
		if (on)
			(void)dialect_row_take(r, "/egress/enabled");
		return;
	}
	(void)dialect_row_take(r, "/egress/enabled");
	list = dialect_row_take(r, "/egress/destinations");
	ports = r->dialect == &dialect_evervault_0
		    ? dialect_row_take(r, "/egress/ports")
		    : NULL;
	if (list && !json_is_array(list))
		dialect_row_refuse(r, "/egress/destinations",
		    "must be an array");
	if (json_array_size(list) == 0)
		dialect_row_note(r, "/egress/enabled",
		    "is wider than it looks: without a list of destinations "
		    "everything is allowed");
	if (json_array_size(ports) > 0) {
		read_with_ports(r, list, ports);
		return;
	}
	if (json_array_size(list) == 0) {
		dialect_row_put(r, "/egress/default", json_string("allow"),
		    "/egress/enabled");
		return;
	}
	dialect_row_put(r, "/egress/default", json_string("deny"),
	    "/egress/enabled");
	dialect_row_note(r, "/egress/destinations",
	    "is wider than it looks: there are no ports, so every port is "
	    "meant, and *.x is every name below x");
	read_list(r, list, NULL);
}

static void
read_port(struct dialect_reader *r)
{
	bool old = r->dialect == &dialect_evervault_0;
	const char *place =
	    old ? "/disable_tls_termination" : "/tls_termination";
	const json_t *port = dialect_row_take(r, "/service/port"), *tls;
	bool on = true;

	if (port == NULL)
		return;
	tls = dialect_row_take(r, place);
	if (tls && !json_is_boolean(tls))
		dialect_row_refuse(r, place, "must be true or false");
	if (tls)
		on = json_is_true(tls) != old;
	dialect_row_add(r, "/ports",
	    json_pack("{s:O, s:b}", "port", port, "tls", on), "/service/port");
}

static void
read_health(struct dialect_reader *r)
{
	const json_t *v = dialect_row_take(r, "/healthcheck");

	if (json_is_string(v))
		dialect_row_put(r, "/healthcheck",
		    json_pack("{s:O}", "path", v), "/healthcheck");
	else if (v)
		dialect_row_put(r, "/healthcheck", json_deep_copy(v),
		    "/healthcheck");
}

static void
read_any(struct dialect_reader *r)
{
	const json_t *version = dialect_row_take(r, "/version");

	if (version && json_integer_value(version) != 1)
		dialect_row_refuse(r, "/version", "must be 1");
	read_port(r);
	read_health(r);
	read_egress(r);
	read_measurements(r);
}

static bool
write_destinations(const json_t *d, json_t *v)
{
	json_t *meaning = dialect_meaning(d);
	const json_t *rules = pointer_get(meaning, "/egress/rules");
	const char *usual =
	    json_string_value(pointer_get(meaning, "/egress/default"));
	json_t *list = json_array(), *ports = json_array();
	bool good = list && ports;

	for (size_t i = 0; good && i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		const char *s = dialect_row_target(rule);
		const json_t *port = dialect_row_port(rule);

		if (s == NULL || dialect_row_denies(rule) ||
		    (strcmp(s, "*") != 0 &&
			strpbrk(s + (strncmp(s, "**.", 3) == 0 ? 2 : 0),
			    "*/:")))
			continue;
		good = json_array_append_new(list,
			   json_string(
			       strncmp(s, "**.", 3) == 0 ? s + 1 : s)) == 0;
		if (good && port)
			good =
			    json_array_append_new(ports,
				json_sprintf("%lld",
				    (long long)json_integer_value(port))) == 0;
	}
	if (usual && json_array_size(list) > 0)
		good =
		    good && json_array_append_new(list, json_string("*")) == 0;
	good = good && pointer_set(v, "/egress/enabled", json_true()) &&
	       (json_array_size(list) == 0 ||
		   pointer_set(v, "/egress/destinations", json_incref(list))) &&
	       (json_array_size(ports) == 0 ||
		   pointer_set(v, "/egress/ports", json_incref(ports)));
	json_decref(list);
	json_decref(ports);
	json_decref(meaning);
	return good;
}

static bool
write_measurements(const json_t *d, json_t *v)
{
	for (const char *const *p = registers; *p; p++) {
		char ours[32], theirs[32];
		const json_t *x;

		(void)snprintf(ours, sizeof ours, "/measurements/pcr%s",
		    *p + 3);
		(void)snprintf(theirs, sizeof theirs, "/attestation/%s", *p);
		x = pointer_get(d, ours);
		if (x && !pointer_set(v, theirs, json_deep_copy(x)))
			return false;
	}
	return true;
}

static bool
write_any(const json_t *d, json_t *v, bool old)
{
	const json_t *port = pointer_get(d, "/ports/0/port");
	bool tls = json_is_true(pointer_get(d, "/ports/0/tls"));
	const json_t *health = pointer_get(d, "/healthcheck");
	const json_t *path = json_object_get(health, "path");

	if (!old && !pointer_set(v, "/version", json_integer(1)))
		return false;
	if (port && !pointer_set(v, "/service/port", json_deep_copy(port)))
		return false;
	if (port && !pointer_set(v,
			old ? "/disable_tls_termination" : "/tls_termination",
			json_boolean(tls != old)))
		return false;
	if (path &&
	    !pointer_set(v, "/healthcheck",
		json_deep_copy(json_object_size(health) > 1 ? health : path)))
		return false;
	if (pointer_get(d, "/egress") && !write_destinations(d, v))
		return false;
	return write_measurements(d, v);
}

static bool
write_1(const json_t *d, json_t *v)
{
	return write_any(d, v, false);
}

static bool
write_0(const json_t *d, json_t *v)
{
	return write_any(d, v, true);
}

static const struct dialect_pair pairs[] = {
	{ "/dockerfile", "/dockerfile" },
	{ "/debug", "/debug" },
	{ "/scaling/desired_replicas", "/replicas" },
	{ "/signing/certPath", "/signing/certificate" },
	{ "/signing/keyPath", "/signing/key" },
	{ "/runtime/data_plane_version", "/runtime/data_plane" },
	{ "/runtime/installer_version", "/runtime/installer" },
	{ NULL, NULL },
};

static const char *const kept[] = { "/uuid", "/app_uuid", "/team_uuid",
	"/api_key_auth", "/trx_logging", "/tls_termination",
	"/disable_tls_termination", "/forward_proxy_protocol",
	"/trusted_headers", "/attestation_cors", "/acceptor", "/runtime",
	"/attestation/HashAlgorithm", "/attestation/signature",
	"/egress/destinations", "/egress/ports", NULL };

/* Evervault enclave.toml. */
const struct dialect dialect_evervault_1 = { .id = "evervault/1",
	.syntax = DIALECT_TOML,
	.detect = detect_1,
	.pairs = pairs,
	.kept = kept,
	.read = read_any,
	.write = write_1 };
/* Evervault cage.toml, without a version. */
const struct dialect dialect_evervault_0 = { .id = "evervault/0",
	.syntax = DIALECT_TOML,
	.detect = detect_0,
	.pairs = pairs,
	.kept = kept,
	.read = read_any,
	.write = write_0 };
