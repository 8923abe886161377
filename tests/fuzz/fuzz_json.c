/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "definition/definition.h"
#include "definition/json_line.h"
#include "definition/locate.h"
#include "server/body.h"
#include "tests/fuzz/fuzz.h"
#include "view/view.h"

static const struct shape scope = { .type = SHAPE_LINE, .min = 1, .max = 20 };
static const struct shape members[] = { BODY_NAME("name", SHAPE_REQUIRED),
	{ .name = "release", .type = SHAPE_ANY },
	{ .name = "policy", .type = SHAPE_ANY },
	{ .name = "definition", .type = SHAPE_ANY },
	{ .name = "text", .type = SHAPE_TEXT, .max = 4000 },
	{ .name = "time", .type = SHAPE_LINE, .max = 64 },
	{ .name = "base64", .type = SHAPE_LINE, .max = 90000 },
	{ .name = "list",
	    .type = SHAPE_ARRAY,
	    .flags = SHAPE_UNIQUE,
	    .max = 8,
	    .of = &scope },
	{ .type = SHAPE_END } };
static const struct shape shape = { .type = SHAPE_OBJECT, .of = members };

/* A request body, all the way that handlers take it. */
static void
definition(struct req *q, const json_t *j)
{
	struct shape_faults f = { 0 };

	if (definition_check(json_object_get(j, "definition"), &f) != OK)
		locate_faults(q->body, json_line, &f);
}

static void
take(struct req *q, struct reply *r, const json_t *j)
{
	static struct view_pcrs_buf pcrs;
	static struct view_policy_buf keys;
	struct shape_faults f = { 0 };
	struct release release;
	struct policy policy;
	struct span v;
	uint64_t ms;

	if (body_text(q, j, "text", &v) != OK ||
	    body_time(r, j, "time", 0, &ms) != OK ||
	    (json_object_get(j, "base64") &&
		body_base64(q, r, j, "base64", &v) != OK) ||
	    view_release_parse(json_object_get(j, "release"), "/release", &pcrs,
		&release, &f) != OK ||
	    view_policy_parse(json_object_get(j, "policy"), "/policy", &keys,
		&policy, &f) != OK)
		return;
	definition(q, j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_make(65536, 4 << 20);
	struct req q = { .body = span_of(p, n), .arena = a };
	struct reply r = { 0 };
	json_t *j = NULL;

	if (a == NULL)
		return 0;
	if (body_json(&q, &r, &shape, &j) == OK)
		take(&q, &r, j);
	json_decref(j);
	json_decref(r.extra);
	arena_free(a);
	return 0;
}
