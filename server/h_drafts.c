/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <strings.h>

#include "access.h"
#include "append.h"
#include "audit.h"
#include "body.h"
#include "chain/text.h"
#include "collect.h"
#include "db_draft.h"
#include "handlers.h"
#include "held.h"
#include "idem.h"
#include "page.h"
#include "view/view.h"

#define LIFE_MS (UINT64_C(30) * 86400000)

static void
id_text(const uint8_t id[16], char text[33])
{
	struct out o = out_of(text, 33);

	text_hex(&o, span_of(id, 16));
}

static enum err
id_arg(const struct req *q, uint8_t id[16])
{
	struct span s = q->arg[0];

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'F')
			return ERR_NOT_FOUND;
	return text_unhex(s, id, 16) ? OK : ERR_NOT_FOUND;
}

/* In a list: without the signatures themselves. */
static json_t *
item_view(const struct db_draft *d)
{
	struct payload p;
	char id[33];

	if (payload_decode(d->payload, &p) != OK)
		return NULL;
	id_text(d->id, id);
	return json_pack("{s:s,s:o,s:o,s:I,s:o,s:o}", "id", id, "chain",
	    view_bytes_h32(&d->chain), "payload", view_payload(&p), "signed",
	    (json_int_t)d->signatures, "created", view_time(d->created),
	    "expires", view_time(d->expires));
}

static json_t *
kids(const struct db_draft *d)
{
	json_t *a = json_array();

	for (size_t i = 0; i < d->proof_n; i++)
		page_add(&a, view_bytes_h32(&d->proof[i].kid));
	return a;
}

/* With its signatures, and what an append of it would answer now. */
static enum err
reply_draft(struct req *q, struct reply *r, struct db_draft *d)
{
	ACCESS_AUTO struct access a = { 0 };
	struct out o = arena_out(q->arena, ENTRY_MAX);
	struct policy *now = arena_new(q->arena, sizeof *now);
	struct state *st;
	enum err verdict;
	json_t *j, *more;

	if (o.cap == 0 || now == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(access_own(q, &d->chain, &a));
	TRY(access_state(q, a.view, &st));
	TRY(state_policy(st, now));
	TRY(entry_statement_encode(&o, d->payload, d->proof, d->proof_n));
	more = json_pack("{s:o,s:I,s:o}", "signatures", kids(d), "needed",
	    (json_int_t)now->threshold, "statement",
	    view_bytes_base64(out_span(&o)));
	TRY(collect_verdict(q, st, d->payload, d->proof, d->proof_n, &verdict));
	d->signatures = d->proof_n;
	j = item_view(d);
	if (j == NULL || more == NULL || json_object_update(j, more) != 0 ||
	    json_object_set_new(j, "complete", json_boolean(verdict == OK)) ||
	    json_object_set_new(j, "verdict", json_string(err_code(verdict)))) {
		json_decref(j);
		j = NULL;
	}
	json_decref(more);
	return reply_json(q, r, j);
}

enum err
h_drafts_list(struct req *q, struct reply *r)
{
	struct db_draft *d;
	const char *after;
	uint8_t from[16];
	struct span text;
	struct h32 chain;
	size_t limit, n;
	bool of_chain;
	json_t *items;
	char next[33];

	TRY(page_query(q, "chain", &limit, &after));
	TRY(req_query(q, "chain", &of_chain, &text));
	if (of_chain && !text_unhex(text, chain.b, sizeof chain.b))
		return ERR_QUERY_BAD;
	if (*after && !text_unhex(span_str(after), from, sizeof from))
		return ERR_QUERY_BAD;
	TRY(db_draft_list(q->db, q->arena, q->who.org, of_chain ? &chain : NULL,
	    *after ? from : NULL, limit + 1, &d, &n));
	items = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		page_add(&items, item_view(&d[i]));
	if (n > limit)
		id_text(d[limit - 1].id, next);
	return page_reply(q, r, items, n > limit ? next : NULL);
}

enum err
h_drafts_get(struct req *q, struct reply *r)
{
	struct db_draft d;
	uint8_t id[16];

	TRY(id_arg(q, id));
	TRY(db_draft_get(q->db, q->arena, q->who.org, id, &d));
	return reply_draft(q, r, &d);
}

static enum err
create(struct req *q, struct reply *r, const struct h32 *chain,
    struct statement *t)
{
	ACCESS_AUTO struct access a = { 0 };
	struct db_draft d = { .chain = *chain,
		.payload = t->payload,
		.expires = q->now + LIFE_MS,
		.proof_n = t->proof_n,
		.proof = t->proof };
	struct state *st;
	char id[33];

	TRY(access_own(q, chain, &a));
	TRY(access_state(q, a.view, &st));
	TRY(collect_check(st, t->payload, t->proof, t->proof_n));
	TRY(db_draft_create(q->db, q->who.org, &d));
	id_text(d.id, id);
	TRY(audit_add(q, "draft.create", id));
	snprintf(r->location, sizeof r->location, "/v1/drafts/%s", id);
	return reply_draft(q, r, &d);
}

enum err
h_drafts_create(struct req *q, struct reply *r)
{
	static const struct shape members[] = { { .name = "chain",
						    .type = SHAPE_HEX,
						    .flags = SHAPE_REQUIRED,
						    .min = 32,
						    .max = 32 },
		{ .name = "statement",
		    .type = SHAPE_LINE,
		    .flags = SHAPE_REQUIRED,
		    .min = 1,
		    .max = 90000 },
		{ .type = SHAPE_END } };
	static const struct shape shape = { .type = SHAPE_OBJECT,
		.of = members };
	json_auto_t *j = NULL;
	struct statement *t = arena_new(q->arena, sizeof *t);
	struct span bytes;
	struct h32 chain;
	bool again;

	if (t == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(body_json(q, r, &shape, &j));
	if (!view_bytes_unh32(json_string_value(json_object_get(j, "chain")),
		&chain))
		return body_fault(r, "/chain", "must be 64 hex digits");
	TRY(body_base64(q, r, j, "statement", &bytes));
	TRY(entry_statement_decode(bytes, t));
	TRY(idem_begin(q, r, &again));
	return again ? OK : idem_end(q, r, create(q, r, &chain, t));
}

static enum err
end(struct req *q, const uint8_t id[16])
{
	char text[33];

	id_text(id, text);
	TRY(db_draft_delete(q->db, q->who.org, id));
	return audit_add(q, "draft.delete", text);
}

enum err
h_drafts_delete(struct req *q, struct reply *r)
{
	uint8_t id[16];
	bool again;

	TRY(id_arg(q, id));
	TRY(idem_begin(q, r, &again));
	return idem_end(q, r, end(q, id));
}

static bool
is_json(struct span type)
{
	static const char json[] = "application/json";

	return type.n >= sizeof json - 1 &&
	       strncasecmp((const char *)type.p, json, sizeof json - 1) == 0;
}

/* The signatures that the body brings: in CBOR made elsewhere, in JSON by
 * server-held keys. */
static enum err
more_signatures(struct req *q, struct reply *r, const struct db_draft *d,
    struct statement *t)
{
	static const struct shape members[] = { BODY_KEYS(SHAPE_REQUIRED),
		{ .type = SHAPE_END } };
	static const struct shape shape = { .type = SHAPE_OBJECT,
		.of = members };
	json_auto_t *j = NULL;

	if (!is_json(q->content_type)) {
		TRY(entry_statement_decode(q->body, t));
		return span_eq(t->payload, d->payload) ? OK : ERR_DRAFT_OTHER;
	}
	TRY(body_json(q, r, &shape, &j));
	t->payload = d->payload;
	return held_sign(q, r, &d->chain, json_object_get(j, "keys"), t);
}

static enum err
sign(struct req *q, struct reply *r, const uint8_t id[16],
    const struct statement *t)
{
	struct db_draft d;
	char text[33];

	id_text(id, text);
	TRY(db_draft_sign(q->db, q->who.org, id, t->proof, t->proof_n));
	TRY(audit_add(q, "draft.sign", text));
	TRY(db_draft_get(q->db, q->arena, q->who.org, id, &d));
	return reply_draft(q, r, &d);
}

enum err
h_drafts_sign(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	struct statement *t = arena_new(q->arena, sizeof *t);
	struct state *st;
	struct db_draft d;
	uint8_t id[16];
	bool again;

	if (t == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(id_arg(q, id));
	TRY(db_draft_get(q->db, q->arena, q->who.org, id, &d));
	TRY(access_own(q, &d.chain, &a));
	TRY(access_state(q, a.view, &st));
	TRY(more_signatures(q, r, &d, t));
	TRY(collect_check(st, t->payload, t->proof, t->proof_n));
	TRY(idem_begin(q, r, &again));
	return idem_end(q, r, sign(q, r, id, t));
}

enum err
h_drafts_submit(struct req *q, struct reply *r)
{
	struct statement *t = arena_new(q->arena, sizeof *t);
	struct db_draft d;
	uint8_t id[16];

	if (t == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(id_arg(q, id));
	TRY(db_draft_get(q->db, q->arena, q->who.org, id, &d));
	if (d.proof_n > ENTRY_PROOFS)
		return ERR_PROOF_SURPLUS;
	t->payload = d.payload;
	t->proof_n = d.proof_n;
	memcpy(t->proof, d.proof, d.proof_n * sizeof t->proof[0]);
	return append_statement(q, r, &d.chain, t);
}
