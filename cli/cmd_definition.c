/* SPDX-License-Identifier: ISC */
#include "cmd_definition.h"

#include "deffile.h"
#include "fail.h"
#include "listing.h"
#include "mem.h"
#include "out.h"
#include "project.h"
#include "view/view.h"

static enum err
enclave(const struct cli *c, const struct conf **k, const char **name)
{
	TRY(conf_get(c, k));
	*name = command_arg(c, 0);
	if (*name == NULL)
		*name = project_value("enclave");
	return *name != NULL ? OK : fail_with(ERR_USAGE, "Which enclave?");
}

enum err
cmd_definition_list(struct cli *c)
{
	static const struct listing_column columns[] = {
		{ "VERSION", "version" },
		{ "SHA256", "sha256" },
		{ "CREATED", "created" },
	};
	const struct conf *k;
	const char *name;

	TRY(enclave(c, &k, &name));
	return listing_show(c,
	    mem_printf("/v1/enclaves/%s/definitions", api_segment(name)),
	    columns, 3);
}

enum err
cmd_definition_show(struct cli *c)
{
	const char *name, *version = command_arg(c, 1);
	const struct conf *k;
	struct h32 id;
	json_t *j;

	TRY(enclave(c, &k, &name));
	if (version == NULL)
		TRY(deffile_fetch(k, name, &j, &id));
	else
		TRY(api_get(k,
		    mem_printf("/v1/enclaves/%s/definitions/%s",
			api_segment(name), api_segment(version)),
		    &j));
	if (c->format == FORMAT_TABLE)
		c->format = FORMAT_YAML;
	return out_json(c, j);
}

enum err
cmd_definition_push(struct cli *c)
{
	const char *name, *path = command_value(c, "file");
	const struct conf *k;
	struct h32 id;
	json_t *j, *answer;
	enum err e;

	TRY(enclave(c, &k, &name));
	if (path == NULL)
		path = project_value("definition");
	if (path == NULL)
		return fail_with(ERR_USAGE, "-f FILE names the definition.");
	TRY(deffile_read(path, &j, &id));
	e = deffile_push(k, name, j, &answer);
	json_decref(j);
	TRY(e);
	if (c->format != FORMAT_TABLE)
		return out_json(c, answer);
	out_talk("%s has it as version %s\n", name,
	    listing_text(answer, "version"));
	out_data("%s\n", mem_hex(h32_span(&id)));
	json_decref(answer);
	return OK;
}
