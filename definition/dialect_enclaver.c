/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "dialect_row.h"
#include "pointer.h"

/* Enclaver's manifest: policy.yaml of the Go program (generation 0), and
 * enclaver.yaml in four generations since. */

static bool
has(const json_t *v, const char *place)
{
	return pointer_get(v, place) != NULL;
}

/* All of them say `version: v1`. */
static bool
is_manifest(const json_t *v, enum dialect_syntax syntax)
{
	return syntax != DIALECT_TOML &&
	       json_is_string(json_object_get(v, "version")) && has(v, "/name");
}

static bool
detect_0(const json_t *v, enum dialect_syntax syntax)
{
	return is_manifest(v, syntax) && has(v, "/image") &&
	       (has(v, "/resources") || has(v, "/network"));
}

static bool
detect_1(const json_t *v, enum dialect_syntax syntax)
{
	return is_manifest(v, syntax) && has(v, "/image");
}

static bool
detect_2(const json_t *v, enum dialect_syntax syntax)
{
	return is_manifest(v, syntax) && has(v, "/images");
}

static bool
detect_3(const json_t *v, enum dialect_syntax syntax)
{
	return is_manifest(v, syntax) &&
	       (has(v, "/sources/supervisor") || has(v, "/sources/wrapper"));
}

static bool
detect_4(const json_t *v, enum dialect_syntax syntax)
{
	return is_manifest(v, syntax) && has(v, "/sources");
}

static void
read_version(struct dialect_reader *r)
{
	const char *s = json_string_value(dialect_row_take(r, "/version"));

	if (s == NULL || strcmp(s, "v1") != 0)
		dialect_row_refuse(r, "/version", "must be v1");
}

static void
read_listen_ports(struct dialect_reader *r)
{
	json_t *list = dialect_row_take(r, "/network/listen_ports");

	if (list && !json_is_array(list))
		dialect_row_refuse(r, "/network/listen_ports",
		    "must be an array");
	for (size_t i = 0; i < json_array_size(list); i++) {
		char theirs[64];

		(void)snprintf(theirs, sizeof theirs,
		    "/network/listen_ports/%zu", i);
		dialect_row_add(r, "/ports",
		    json_pack("{s:O}", "port", json_array_get(list, i)),
		    theirs);
	}
}

/* One destination with one port. */
static void
read_destination(struct dialect_reader *r, size_t i)
{
	char item[64], host[80], port[80], *name;
	const json_t *h, *p;

	(void)snprintf(item, sizeof item, "/network/egress/%zu", i);
	(void)snprintf(host, sizeof host, "%s/host", item);
	(void)snprintf(port, sizeof port, "%s/port", item);
	h = dialect_row_take(r, host);
	p = dialect_row_take(r, port);
	if (!json_is_string(h) || p == NULL) {
		dialect_row_refuse(r, item, "must have a host and a port");
		return;
	}
	name = dialect_row_lower(json_string_value(h));
	if (name && strpbrk(name, "*/"))
		dialect_row_refuse(r, host, "must be one name or one address");
	else if (name)
		dialect_row_rule(r, "allow", name, p, item);
	else
		r->e = ERR_OUT_OF_MEMORY;
	free(name);
}

static void
read_0(struct dialect_reader *r)
{
	const json_t *list = pointer_get(r->source, "/network/egress");

	read_version(r);
	read_listen_ports(r);
	if (list && !json_is_array(list))
		dialect_row_refuse(r, "/network/egress", "must be an array");
	for (size_t i = 0; i < json_array_size(list); i++)
		read_destination(r, i);
	if (list && json_array_size(list) == 0)
		pointer_remove(r->rest, "/network/egress");
}

/* What of a pattern counts: Enclaver goes from the right and stops at the
 * first "**".  In the words of a definition; of the caller's, or NULL. */
static char *
pattern_read(const char *theirs)
{
	char *s = dialect_row_lower(theirs), *stop = NULL, *from;

	if (s == NULL)
		return NULL;
	if (strcmp(s, "*") == 0) {
		free(s);
		return strdup("*.");
	}
	for (from = s; (from = strstr(from, "**")) != NULL; from += 2) {
		if ((from == s || from[-1] == '.') &&
		    (from[2] == '.' || from[2] == '\0'))
			stop = from;
	}
	if (stop && strcmp(stop, "**") == 0) {
		free(s);
		return strdup("*");
	}
	if (stop)
		memmove(s, stop, strlen(stop) + 1);
	return s;
}

static const char *
pattern_write(const char *ours)
{
	if (strcmp(ours, "*") == 0)
		return "**";
	return strcmp(ours, "*.") == 0 ? "*" : ours;
}

/* Its name there is "host", in any case, and patterns match that as they match
 * every name of one label. */
static void
read_parent(struct dialect_reader *r, const char *action, const char *theirs)
{
	json_t *rule = json_pack("{s:b}", "parent", 1);

	if (strcmp(action, "deny") == 0 &&
	    json_object_set_new(rule, "action", json_string(action)) != 0)
		r->e = ERR_OUT_OF_MEMORY;
	if (pointer_get(r->d, "/egress/default") == NULL)
		dialect_row_put(r, "/egress/default", json_string("deny"),
		    theirs);
	dialect_row_add(r, "/egress/rules", rule, theirs);
}

static void
read_pattern(struct dialect_reader *r, const char *action, const json_t *v,
    const char *theirs)
{
	const char *s = json_string_value(v);
	char *ours;

	if (s == NULL) {
		dialect_row_refuse(r, theirs, "must be text");
		return;
	}
	if (strcasecmp(s, "host") == 0) {
		read_parent(r, action, theirs);
		return;
	}
	ours = pattern_read(s);
	if (ours == NULL) {
		r->e = ERR_OUT_OF_MEMORY;
		return;
	}
	if (strstr(s, "**") != NULL && strstr(s, "**") != s)
		dialect_row_note(r, theirs,
		    "is wider than it looks: what is left of ** counts for "
		    "nothing");
	dialect_row_rule(r, action, ours, NULL, theirs);
	if (strcmp(ours, "*") == 0 || strcmp(ours, "*.") == 0) {
		read_parent(r, action, theirs);
		if (strcmp(action, "allow") == 0)
			dialect_row_note(r, theirs,
			    "is wider than it looks: it matches `host`, which "
			    "is the machine that the enclave runs on");
	}
	free(ours);
}

static void
read_patterns(struct dialect_reader *r, const char *action)
{
	char theirs[80];
	json_t *list;

	(void)snprintf(theirs, sizeof theirs, "/egress/%s", action);
	list = dialect_row_take(r, theirs);
	if (list && !json_is_array(list)) {
		dialect_row_refuse(r, theirs, "must be an array");
		return;
	}
	if (json_array_size(list) > 0)
		dialect_row_note(r, theirs,
		    strcmp(action, "allow") == 0
			? "is wider than it looks: Enclaver's rules have no "
			  "ports, so every port is meant"
			: "is weaker than it looks: names are resolved outside "
			  "the enclave, so a network that is denied can still "
			  "be reached by a name, and a name that is denied by "
			  "the same one with a dot at its end");
	for (size_t i = 0; i < json_array_size(list); i++) {
		(void)snprintf(theirs, sizeof theirs, "/egress/%s/%zu", action,
		    i);
		read_pattern(r, action, json_array_get(list, i), theirs);
	}
}

/* The program that knew `enabled` had a proxy then and none otherwise, and did
 * not look at `allow` yet.  True: there is no more to read. */
static bool
read_switch(struct dialect_reader *r)
{
	const json_t *on = r->dialect == &dialect_enclaver_1 ||
				   r->dialect == &dialect_enclaver_2
			       ? pointer_get(r->source, "/egress/enabled")
			       : NULL;

	if (on && !json_is_boolean(on))
		dialect_row_refuse(r, "/egress/enabled",
		    "must be true or false");
	if (json_is_false(on)) {
		dialect_row_note(r, "/egress",
		    "is switched off: what it allows is kept, and counts for "
		    "nothing");
		return true;
	}
	if (json_is_true(on)) {
		dialect_row_put(r, "/egress/default", json_string("allow"),
		    "/egress/enabled");
		dialect_row_note(r, "/egress/enabled",
		    "is wider than it looks: the program that knows it allows "
		    "everything, whatever the list says");
	}
	return false;
}

/* Deny beats allow there; here the first rule that matches decides. */
static void
read_egress(struct dialect_reader *r)
{
	if (!read_switch(r)) {
		read_patterns(r, "deny");
		read_patterns(r, "allow");
	}
	if (pointer_get(r->d, "/egress") != NULL &&
	    pointer_get(r->d, "/egress/default") == NULL)
		dialect_row_put(r, "/egress/default", json_string("deny"),
		    "/egress");
	if (json_array_size(pointer_get(r->source, "/egress/allow")) == 0 &&
	    json_array_size(pointer_get(r->source, "/egress/deny")) > 0)
		dialect_row_note(r, "/egress",
		    "allows nothing: there is no allow");
}

static void
read_ingress(struct dialect_reader *r)
{
	const json_t *list = pointer_get(r->source, "/ingress");

	if (list && !json_is_array(list))
		dialect_row_refuse(r, "/ingress", "must be an array");
	for (size_t i = 0; i < json_array_size(list); i++) {
		char item[32], at[80];
		const json_t *port, *key, *cert;
		json_t *o;

		(void)snprintf(item, sizeof item, "/ingress/%zu", i);
		(void)snprintf(at, sizeof at, "%s/listen_port", item);
		port = dialect_row_take(r, at);
		(void)snprintf(at, sizeof at, "%s/tls/key_file", item);
		key = dialect_row_take(r, at);
		(void)snprintf(at, sizeof at, "%s/tls/cert_file", item);
		cert = dialect_row_take(r, at);
		if (port == NULL) {
			dialect_row_refuse(r, item, "must have a listen_port");
			return;
		}
		o = json_pack("{s:O, s:O*, s:O*}", "port", port, "key_file",
		    key, "cert_file", cert);
		if (o && (key || cert) &&
		    json_object_set_new(o, "tls", json_true()) != 0)
			r->e = ERR_OUT_OF_MEMORY;
		dialect_row_add(r, "/ports", o, item);
	}
	if (list && json_array_size(list) == 0)
		pointer_remove(r->rest, "/ingress");
}

/* The one that is not given has its documented default. */
static void
read_defaults(struct dialect_reader *r)
{
	const json_t *cpus = dialect_row_take(r, "/defaults/cpu_count");
	const json_t *memory = dialect_row_take(r, "/defaults/memory_mb");

	if (cpus == NULL && memory == NULL)
		return;
	dialect_row_put(r, "/resources/cpus",
	    cpus ? json_deep_copy(cpus) : json_integer(2),
	    "/defaults/cpu_count");
	dialect_row_put(r, "/resources/memory_mib",
	    memory ? json_deep_copy(memory) : json_integer(4096),
	    "/defaults/memory_mb");
}

static void
read_new(struct dialect_reader *r)
{
	read_version(r);
	read_ingress(r);
	read_egress(r);
	read_defaults(r);
}

static json_t *
each(json_t *d, const char *place)
{
	return pointer_get(d, place);
}

static bool
write_0(const json_t *d, json_t *v)
{
	const json_t *ports = pointer_get(d, "/ports");
	json_t *d2 = dialect_meaning(d);
	const json_t *rules = each(d2, "/egress/rules");
	json_t *to = json_array(), *list = json_array();
	bool good = d2 && pointer_set(v, "/version", json_string("v1"));

	for (size_t i = 0; good && i < json_array_size(ports); i++)
		good =
		    json_array_append(list,
			json_object_get(json_array_get(ports, i), "port")) == 0;
	for (size_t i = 0; good && i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		const char *target = dialect_row_target(rule);
		const json_t *port = dialect_row_port(rule);

		/* what has no place here shows when it is read back */
		if (target && !strpbrk(target, "*/") && json_is_integer(port) &&
		    !dialect_row_denies(rule))
			good = json_array_append_new(to,
				   json_pack("{s:s, s:O}", "host", target,
				       "port", port)) == 0;
	}
	if (good && json_array_size(list) > 0)
		good =
		    pointer_set(v, "/network/listen_ports", json_incref(list));
	if (good && json_array_size(to) > 0)
		good = pointer_set(v, "/network/egress", json_incref(to));
	json_decref(list);
	json_decref(to);
	json_decref(d2);
	return good;
}

static bool
write_ingress(const json_t *d, json_t *v)
{
	const json_t *ports = pointer_get(d, "/ports");
	bool good = json_array_size(ports) == 0 ||
		    pointer_set(v, "/ingress", json_array());

	for (size_t i = 0; good && i < json_array_size(ports); i++) {
		const json_t *p = json_array_get(ports, i);
		const json_t *key = json_object_get(p, "key_file");
		const json_t *cert = json_object_get(p, "cert_file");
		json_t *o = json_pack("{s:O}", "listen_port",
		    json_object_get(p, "port"));

		if (key)
			good = pointer_set(o, "/tls/key_file",
			    json_deep_copy(key));
		if (good && cert)
			good = pointer_set(o, "/tls/cert_file",
			    json_deep_copy(cert));
		good =
		    good && json_array_append_new(json_object_get(v, "ingress"),
				o) == 0;
	}
	return good;
}

static bool
write_patterns(const json_t *rules, bool deny, const char *place, json_t *v)
{
	json_t *list = json_array();
	bool good = list != NULL;

	for (size_t i = 0; good && i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		const char *target = dialect_row_target(rule);

		if (target)
			target = pattern_write(target);
		else if (json_is_true(json_object_get(rule, "parent")))
			target = "host";
		if (target && dialect_row_port(rule) == NULL &&
		    dialect_row_denies(rule) == deny)
			good = json_array_append_new(list,
				   json_string(target)) == 0;
	}
	if (good && json_array_size(list) > 0)
		return pointer_set(v, place, list);
	json_decref(list);
	return good;
}

static bool
write_new(const json_t *d, json_t *v)
{
	const json_t *rules = pointer_get(d, "/egress/rules");
	const json_t *cpus = pointer_get(d, "/resources/cpus");
	const json_t *memory = pointer_get(d, "/resources/memory_mib");

	return pointer_set(v, "/version", json_string("v1")) &&
	       write_ingress(d, v) &&
	       write_patterns(rules, true, "/egress/deny", v) &&
	       write_patterns(rules, false, "/egress/allow", v) &&
	       (cpus == NULL || pointer_set(v, "/defaults/cpu_count",
				    json_deep_copy(cpus))) &&
	       (memory == NULL || pointer_set(v, "/defaults/memory_mb",
				      json_deep_copy(memory)));
}

static const struct dialect_pair pairs_0[] = {
	{ "/image", "/image" },
	{ "/resources/cpus", "/resources/cpus" },
	{ "/resources/memory", "/resources/memory_mib" },
	{ NULL, NULL },
};

#define SHARED \
	{ "/egress/proxy_port", "/egress/proxy_port" }, \
	    { "/signature/certificate", "/signing/certificate" }, \
	    { "/signature/key", "/signing/key" }, \
	    { "/kms_proxy", "/kms_proxy" }, { "/api", "/api" }, \
	{ \
		NULL, NULL \
	}

static const struct dialect_pair pairs_1[] = { { "/image", "/image" }, SHARED };
static const struct dialect_pair pairs_2[] = { { "/images/source", "/image" },
	{ "/images/target", "/target" }, SHARED };
static const struct dialect_pair pairs_3[] = { { "/sources/app", "/image" },
	{ "/target", "/target" },
	{ "/sources/supervisor", "/runtime/supervisor" },
	{ "/sources/wrapper", "/runtime/wrapper" }, SHARED };
static const struct dialect_pair pairs_4[] = { { "/sources/app", "/image" },
	{ "/target", "/target" }, { "/sources/odyn", "/runtime/odyn" },
	{ "/sources/sleeve", "/runtime/sleeve" }, SHARED };

static const char *const kept_1[] = { "/egress/enabled", "/egress/allow",
	"/egress/deny", NULL };
/* The last four are a fork's. */
static const char *const kept_4[] = { "/spire", "/aux_api", "/vsock_ports",
	"/storage", "/kms_integration", "/helios_rpc", "/clock_sync", NULL };

/* Enclaver policy.yaml. */
const struct dialect dialect_enclaver_0 = { .id = "enclaver/0",
	.detect = detect_0,
	.pairs = pairs_0,
	.read = read_0,
	.write = write_0 };
/* Enclaver policy of 2022, with image and ingress. */
const struct dialect dialect_enclaver_1 = { .id = "enclaver/1",
	.detect = detect_1,
	.pairs = pairs_1,
	.kept = kept_1,
	.read = read_new,
	.write = write_new };
/* Enclaver manifest with images. */
const struct dialect dialect_enclaver_2 = { .id = "enclaver/2",
	.detect = detect_2,
	.pairs = pairs_2,
	.kept = kept_1,
	.read = read_new,
	.write = write_new };
/* Enclaver enclaver.yaml with supervisor and wrapper. */
const struct dialect dialect_enclaver_3 = { .id = "enclaver/3",
	.detect = detect_3,
	.pairs = pairs_3,
	.read = read_new,
	.write = write_new };
/* Enclaver enclaver.yaml with odyn and sleeve. */
const struct dialect dialect_enclaver_4 = { .id = "enclaver/4",
	.detect = detect_4,
	.pairs = pairs_4,
	.kept = kept_4,
	.read = read_new,
	.write = write_new };
