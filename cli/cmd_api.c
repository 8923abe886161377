/* SPDX-License-Identifier: ISC */
#include "cmd_api.h"

#include <unistd.h>

#include "api.h"
#include "definition/shape.h"
#include "fail.h"
#include "file.h"
#include "out.h"
#include "problem.h"

#define BODY_MAX (1024 * 1024)

/* JSON is printed as the format says; anything else as it came, but never to
 * a terminal, which bytes of a server could drive. */
static enum err
print(struct cli *c, const struct api_answer *a)
{
	struct shape_faults f = { 0 };
	json_t *j;

	if (a->body.n == 0)
		return OK;
	if (strstr(a->type, "json") != NULL &&
	    shape_load(a->body, &j, &f) == OK)
		return out_json(c, j);
	if (isatty(STDOUT_FILENO))
		return fail_with(ERR_USAGE,
		    "The answer is %zu bytes of %s: send it to a file.",
		    a->body.n, a->type);
	out_bytes(a->body);
	return OK;
}

enum err
cmd_api_run(struct cli *c)
{
	const char *type = command_value(c, "type");
	const char *text = command_value(c, "data");
	struct api_request q = { .method = command_arg(c, 0),
		.path = command_arg(c, 1),
		.accept = command_value(c, "accept"),
		.type = type != NULL ? type : "application/json",
		.max = API_BUNDLE_MAX };
	struct span data = { NULL, 0 };
	struct api_answer a;
	const struct conf *k;
	enum err e;

	if (q.path[0] != '/')
		return fail_with(ERR_USAGE, "The path begins with /.");
	if (text != NULL && text[0] == '@')
		TRY(file_read(text + 1, BODY_MAX, &data));
	else if (text != NULL)
		data = span_str(text);
	q.body = data;
	TRY(conf_get(c, &k));
	TRY(api_call(k, &q, &a));
	e = problem_judge(&a);
	TRY(print(c, &a));
	return e;
}
