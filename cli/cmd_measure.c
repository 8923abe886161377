/* SPDX-License-Identifier: ISC */
#include "cmd_measure.h"

#include "image_file.h"
#include "mem.h"
#include "out.h"

static json_t *
pcr_members(const struct measure *m)
{
	struct pcrs p;
	json_t *j = json_object();

	image_file_pcrs(m, &p);
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (p.mask >> i & 1)
			(void)json_object_set_new(j, mem_printf("PCR%u", i),
			    json_string(
				mem_hex(span_of(p.value[i], PCR_SIZE))));
	return j;
}

static void
print_sections(const struct measure *m)
{
	const struct eif *e = &m->eif;

	out_data("image  version %u, %s, %u sections\n", e->version,
	    e->arm64 ? "aarch64" : "x86_64", e->n);
	for (unsigned i = 0; i < e->n; i++)
		out_data("       %-10s %12llu bytes at %llu\n",
		    eif_type_name(e->section[i].type),
		    (unsigned long long)e->section[i].size,
		    (unsigned long long)e->section[i].offset);
	if (m->is_signed && m->signature.n > 1)
		out_data("       %zu signatures; the first one counts\n",
		    m->signature.n);
}

static void
print(const struct measure *m)
{
	struct pcrs p;

	image_file_pcrs(m, &p);
	for (size_t i = 0; i < MEASURE_PCRS; i++) {
		unsigned k = measure_index[i];

		out_data("PCR%u   %s\n", k,
		    p.mask >> k & 1 ? mem_hex(span_of(p.value[k], PCR_SIZE))
				    : "-  (not signed)");
	}
	print_sections(m);
}

enum err
cmd_measure_run(struct cli *c)
{
	struct measure *m;
	enum err e = image_file_measure(command_arg(c, 0), 0, &m);

	if (e != OK && c->format != FORMAT_TABLE)
		TRY(out_json(c, json_pack("{s:s}", "code", err_code(e))));
	TRY(e);
	if (c->format == FORMAT_TABLE) {
		print(m);
		return OK;
	}
	return out_json(c, pcr_members(m));
}
