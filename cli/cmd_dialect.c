/* SPDX-License-Identifier: ISC */
#include "cmd_dialect.h"

#include <stdlib.h>

#include "change_text.h"
#include "deffile.h"
#include "definition/dialect.h"
#include "definition/diff_words.h"
#include "fail.h"
#include "file.h"
#include "mem.h"
#include "out.h"

static enum err
write_out(const struct cli *c, struct span text)
{
	const char *path = command_value(c, "out");

	if (path != NULL)
		return file_create(path, text, 0644);
	out_bytes(text);
	return OK;
}

static enum err
no_format(void)
{
	char *list = mem_printf("%s", dialect_id(0));

	for (size_t i = 1; dialect_id(i) != NULL; i++)
		list = mem_printf("%s, %s", list, dialect_id(i));
	return fail_with(ERR_DEFINITION_FORMAT, "--format is one of: %s", list);
}

static enum err
write_as(const struct cli *c, const json_t *d, const char *format)
{
	json_t *lost;
	char *text;
	size_t n;
	enum err e = dialect_export(d, format, &text, &n, &lost);

	if (e == ERR_DEFINITION_FORMAT)
		return no_format();
	if (e == ERR_DEFINITION_LOSSY) {
		for (size_t i = 0; i < json_array_size(lost); i++)
			out_talk("would be lost: %s\n",
			    out_line(json_string_value(
				json_object_get(json_array_get(lost, i),
				    "text"))));
		e = fail_with(e, "%zu places in %s", json_array_size(lost),
		    format);
	}
	json_decref(lost);
	if (e == OK)
		e = write_out(c, span_of(text, n));
	free(text);
	return e;
}

enum err
cmd_dialect_import(struct cli *c)
{
	json_t *d;
	struct h32 id;
	enum err e;

	TRY(deffile_read_as(command_arg(c, 0), command_value(c, "format"), &d,
	    &id));
	if (c->format != FORMAT_TABLE)
		return out_json(c, d);
	e = write_as(c, d, "encl");
	json_decref(d);
	return e;
}

enum err
cmd_dialect_export(struct cli *c)
{
	const char *format = command_value(c, "format");
	json_t *d;
	struct h32 id;
	enum err e;

	if (format == NULL)
		return no_format();
	TRY(deffile_read_as(command_arg(c, 0), NULL, &d, &id));
	e = write_as(c, d, format);
	json_decref(d);
	return e;
}

static void
print_notes(const char *path, const json_t *notes)
{
	for (size_t i = 0; i < json_array_size(notes); i++) {
		const json_t *x = json_array_get(notes, i);
		const char *at =
		    json_string_value(json_object_get(x, "pointer"));
		const char *text =
		    json_string_value(json_object_get(x, "text"));

		out_data("%s: %s %s\n", out_line(path), out_line(at),
		    out_line(text));
	}
}

static enum err
lint_file(const struct cli *c, const char *path, json_t *all)
{
	const char *format;
	json_t *d, *notes;
	struct h32 id;

	TRY(deffile_look(path, command_value(c, "format"), &d, &id, &format,
	    &notes));
	json_decref(d);
	if (c->format == FORMAT_TABLE) {
		out_data("%s: %s, %zu notes\n", out_line(path), format,
		    json_array_size(notes));
		print_notes(path, notes);
	}
	return json_array_append_new(all,
		   json_pack("{s:s, s:s, s:o}", "file", path, "format", format,
		       "notes", notes)) == 0
		   ? OK
		   : ERR_OUT_OF_MEMORY;
}

enum err
cmd_dialect_lint(struct cli *c)
{
	json_t *all = json_array();
	enum err e = all != NULL ? OK : ERR_OUT_OF_MEMORY;

	for (size_t i = 0; e == OK && i < c->arg_n; i++)
		e = lint_file(c, command_arg(c, i), all);
	if (e == OK && c->format != FORMAT_TABLE)
		return out_json(c, all);
	json_decref(all);
	return e;
}

enum err
cmd_dialect_diff(struct cli *c)
{
	json_t *a, *b, *changes;
	struct h32 id;

	TRY(deffile_read_as(command_arg(c, 0), NULL, &a, &id));
	TRY(deffile_read_as(command_arg(c, 1), NULL, &b, &id));
	changes = diff_words(a, b);
	json_decref(a);
	json_decref(b);
	if (changes == NULL)
		return ERR_OUT_OF_MEMORY;
	if (c->format != FORMAT_TABLE)
		return out_json(c, changes);
	for (size_t i = 0; i < json_array_size(changes); i++)
		out_data("%s\n", change_text(json_array_get(changes, i)));
	if (json_array_size(changes) == 0)
		out_talk("They mean the same.\n");
	json_decref(changes);
	return OK;
}
