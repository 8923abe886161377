/* SPDX-License-Identifier: ISC */
#include "cmd_measure.h"

#include "image_file.h"
#include "image_text.h"
#include "out.h"

enum err
cmd_measure_run(struct cli *c)
{
	struct measure *m;
	enum err e = image_file_measure(command_arg(c, 0), 0, &m);

	if (e != OK && c->format != FORMAT_TABLE)
		TRY(out_json(c, json_pack("{s:s}", "code", err_code(e))));
	TRY(e);
	if (c->format != FORMAT_TABLE)
		return out_json(c, image_text_json(&m->registers));
	image_text_print(&m->eif, &m->registers);
	if (m->registers.is_signed && m->signature.n > 1)
		out_data("       %zu signatures, of which the first one "
			 "counts\n",
		    m->signature.n);
	return OK;
}
