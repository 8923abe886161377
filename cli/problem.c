/* SPDX-License-Identifier: ISC */
#include "problem.h"

#include "definition/shape.h"
#include "fail.h"
#include "mem.h"

/* One of a problem's `errors`, as a sentence; NULL: it says nothing. */
static const char *
fault_text(const json_t *fault)
{
	const char *where =
	    json_string_value(json_object_get(fault, "pointer"));
	const char *what = json_string_value(json_object_get(fault, "message"));
	bool placed = where != NULL && where[0] != '\0';

	if (what == NULL)
		return NULL;
	return mem_printf("%s%s%s%s", placed ? where : "", placed ? ": " : "",
	    what, what[0] && what[strlen(what) - 1] == '.' ? "" : ".");
}

static enum err
with_faults(enum err e, const json_t *errors, const char *first)
{
	for (size_t i = 1; i < json_array_size(errors); i++) {
		const char *text = fault_text(json_array_get(errors, i));

		if (text != NULL)
			fail_also("%s", text);
	}
	return fail_with(e, "%s", first);
}

static enum err
of_document(const struct api_answer *a, const json_t *j)
{
	const char *code = json_string_value(json_object_get(j, "code"));
	const char *detail = json_string_value(json_object_get(j, "detail"));
	const json_t *errors = json_object_get(j, "errors");
	const char *what = fault_text(json_array_get(errors, 0));
	enum err e = code != NULL ? err_from_code(code) : ERR_ANSWER_BAD;

	/* A server must not be able to say "it worked" with a problem. */
	if (e == OK)
		e = ERR_ANSWER_BAD;
	if (what != NULL)
		return with_faults(e, errors, what);
	if (detail != NULL && strcmp(detail, err_sentence(e)) != 0)
		return fail_with(e, "%s", detail);
	if (e == ERR_UNKNOWN_CODE)
		return fail_with(e, "It is \"%s\", HTTP %ld.", code, a->status);
	return e;
}

enum err
problem_judge(const struct api_answer *a)
{
	struct shape_faults f = { 0 };
	json_t *j;
	enum err e;

	if (a->status >= 200 && a->status < 300)
		return OK;
	fail_request_id(a->request_id);
	if (shape_load(a->body, &j, &f) != OK)
		return fail_with(a->status >= 500 ? ERR_NETWORK
						  : ERR_ANSWER_BAD,
		    "The server answered HTTP %ld.", a->status);
	e = of_document(a, j);
	json_decref(j);
	return e;
}
