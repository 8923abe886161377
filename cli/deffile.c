/* SPDX-License-Identifier: ISC */
#include "deffile.h"

#include "api.h"
#include "definition/definition.h"
#include "fail.h"
#include "file.h"
#include "mem.h"

static enum err
with_fault(enum err e, const char *where, const struct shape_faults *f)
{
	if (f->n == 0)
		return fail_with(e, "%s", where);
	return fail_with(e, "%s: %s%s%s.", where, f->fault[0].pointer,
	    f->fault[0].pointer[0] ? " " : "", f->fault[0].message);
}

enum err
deffile_hash(const json_t *j, struct h32 *id)
{
	struct out o = mem_out(DEFINITION_MAX);

	return definition_canonical(j, &o, id);
}

enum err
deffile_read(const char *path, json_t **j, struct h32 *id)
{
	struct shape_faults f = { 0 };
	struct span text;
	enum err e;

	TRY(file_read(path, DEFINITION_SOURCE_MAX, &text));
	e = definition_yaml(text, j, &f);
	if (e != OK)
		return with_fault(e, path, &f);
	return deffile_hash(*j, id);
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
	return deffile_hash(*j, id);
}

enum err
deffile_push(const struct conf *k, const char *enclave, const json_t *j,
    json_t **answer)
{
	return api_post(k,
	    mem_printf("/v1/enclaves/%s/definitions", api_segment(enclave)),
	    json_deep_copy(j), answer);
}
