/* SPDX-License-Identifier: ISC */
#include "image_text.h"

#include "mem.h"
#include "out.h"

static const char *
hex(const struct registers *r, unsigned i)
{
	return mem_hex(span_of(r->value[i], PCR_SIZE));
}

static bool
has(const struct registers *r, unsigned i)
{
	return registers_index[i] != 8 || r->is_signed;
}

void
image_text_print(const struct eif *e, const struct registers *r)
{
	for (unsigned i = 0; i < REGISTERS; i++)
		out_data("PCR%u   %s\n", registers_index[i],
		    has(r, i) ? hex(r, i) : "-  (not signed)");
	out_data("image  version %u, %s, %u sections\n", e->version,
	    e->arm64 ? "aarch64" : "x86_64", e->n);
	for (unsigned i = 0; i < e->n; i++)
		out_data("       %-10s %12llu bytes at %llu\n",
		    eif_type_name(e->section[i].type),
		    (unsigned long long)e->section[i].size,
		    (unsigned long long)e->section[i].offset);
}

json_t *
image_text_json(const struct registers *r)
{
	json_t *j = json_object();

	for (unsigned i = 0; i < REGISTERS; i++)
		if (has(r, i) && json_object_set_new(j,
				     mem_printf("PCR%u", registers_index[i]),
				     json_string(hex(r, i))) != 0) {
			json_decref(j);
			return NULL;
		}
	return j;
}
