/* SPDX-License-Identifier: ISC */
#include "deffile.h"

#include "api.h"
#include "definition/dialect.h"
#include "fail.h"
#include "file.h"
#include "mem.h"
#include "out.h"

#define FILE_MAX ((size_t)16 << 20) /* that is read to be refused */

static enum err
with_fault(enum err e, const char *where, const struct shape_faults *f)
{
	if (f->n == 0)
		return fail_with(e, "%s", where);
	for (size_t i = 1; i < f->n; i++)
		fail_also("%s: %s%s%s.", where, f->fault[i].pointer,
		    f->fault[i].pointer[0] ? " " : "", f->fault[i].message);
	return fail_with(e, "%s: %s%s%s.", where, f->fault[0].pointer,
	    f->fault[0].pointer[0] ? " " : "", f->fault[0].message);
}

static enum err
hash_of(const json_t *j, struct h32 *id)
{
	struct out o = mem_out(DEFINITION_MAX);

	return definition_canonical(j, &o, id);
}

enum err
deffile_look(const char *path, const char *format, json_t **j, struct h32 *id,
    const char **dialect, json_t **notes)
{
	struct shape_faults f = { 0 };
	struct span text;
	enum err e;

	TRY(file_read(path, FILE_MAX, &text));
	if (text.n > DEFINITION_SOURCE_MAX)
		return fail_with(ERR_DEFINITION_BAD,
		    "%s is larger than %zu bytes.", path,
		    DEFINITION_SOURCE_MAX);
	e = dialect_import(text, format, j, dialect, notes, &f);
	if (e != OK)
		return with_fault(e, path, &f);
	return hash_of(*j, id);
}

enum err
deffile_read_as(const char *path, const char *format, json_t **j,
    struct h32 *id)
{
	const char *dialect;
	json_t *notes;

	TRY(deffile_look(path, format, j, id, &dialect, &notes));
	if (strcmp(dialect, "encl") != 0)
		out_talk("%s: imported as %s\n", out_line(path), dialect);
	for (size_t i = 0;
	     strcmp(dialect, "encl") != 0 && i < json_array_size(notes); i++) {
		const json_t *x = json_array_get(notes, i);

		out_talk("  %s %s\n",
		    out_line(json_string_value(json_object_get(x, "pointer"))),
		    out_line(json_string_value(json_object_get(x, "text"))));
	}
	json_decref(notes);
	return OK;
}

enum err
deffile_read(const char *path, json_t **j, struct h32 *id)
{
	return deffile_read_as(path, NULL, j, id);
}

enum err
deffile_fetch(const struct conf *k, const char *enclave, json_t **j,
    struct h32 *id)
{
	struct shape_faults f = { 0 };
	json_t *answer;
	enum err e;

	TRY(api_get(k, mem_printf("/v1/enclaves/%s", api_segment(enclave)),
	    &answer));
	*j = json_incref(json_object_get(answer, "definition"));
	json_decref(answer);
	e = definition_check(*j, &f);
	if (e != OK)
		return with_fault(e, "the server's definition", &f);
	return hash_of(*j, id);
}

enum err
deffile_push(const struct conf *k, const char *enclave, const json_t *j,
    json_t **answer)
{
	return api_post(k,
	    mem_printf("/v1/enclaves/%s/definitions", api_segment(enclave)),
	    json_deep_copy(j), answer);
}
