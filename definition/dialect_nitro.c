/* SPDX-License-Identifier: ISC */
#include "dialect_row.h"
#include "pointer.h"

/* The file that `nitro-cli run-enclave --config` takes. */

static bool
detect(const json_t *v, enum dialect_syntax syntax)
{
	return syntax != DIALECT_TOML && json_object_get(v, "eif_path");
}

/* Either a number of processors, or which ones. */
static void
read(struct dialect_reader *r)
{
	const json_t *ids = pointer_get(r->source, "/cpu_ids");

	if (ids == NULL)
		return;
	if (pointer_get(r->source, "/cpu_count"))
		dialect_row_refuse(r, "/cpu_ids",
		    "must not stand beside cpu_count");
	else
		dialect_row_put(r, "/resources/cpus",
		    json_integer((json_int_t)json_array_size(ids)), "/cpu_ids");
}

static bool
write(const json_t *d, json_t *v)
{
	if (pointer_get(d, "/extensions/nitro-cli-run~11/~1cpu_ids"))
		pointer_remove(v, "/cpu_count");
	return true;
}

static const struct dialect_pair pairs[] = {
	{ "/eif_path", "/eif" },
	{ "/cpu_count", "/resources/cpus" },
	{ "/memory_mib", "/resources/memory_mib" },
	{ "/debug_mode", "/debug" },
	{ NULL, NULL },
};

static const char *const kept[] = { "/cpu_ids", "/enclave_cid",
	"/attach_console", NULL };

/* nitro-cli run-enclave --config. */
const struct dialect dialect_nitro_run = { .id = "nitro-cli-run/1",
	.syntax = DIALECT_JSON,
	.detect = detect,
	.pairs = pairs,
	.kept = kept,
	.name = "enclave",
	.name_at = "/enclave_name",
	.read = read,
	.write = write };
