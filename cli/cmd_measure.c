/* SPDX-License-Identifier: ISC */
#include "cmd_measure.h"

#include "against.h"
#include "image_text.h"
#include "out.h"

/* What was measured goes out whatever the comparison says. */
static enum err
compared(struct cli *c, const char *path, const struct measure *m,
    const struct against *a)
{
	struct against_result r;
	json_t *j = NULL;
	enum err e;

	TRY(against_compare(path, m, a, &r));
	if (c->format == FORMAT_TABLE) {
		image_text_print(&m->eif, &m->registers);
		return against_say(a, &r, NULL);
	}
	j = image_text_json(&m->registers);
	e = against_say(a, &r, j);
	TRY(out_json(c, j));
	return e;
}

enum err
cmd_measure_run(struct cli *c)
{
	const char *path = command_arg(c, 0);
	const char *other = command_value(c, "against");
	struct against a;
	struct measure *m;
	enum err e =
	    image_file_measure(path, other != NULL ? MEASURE_SHA256 : 0, &m);

	if (e != OK && c->format != FORMAT_TABLE)
		TRY(out_json(c, json_pack("{s:s}", "code", err_code(e))));
	TRY(e);
	if (other != NULL) {
		TRY(against_read(c, other, &a));
		return compared(c, path, m, &a);
	}
	if (c->format != FORMAT_TABLE)
		return out_json(c, image_text_json(&m->registers));
	image_text_print(&m->eif, &m->registers);
	if (m->registers.is_signed && m->signature.n > 1)
		out_data("       %zu signatures, of which the first one "
			 "counts\n",
		    m->signature.n);
	return OK;
}
