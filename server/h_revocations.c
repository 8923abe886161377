/* SPDX-License-Identifier: ISC */
#include "accept.h"
#include "access.h"
#include "append.h"
#include "body.h"
#include "db_revocation.h"
#include "handlers.h"
#include "held.h"
#include "page.h"
#include "view/view.h"

static json_t *
kids(const struct statement *t)
{
	json_t *a = json_array();

	for (size_t i = 0; i < t->proof_n; i++)
		page_add(&a, view_bytes_h32(&t->proof[i].kid));
	return a;
}

static json_t *
loose_view(const struct db_revocation *v, struct statement *t)
{
	struct revoke revoke;

	if (entry_statement_decode(v->statement, t) != OK ||
	    revoke_decode(t->payload, &revoke) != OK)
		return NULL;
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "stage",
	    view_bytes_h32(&v->stage), "kids", kids(t), "reason",
	    view_bytes_text(revoke.reason), "received", view_time(v->received),
	    "cbor", view_bytes_base64(v->statement));
}

static enum err
list_cbor(struct req *q, struct reply *r, const struct db_revocation *v,
    size_t n)
{
	size_t size = 1;
	struct out o;

	for (size_t i = 0; i < n; i++)
		size += v[i].statement.n;
	o = arena_out(q->arena, size);
	for (size_t i = 0; i < n; i++)
		out_put(&o, v[i].statement.p, v[i].statement.n);
	if (o.full)
		return ERR_OUT_OF_MEMORY;
	reply_bytes(r, "application/cbor-seq", out_span(&o));
	return OK;
}

enum err
h_revocations_list(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	struct statement *t = arena_new(q->arena, sizeof *t);
	struct db_revocation *v;
	json_t *items;
	size_t n;

	if (t == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(access_read(q, &a));
	TRY(db_revocation_list(q->db, q->arena, &a.view->chain, &v, &n));
	r->cache = access_cache(&a, CACHE_REVALIDATE);
	if (!accept_json(q->accept))
		return list_cbor(q, r, v, n);
	items = json_array();
	for (size_t i = 0; i < n; i++)
		page_add(&items, loose_view(&v[i], t));
	return reply_json(q, r, json_pack("{s:o}", "items", items));
}

/* The open stage, unless the body names one. */
static enum err
stage_of(struct reply *r, const json_t *j, const struct state *st,
    struct h32 *stage)
{
	const char *text = json_string_value(json_object_get(j, "stage"));

	if (text)
		return view_bytes_unh32(text, stage)
			   ? OK
			   : body_fault(r, "/stage", "must be 64 hex digits");
	*stage = st->stage_id;
	return st->phase == PHASE_OPEN ? ERR_NOTHING_STAGED : OK;
}

static enum err
payload_of(struct req *q, const struct revoke *revoke, struct span *payload)
{
	struct out o = arena_out(q->arena, PAYLOAD_MAX);
	struct revoke again;

	revoke_encode(&o, revoke);
	if (o.full)
		return ERR_OUT_OF_MEMORY;
	*payload = out_span(&o);
	return revoke_decode(*payload, &again);
}

static enum err
read_body(struct req *q, struct reply *r, json_t **j)
{
	static const struct shape members[] = {
		BODY_KEYS(SHAPE_REQUIRED),
		{ .name = "stage", .type = SHAPE_HEX, .min = 32, .max = 32 },
		{ .name = "reason",
		    .type = SHAPE_TEXT,
		    .flags = SHAPE_REQUIRED,
		    .max = 4000 },
		{ .type = SHAPE_END },
	};
	static const struct shape shape = { .type = SHAPE_OBJECT,
		.of = members };

	return body_json(q, r, &shape, j);
}

enum err
h_revocations_create(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	json_auto_t *j = NULL;
	struct statement *t = arena_new(q->arena, sizeof *t);
	struct revoke revoke;
	struct state *st;
	bool again;

	if (t == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(read_body(q, r, &j));
	TRY(req_arg_h32(q, 0, &revoke.chain));
	TRY(access_own(q, &revoke.chain, &a));
	TRY(held_retry(q, r, &revoke.chain, &again));
	if (again)
		return OK;
	TRY(access_state(q, a.view, &st));
	TRY(stage_of(r, j, st, &revoke.stage));
	TRY(body_text(q, j, "reason", &revoke.reason));
	TRY(payload_of(q, &revoke, &t->payload));
	return held_append(q, r, &revoke.chain, json_object_get(j, "keys"), t);
}
