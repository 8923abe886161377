/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "dialect_row.h"
#include "pointer.h"

/* Containment Chamber: the values of its Helm chart, and the `config` in them
 * alone, as --set-json takes it. */

#define ENDPOINTS "/tee/nitro/egress/endpoints"

static bool
detect(const json_t *v, enum dialect_syntax syntax)
{
	return syntax != DIALECT_TOML &&
	       (pointer_get(v, "/enclave/cpuCount") ||
		   pointer_get(v, "/enclave/enabled") ||
		   pointer_get(v, "/config/tee"));
}

static bool
detect_config(const json_t *v, enum dialect_syntax syntax)
{
	return syntax != DIALECT_TOML && pointer_get(v, "/tee/platform");
}

static void
read_endpoint(struct dialect_reader *r, const char *item)
{
	static const char *const same[] = { "loopback", "vsock_port", NULL };
	char at[300];
	json_t *host, *port, *rule;

	(void)snprintf(at, sizeof at, "%s/hostname", item);
	host = dialect_row_take(r, at);
	(void)snprintf(at, sizeof at, "%s/port", item);
	port = dialect_row_take(r, at);
	if (!json_is_string(host) ||
	    strpbrk(json_string_value(host), "*/:") != NULL) {
		dialect_row_refuse(r, item, "must have one exact hostname");
		return;
	}
	rule = json_pack("{s:O, s:[o]}", "host", host, "ports",
	    port ? json_incref(port) : json_integer(443));
	for (const char *const *s = same; *s; s++) {
		json_t *v;

		(void)snprintf(at, sizeof at, "%s/%s", item, *s);
		v = dialect_row_take(r, at);
		if (v && json_object_set(rule, *s, v) != 0)
			r->e = ERR_OUT_OF_MEMORY;
	}
	dialect_row_add(r, "/egress/rules", rule, item);
}

/* What it listens on for others.  The members stay where they are kept, for
 * what else is in them. */
static void
read_port(struct dialect_reader *r, const char *above, const char *name)
{
	char at[160];
	const json_t *part, *port;
	const char *address, *mode;
	json_t *ours;

	(void)snprintf(at, sizeof at, "%s/%s", above, name);
	part = pointer_get(r->source, at);
	port = json_object_get(part, "listen_port");
	address = json_string_value(json_object_get(part, "listen_address"));
	mode = json_string_value(json_object_get(part, "mode"));
	if (port == NULL || (address && strncmp(address, "127.", 4) == 0) ||
	    (mode && strcmp(mode, "disabled") == 0))
		return;
	ours = json_pack("{s:O, s:s}", "port", port, "name", name);
	if (strcmp(name, "tls") == 0 &&
	    json_object_set_new(ours, "tls", json_true()) != 0)
		r->e = ERR_OUT_OF_MEMORY;
	dialect_row_add(r, "/ports", ours, at);
}

static void
read_config(struct dialect_reader *r, const char *above)
{
	static const char *const listens[] = { "server", "metrics", "tls",
		NULL };
	char at[128], item[160];
	const json_t *list;

	for (const char *const *s = listens; *s; s++)
		read_port(r, above, *s);
	(void)snprintf(at, sizeof at, "%s" ENDPOINTS, above);
	list = pointer_get(r->source, at);
	if (list)
		dialect_row_put(r, "/egress/default", json_string("deny"), at);
	if (list && !json_is_array(list))
		dialect_row_refuse(r, at, "must be an array");
	for (size_t i = 0; i < json_array_size(list); i++) {
		(void)snprintf(item, sizeof item, "%s/%zu", at, i);
		read_endpoint(r, item);
	}
	if (list && json_array_size(list) == 0)
		(void)dialect_row_take(r, at);
}

/* Values are what differs from the chart's own, which are not known here: one
 * that needs another beside it stays where it is kept. */
static void
leave(struct dialect_reader *r, const char *theirs, const char *text)
{
	if (!pointer_set(r->rest, theirs,
		json_deep_copy(pointer_get(r->source, theirs))))
		r->e = ERR_OUT_OF_MEMORY;
	dialect_row_note(r, theirs, text);
}

static void
read_size(struct dialect_reader *r)
{
	static const char text[] = "is kept, and counts for nothing: the "
				   "other of cpuCount and memoryMib is the "
				   "chart's";
	bool cpus = pointer_get(r->d, "/resources/cpus") != NULL;
	bool memory = pointer_get(r->d, "/resources/memory_mib") != NULL;

	if (cpus == memory)
		return;
	(void)json_object_del(r->d, "resources");
	leave(r, cpus ? "/enclave/cpuCount" : "/enclave/memoryMib", text);
}

static void
read_values(struct dialect_reader *r)
{
	const json_t *name = dialect_row_take(r, "/image/repository");
	const json_t *tag = dialect_row_take(r, "/image/tag");
	const json_t *on = pointer_get(r->source, "/enclave/enabled");

	read_size(r);
	if (on && !json_is_boolean(on))
		dialect_row_refuse(r, "/enclave/enabled",
		    "must be true or false");
	if (json_is_false(on))
		dialect_row_note(r, "/enclave/enabled",
		    "runs no enclave: the chart starts the same program "
		    "outside");
	if (name && (!json_is_string(name) || (tag && !json_is_string(tag))))
		dialect_row_refuse(r, "/image",
		    "must have a repository and a tag that are text");
	else if (name)
		dialect_row_put(r, "/image",
		    tag ? json_sprintf("%s:%s", json_string_value(name),
			      json_string_value(tag))
			: json_incref(
			      pointer_get(r->source, "/image/repository")),
		    "/image");
	else if (tag)
		leave(r, "/image/tag",
		    "is kept, and counts for nothing: the repository is the "
		    "chart's");
	read_config(r, "/config");
}

static void
read_bare(struct dialect_reader *r)
{
	read_config(r, "");
}

static bool
write_config(const json_t *d, json_t *v, const char *above)
{
	json_t *meaning = dialect_meaning(d);
	const json_t *rules = pointer_get(meaning, "/egress/rules");
	char at[128];
	json_t *list;
	bool good;

	(void)snprintf(at, sizeof at, "%s" ENDPOINTS, above);
	good = meaning && pointer_set(v, at, json_array());
	list = pointer_get(v, at);
	for (size_t i = 0; good && i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		const json_t *host = json_object_get(rule, "host");
		const json_t *port = dialect_row_port(rule);

		if (host && !strchr(json_string_value(host), '*') && port &&
		    !dialect_row_denies(rule))
			good =
			    json_array_append_new(list,
				json_pack("{s:O, s:O, s:O*, s:O*}", "hostname",
				    host, "port", port, "loopback",
				    json_object_get(rule, "loopback"),
				    "vsock_port",
				    json_object_get(rule, "vsock_port"))) == 0;
	}
	json_decref(meaning);
	return good;
}

static bool
write_values(const json_t *d, json_t *v)
{
	const char *image = json_string_value(json_object_get(d, "image"));
	const char *slash = image ? strrchr(image, '/') : NULL;
	const char *colon = image ? strrchr(slash ? slash : image, ':') : NULL;

	if (image && !pointer_set(v, "/image/repository",
			 json_stringn(image,
			     colon ? (size_t)(colon - image) : strlen(image))))
		return false;
	if (colon && !pointer_set(v, "/image/tag", json_string(colon + 1)))
		return false;
	return pointer_get(d, "/egress") == NULL ||
	       write_config(d, v, "/config");
}

static bool
write_bare(const json_t *d, json_t *v)
{
	return pointer_get(d, "/egress") == NULL || write_config(d, v, "");
}

static const struct dialect_pair pairs[] = {
	{ "/enclave/cpuCount", "/resources/cpus" },
	{ "/enclave/memoryMib", "/resources/memory_mib" },
	{ "/replicaCount", "/replicas" },
	{ NULL, NULL },
};

#define KEPT(above) \
	above "/network", above "/server", above "/metrics", above "/tls", \
	    above "/tee/platform", above "/tee/nitro/aws", \
	    above "/signer_state", above "/key_sources", \
	    above "/anti_slashing", above "/auth_policies"

static const char *const kept[] = { KEPT("/config"), "/image/pullPolicy",
	"/image/tag", "/serviceAccount", "/enclave/enabled",
	"/enclave/cpuCount", "/enclave/memoryMib", "/env", "/extraVolumes",
	"/extraVolumeMounts", "/resources", "/serviceMonitor", "/pdb",
	"/allowedEgressCIDRs", NULL };
static const char *const kept_bare[] = { KEPT(""), NULL };

/* Containment Chamber, values of its chart. */
const struct dialect dialect_chamber = { .id = "containment-chamber/1",
	.detect = detect,
	.pairs = pairs,
	.kept = kept,
	.name = "containment-chamber",
	.read = read_values,
	.write = write_values };
/* Containment Chamber, config as --set-json takes it. */
const struct dialect dialect_chamber_config = {
	.id = "containment-chamber-config/1",
	.syntax = DIALECT_JSON,
	.detect = detect_config,
	.kept = kept_bare,
	.name = "containment-chamber",
	.read = read_bare,
	.write = write_bare
};
