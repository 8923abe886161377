/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "access.h"
#include "audit.h"
#include "body.h"
#include "chain_log.h"
#include "checkpoints.h"
#include "db_definition.h"
#include "db_enclave.h"
#include "handlers.h"
#include "held.h"
#include "idem.h"
#include "known.h"
#include "notify.h"
#include "page.h"
#include "sequence.h"
#include "server.h"
#include "view/view.h"
#include "written.h"

/* What a request to make an enclave comes down to. */
struct making {
	const char *name;
	bool is_private;
	struct written definition;
	struct statement genesis;
	struct span entry;
	struct state *state;
};

static json_t *
item_view(const struct db_enclave *e)
{
	return json_pack("{s:s,s:o,s:b,s:o,s:I}", "name", e->name, "chain",
	    view_bytes_h32(&e->chain), "private", e->is_private, "created",
	    view_time(e->created), "definition_version",
	    (json_int_t)e->definition_version);
}

enum err
h_enclaves_list(struct req *q, struct reply *r)
{
	struct db_enclave *e;
	size_t limit, n;
	json_t *items;
	int64_t after;

	TRY(page_query_id(q, &limit, &after));
	TRY(db_enclave_list(q->db, q->arena, q->who.org, after, limit + 1, &e,
	    &n));
	items = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		page_add(&items, item_view(&e[i]));
	return page_reply_id(q, r, items, n > limit ? e[limit - 1].id : 0);
}

enum err
h_enclaves_get(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	struct db_enclave e;
	struct db_definition d;
	struct state *st;
	json_t *j;

	TRY(written_enclave(q, &e));
	TRY(db_definition_get(q->db, q->arena, q->who.org, e.id,
	    e.definition_version, &d));
	TRY(access_own(q, &e.chain, &a));
	TRY(access_state(q, a.view, &st));
	j = item_view(&e);
	if (j && (json_object_set_new(j, "definition",
		      json_loadb((const char *)d.json.p, d.json.n, 0, NULL)) ||
		     json_object_set_new(j, "state", view_state_summary(st)))) {
		json_decref(j);
		j = NULL;
	}
	return reply_json(q, r, j);
}

/* The genesis as an entry, judged by the rules, and the state after it. */
static enum err
judge(struct req *q, struct making *m)
{
	const struct server *s = q->server;
	const struct rules rules = { .root = s->root,
		.root_n = s->root_n,
		.level = LEVEL_PUBLIC };
	struct out o = arena_out(q->arena, ENTRY_MAX);
	struct entry *e = arena_new(q->arena, sizeof *e);

	m->state = arena_new(q->arena, sizeof *m->state);
	if (o.cap == 0 || e == NULL || m->state == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(entry_encode(&o, NULL, 0, NULL, m->genesis.payload,
	    m->genesis.proof, m->genesis.proof_n));
	m->entry = out_span(&o);
	TRY(entry_decode(m->entry, e));
	return rules_next(&rules, m->state, e);
}

static enum err
store(struct req *q, struct reply *r, const struct making *m)
{
	const struct db_enclave_new new = { .name = m->name,
		.is_private = m->is_private,
		.definition_cbor = m->definition.cbor,
		.definition_json = m->definition.json,
		.genesis = m->entry,
		.state = m->state,
		.token = q->who.token,
		.request_id = q->request_id };
	bool repeated;

	TRY(db_enclave_create(q->db, q->who.org, &new, &repeated));
	if (!repeated)
		TRY(audit_add(q, "enclave.create", m->name));
	r->status = repeated ? 200 : 201;
	snprintf(r->location, sizeof r->location, "/v1/enclaves/%s", m->name);
	return reply_json(q, r,
	    json_pack("{s:s,s:o,s:{s:i,s:o}}", "name", m->name, "chain",
		view_bytes_h32(&m->state->chain), "definition", "version", 1,
		"sha256", view_bytes_h32(&m->definition.sha256)));
}

static enum err
read_body(struct req *q, struct reply *r, struct making *m)
{
	static const struct shape members[] = { BODY_NAME("name",
						    SHAPE_REQUIRED),
		{ .name = "definition",
		    .type = SHAPE_ANY,
		    .flags = SHAPE_REQUIRED },
		{ .name = "genesis",
		    .type = SHAPE_LINE,
		    .flags = SHAPE_REQUIRED,
		    .min = 1,
		    .max = 90000 },
		BODY_KEYS(0), { .name = "private", .type = SHAPE_BOOL },
		{ .type = SHAPE_END } };
	static const struct shape shape = { .type = SHAPE_OBJECT,
		.of = members };
	json_auto_t *j = NULL;
	struct span statement;

	TRY(body_json(q, r, &shape, &j));
	TRY(body_string(q, j, "name", &m->name));
	m->is_private = body_true(j, "private");
	TRY(written_definition(q, r, json_object_get(j, "definition"),
	    "/definition", &m->definition));
	TRY(body_base64(q, r, j, "genesis", &statement));
	TRY(entry_statement_decode(statement, &m->genesis));
	return held_sign(q, r, NULL, json_object_get(j, "keys"), &m->genesis);
}

static enum err
witnesses_known(struct req *q, struct reply *r, const struct making *m)
{
	struct policy *p = arena_new(q->arena, sizeof *p);

	if (p == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(state_policy(m->state, p));
	return chain_log_policy(q, r, &m->state->chain, p);
}

enum err
h_enclaves_create(struct req *q, struct reply *r)
{
	struct making *m = arena_new(q->arena, sizeof *m);
	bool again;

	if (m == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(read_body(q, r, m));
	TRY(judge(q, m));
	TRY(witnesses_known(q, r, m));
	TRY(idem_begin(q, r, &again));
	if (again)
		return OK;
	TRY(idem_end(q, r, store(q, r, m)));
	known_add(&m->state->chain, &m->definition.sha256);
	sequence_moved(q->server->sequence, &m->state->chain);
	if (q->server->notify)
		notify_chain(q->server->notify, &m->state->chain);
	checkpoints_moved(q->server->checkpoints, &m->state->chain);
	return OK;
}
