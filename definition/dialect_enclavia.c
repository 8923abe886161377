/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain/key.h"
#include "dialect_row.h"
#include "duration.h"
#include "pointer.h"

#define POINT 65 /* bytes of a point of P-256, not compressed */

/* Enclavia's request to make an enclave, and the egress document, which is a
 * part of that request or a file of its own. */

static bool
detect_create(const json_t *v, enum dialect_syntax syntax)
{
	return syntax != DIALECT_TOML &&
	       (json_object_get(v, "container_port") ||
		   json_object_get(v, "egress_allowlist") ||
		   json_object_get(v, "storage_size_bytes") ||
		   json_object_get(v, "min_upgrade_delay_secs"));
}

static bool
detect_egress(const json_t *v, enum dialect_syntax syntax)
{
	return syntax != DIALECT_TOML &&
	       json_is_integer(json_object_get(v, "version")) &&
	       json_is_array(json_object_get(v, "egress"));
}

static json_t *
take(struct dialect_reader *r, const char *above, const char *name,
    char place[300])
{
	(void)snprintf(place, 300, "%s/%s", above, name);
	return dialect_row_take(r, place);
}

static void
read_rule(struct dialect_reader *r, const char *item)
{
	char host_at[300], protocol_at[300], port_at[300];
	const char *host = json_string_value(take(r, item, "host", host_at));
	const json_t *protocol = take(r, item, "protocol", protocol_at);
	const json_t *port = take(r, item, "port", port_at);
	char *lower = host ? dialect_row_lower(host) : NULL;

	if (protocol && !(json_is_string(protocol) &&
			    strcmp(json_string_value(protocol), "tcp") == 0)) {
		dialect_row_refuse(r, protocol_at, "must be tcp");
	} else if (lower == NULL || port == NULL) {
		dialect_row_refuse(r, item, "must have a host and a port");
	} else if (strchr(lower, ':')) {
		dialect_row_refuse(r, host_at,
		    "is an IPv6 address, which Enclavia drops");
	} else if (strchr(lower, '*')) {
		dialect_row_refuse(r, host_at, "must have no wildcard");
	} else if (json_is_string(port) &&
		   strcmp(json_string_value(port), "*") == 0) {
		dialect_row_note(r, item, "allows every port");
		dialect_row_rule(r, "allow", lower, NULL, item);
	} else if (json_is_integer(port)) {
		dialect_row_rule(r, "allow", lower, port, item);
	} else {
		dialect_row_refuse(r, port_at,
		    "must be a port, 1 to 65535, or \"*\"");
	}
	free(lower);
}

/* The document at a place. */
static void
read_document(struct dialect_reader *r, const char *above)
{
	char at[300], item[128];
	const json_t *v = take(r, above, "version", at), *list;

	if (json_integer_value(v) != 1)
		dialect_row_refuse(r, at, "must be 1");
	dialect_row_put(r, "/egress/default", json_string("deny"), at);
	v = take(r, above, "resolvers", at);
	if (json_array_size(v) > 0 || (v && !json_is_array(v)))
		dialect_row_put(r, "/egress/resolvers", json_deep_copy(v), at);
	list = v;
	v = take(r, above, "dns", at);
	if (v)
		dialect_row_put(r, "/egress/dns", json_deep_copy(v), at);
	if (json_is_string(v) && strcmp(json_string_value(v), "open") == 0 &&
	    json_array_size(list) == 0)
		dialect_row_refuse(r, at, "needs a resolver");
	(void)snprintf(at, sizeof at, "%s/egress", above);
	list = pointer_get(r->source, at);
	for (size_t i = 0; i < json_array_size(list); i++) {
		(void)snprintf(item, sizeof item, "%s/egress/%zu", above, i);
		read_rule(r, item);
	}
	if (json_array_size(list) == 0)
		(void)dialect_row_take(r, at);
}

static void
read_egress(struct dialect_reader *r)
{
	read_document(r, "");
}

static void
read_storage(struct dialect_reader *r)
{
	const char *place = "/storage_size_bytes";
	const json_t *v = dialect_row_take(r, place);
	json_int_t n = json_integer_value(v);

	if (v == NULL || (json_is_integer(v) && n == 0))
		return;
	if (n < 134217728) {
		dialect_row_refuse(r, place, "must be at least 134217728");
		return;
	}
	if (n % 1048576 == 0)
		dialect_row_put(r, "/storage/size_mib",
		    json_integer(n / 1048576), place);
	else
		dialect_row_put(r, "/storage/size_bytes", json_integer(n),
		    place);
	v = dialect_row_take(r, "/anti_rollback");
	if (v)
		dialect_row_put(r, "/storage/anti_rollback", json_deep_copy(v),
		    "/anti_rollback");
}

static void
read_delay(struct dialect_reader *r)
{
	const char *place = "/min_upgrade_delay_secs";
	const json_t *v = dialect_row_take(r, place);
	json_int_t n = json_integer_value(v);
	char text[32];

	if (v == NULL)
		return;
	if (!json_is_integer(v) || n < 0 || n > 90 * 86400) {
		dialect_row_refuse(r, place, "must be at most 7776000");
		return;
	}
	if (!json_is_true(pointer_get(r->source, "/upgradable")))
		dialect_row_note(r, place, "counts only with upgradable");
	duration_text((uint64_t)n * 1000, text);
	dialect_row_put(r, "/upgrade/min_delay", json_string(text), place);
}

/* A point as OpenSSH writes it, for policies; or NULL. */
static json_t *
ssh_key(const char *base64)
{
	uint8_t point[POINT], blob[KEY_BLOB_MAX];
	char line[KEY_LINE_MAX];
	struct out b = out_of(blob, sizeof blob);
	struct out l = out_of(line, sizeof line);
	size_t n;

	if (sodium_base642bin(point, sizeof point, base64, strlen(base64), NULL,
		&n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    n != sizeof point)
		return NULL;
	key_blob(&b, KEY_P256, span_of(point, n));
	if (b.full || key_parse(out_span(&b), NULL, NULL, NULL) != OK)
		return NULL;
	key_line_encode(&l, out_span(&b), span_of(NULL, 0));
	return l.full ? NULL : json_string(line);
}

static void
read_control_key(struct dialect_reader *r)
{
	const char *place = "/control_key/public_key";
	const char *key = json_string_value(pointer_get(r->source, place));
	const char *mode =
	    json_string_value(pointer_get(r->source, "/control_key/mode"));
	json_t *line;

	if (key == NULL || mode == NULL || strcmp(mode, "self_hosted") != 0)
		return;
	line = ssh_key(key);
	if (line == NULL) {
		dialect_row_note(r, place, "is no key of P-256");
		return;
	}
	dialect_row_add(r, "/upgrade/control_keys", line, place);
	(void)dialect_row_take(r, "/control_key");
}

/* The reverse, of the only key. */
static bool
write_control_key(const json_t *d, json_t *v)
{
	const json_t *keys = pointer_get(d, "/upgrade/control_keys");
	const char *line = json_string_value(json_array_get(keys, 0));
	uint8_t buf[KEY_BLOB_MAX];
	char base64[sodium_base64_ENCODED_LEN(POINT,
	    sodium_base64_VARIANT_ORIGINAL)];
	struct span blob, comment, point;
	enum key_type type;

	if (json_array_size(keys) != 1 || line == NULL ||
	    key_line_decode(span_str(line), buf, &blob, &comment) != OK ||
	    key_parse(blob, &type, &point, NULL) != OK || type != KEY_P256)
		return true;
	sodium_bin2base64(base64, sizeof base64, point.p, point.n,
	    sodium_base64_VARIANT_ORIGINAL);
	return pointer_set(v, "/control_key",
	    json_pack("{s:s, s:s}", "mode", "self_hosted", "public_key",
		base64));
}

static void
read_create(struct dialect_reader *r)
{
	const json_t *mode = dialect_row_take(r, "/mode");
	const json_t *port = dialect_row_take(r, "/container_port");
	const char *s = mode ? json_string_value(mode) : "debug";

	if (s == NULL ||
	    (strcmp(s, "debug") != 0 && strcmp(s, "production") != 0))
		dialect_row_refuse(r, "/mode", "must be debug or production");
	else
		dialect_row_put(r, "/debug",
		    json_boolean(strcmp(s, "debug") == 0), "/mode");
	if (port)
		dialect_row_add(r, "/ports", json_pack("{s:O}", "port", port),
		    "/container_port");
	read_storage(r);
	read_delay(r);
	read_control_key(r);
	if (pointer_get(r->source, "/egress_allowlist"))
		read_document(r, "/egress_allowlist");
}

static bool
write_rules(const json_t *meaning, json_t *v, const char *place)
{
	const json_t *rules = pointer_get(meaning, "/egress/rules");
	json_t *list;

	if (!pointer_set(v, place, json_array()))
		return false;
	list = pointer_get(v, place);
	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		const char *host = dialect_row_target(rule);
		const json_t *port = dialect_row_port(rule);
		json_t *o;

		if (host == NULL || strpbrk(host, "*:") ||
		    dialect_row_denies(rule))
			continue;
		o = json_pack("{s:s, s:s}", "host", host, "protocol", "tcp");
		if (!pointer_set(o, "/port",
			port ? json_deep_copy(port) : json_string("*")) ||
		    json_array_append_new(list, o) != 0)
			return false;
	}
	return true;
}

static bool
write_document(const json_t *d, json_t *v, const char *above)
{
	static const char *const same[] = { "resolvers", "dns", NULL };
	json_t *meaning = dialect_meaning(d);
	char ours[64], at[128];
	bool good;

	(void)snprintf(at, sizeof at, "%s/version", above);
	good = meaning && pointer_set(v, at, json_integer(1));
	for (const char *const *s = same; good && *s; s++) {
		(void)snprintf(ours, sizeof ours, "/egress/%s", *s);
		(void)snprintf(at, sizeof at, "%s/%s", above, *s);
		if (pointer_get(d, ours))
			good = pointer_set(v, at,
			    json_deep_copy(pointer_get(d, ours)));
	}
	(void)snprintf(at, sizeof at, "%s/egress", above);
	good = good && write_rules(meaning, v, at);
	json_decref(meaning);
	return good;
}

static bool
write_egress(const json_t *d, json_t *v)
{
	return write_document(d, v, "");
}

static bool
write_storage(const json_t *d, json_t *v)
{
	const json_t *mib = pointer_get(d, "/storage/size_mib");
	const json_t *n = pointer_get(d, "/storage/size_bytes");
	const json_t *anti = pointer_get(d, "/storage/anti_rollback");

	if (mib && !pointer_set(v, "/storage_size_bytes",
		       json_integer(json_integer_value(mib) * 1048576)))
		return false;
	if (n && !pointer_set(v, "/storage_size_bytes", json_deep_copy(n)))
		return false;
	return anti == NULL ||
	       pointer_set(v, "/anti_rollback", json_deep_copy(anti));
}

static bool
write_create(const json_t *d, json_t *v)
{
	const json_t *port = pointer_get(d, "/ports/0/port");
	const char *delay =
	    json_string_value(pointer_get(d, "/upgrade/min_delay"));
	uint64_t ms = 0;

	if (delay && duration_parse(span_str(delay), &ms) == OK &&
	    !pointer_set(v, "/min_upgrade_delay_secs",
		json_integer((json_int_t)(ms / 1000))))
		return false;
	if (port && !pointer_set(v, "/container_port", json_deep_copy(port)))
		return false;
	if (!write_control_key(d, v))
		return false;
	if (!pointer_set(v, "/mode",
		json_string(json_is_true(json_object_get(d, "debug"))
				? "debug"
				: "production")))
		return false;
	if (pointer_get(d, "/egress") &&
	    !write_document(d, v, "/egress_allowlist"))
		return false;
	return write_storage(d, v);
}

static const struct dialect_pair pairs[] = {
	{ "/docker_image", "/image" },
	{ "/instance_type", "/instance_type" },
	{ "/visibility", "/visibility" },
	{ "/upgradable", "/upgrade/upgradable" },
	{ NULL, NULL },
};

static const char *const kept[] = { "/control_key", "/anti_rollback", NULL };

/* Enclavia, the request that makes an enclave. */
const struct dialect dialect_enclavia_create = { .id = "enclavia-create/1",
	.syntax = DIALECT_JSON,
	.detect = detect_create,
	.pairs = pairs,
	.kept = kept,
	.name = "enclave",
	.read = read_create,
	.write = write_create };
/* Enclavia egress document. */
const struct dialect dialect_enclavia_egress = { .id = "enclavia-egress/1",
	.syntax = DIALECT_JSON,
	.detect = detect_egress,
	.name = "enclave",
	.read = read_egress,
	.write = write_egress };
