/* SPDX-License-Identifier: ISC */
#include "cmd_measurements.h"

#include "mem.h"
#include "out.h"
#include "target.h"
#include "value.h"
#include "view/view.h"

enum err
cmd_measurements_run(struct cli *c)
{
	struct target *t = mem_new(sizeof *t);
	const char *file = command_value(c, "chain");
	const char *name = command_value(c, "format");
	enum view_feed feed = VIEW_FEED_SETS;

	if (name != NULL && !view_feed_parse(span_str(name), &feed))
		return ERR_USAGE;
	if (file != NULL)
		TRY(target_file(c, file, t));
	else
		TRY(target_get(c, command_arg(c, 0), t));
	return out_json(c, view_feed(feed, t->st, t->held, value_now()));
}
