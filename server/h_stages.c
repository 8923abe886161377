/* SPDX-License-Identifier: ISC */
#include "append.h"
#include "body.h"
#include "handlers.h"
#include "held.h"
#include "idem.h"
#include "view/view.h"

#define EXPIRES_MS (UINT64_C(14) * 86400000)

/* What the body says, decoded; the release or policy borrows from j. */
struct wanted {
	struct stage stage;
	struct view_pcrs_buf pcrs;
	struct view_policy_buf keys;
};

static const struct shape members[] = {
	BODY_KEYS(SHAPE_REQUIRED),
	{ .name = "release", .type = SHAPE_ANY },
	{ .name = "policy", .type = SHAPE_ANY },
	{ .name = "delay_ms",
	    .type = SHAPE_UINT,
	    .flags = SHAPE_REQUIRED,
	    .max = DURATION_MAX },
	{ .name = "not_before", .type = SHAPE_LINE, .min = 1, .max = 64 },
	{ .name = "expires", .type = SHAPE_LINE, .min = 1, .max = 64 },
	{ .name = "from", .type = SHAPE_HEX, .min = 32, .max = 32 },
	{ .name = "notes", .type = SHAPE_TEXT, .max = 4000 },
	{ .type = SHAPE_END },
};
static const struct shape shape = { .type = SHAPE_OBJECT, .of = members };

static enum err
content(struct reply *r, const json_t *j, struct wanted *w)
{
	const json_t *release = json_object_get(j, "release");
	const json_t *policy = json_object_get(j, "policy");
	struct shape_faults f = { 0 };
	enum err e;

	if (!release == !policy)
		return body_fault(r, "",
		    "must have either a release or a policy");
	w->stage.has_release = release != NULL;
	if (release)
		e = view_release_parse(release, "/release", &w->pcrs,
		    &w->stage.release, &f);
	else
		e = view_policy_parse(policy, "/policy", &w->keys,
		    &w->stage.policy, &f);
	return e == OK ? OK : body_faults(r, e, &f);
}

/* Late enough for a window that starts as soon as it can. */
static uint64_t
dflt_expires(const struct req *q, const struct stage *g)
{
	uint64_t opens = q->now + g->delay;

	if (g->not_before > opens)
		opens = g->not_before;
	return opens + EXPIRES_MS;
}

static enum err
stage_of(struct req *q, struct reply *r, const json_t *j,
    const struct state *st, struct wanted *w)
{
	struct stage *g = &w->stage;
	const char *from = json_string_value(json_object_get(j, "from"));

	g->chain = st->chain;
	g->from = st->opened;
	if (from && !view_bytes_unh32(from, &g->from))
		return body_fault(r, "/from", "must be 64 hex digits");
	TRY(content(r, j, w));
	g->delay = body_uint(j, "delay_ms", 0);
	TRY(body_time(r, j, "not_before", q->now, &g->not_before));
	TRY(body_time(r, j, "expires", dflt_expires(q, g), &g->expires));
	return body_text(q, j, "notes", &g->notes);
}

/* The payload, in the arena, and judged by itself before a key sees it. */
static enum err
encode(struct req *q, const struct stage *g, struct span *payload)
{
	struct out o = arena_out(q->arena, PAYLOAD_MAX);
	struct stage *again = arena_new(q->arena, sizeof *again);

	if (again == NULL || o.cap == 0)
		return ERR_OUT_OF_MEMORY;
	stage_encode(&o, g);
	if (o.full)
		return ERR_TOO_LARGE;
	*payload = out_span(&o);
	return stage_decode(*payload, again);
}

enum err
h_stages_create(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	json_auto_t *j = NULL;
	struct wanted *w = arena_new(q->arena, sizeof *w);
	struct statement *t = arena_new(q->arena, sizeof *t);
	struct state *st;
	struct h32 chain;
	bool again;

	if (w == NULL || t == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(body_json(q, r, &shape, &j));
	TRY(req_arg_h32(q, 0, &chain));
	TRY(access_own(q, &chain, &a));
	TRY(held_retry(q, r, &chain, &again));
	if (again)
		return OK;
	TRY(access_state(q, a.view, &st));
	TRY(stage_of(q, r, j, st, w));
	TRY(encode(q, &w->stage, &t->payload));
	return held_append(q, r, &chain, json_object_get(j, "keys"), t);
}
