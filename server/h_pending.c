/* SPDX-License-Identifier: ISC */
#include "access.h"
#include "db_definition.h"
#include "definition/definition.h"
#include "definition/diff_words.h"
#include "handlers.h"
#include "limit.h"
#include "server.h"
#include "tag.h"
#include "view/put.h"
#include "view/view.h"

/* So many bytes of definitions are compared in the time of a call. */
#define CALL_BYTES 4096

static enum err
read_definition(struct req *q, const struct h32 *chain,
    const struct h32 *sha256, json_t **j, size_t *n)
{
	struct db_definition d;

	TRY(db_definition_of_chain(q->db, q->arena, chain, sha256, &d));
	*n += d.cbor.n;
	return definition_from_canonical(d.cbor, j);
}

static enum err
compare(struct req *q, const struct h32 *chain, const struct release *was,
    const struct release *now, json_t **words)
{
	json_auto_t *a = NULL, *b = NULL;
	size_t n = 0;

	if (was && h32_eq(&was->definition, &now->definition)) {
		*words = json_array();
	} else {
		if (was)
			TRY(read_definition(q, chain, &was->definition, &a,
			    &n));
		TRY(read_definition(q, chain, &now->definition, &b, &n));
		limit_spend(q->server->limits, q, LIMIT_READ, n / CALL_BYTES);
		*words = diff_words(a, b);
	}
	return *words ? OK : ERR_OUT_OF_MEMORY;
}

static enum err
release_diff(struct req *q, const struct state *st, const struct release *now,
    json_t **diff)
{
	struct release *was = arena_new(q->arena, sizeof *was);
	json_t *words = NULL;
	enum err e;

	if (was == NULL)
		return ERR_OUT_OF_MEMORY;
	if (st->release_n == 0)
		was = NULL;
	else
		TRY(state_release(st, was));
	e = compare(q, &st->chain, was, now, &words);
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	*diff = view_diff_release(was, now, words);
	return OK;
}

/* What the open stage changes; null when there is none. */
static enum err
pending_diff(struct req *q, const struct state *st, json_t **diff)
{
	struct stage *g = arena_new(q->arena, sizeof *g);
	struct policy *was = arena_new(q->arena, sizeof *was);

	*diff = json_null();
	if (st->phase == PHASE_OPEN)
		return OK;
	if (g == NULL || was == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(state_stage(st, g));
	TRY(state_policy(st, was));
	if (g->has_release)
		TRY(release_diff(q, st, &g->release, diff));
	else
		*diff = view_diff_policy(was, &g->policy);
	put_member(diff, "stage", view_bytes_h32(&st->stage_id));
	put_member(diff, "seq", json_integer((json_int_t)st->stage_seq));
	return *diff ? OK : ERR_OUT_OF_MEMORY;
}

enum err
h_pending_diff(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	struct state *st;
	json_t *diff, *o;

	TRY(access_read(q, &a));
	TRY(access_state(q, a.view, &st));
	TRY(pending_diff(q, st, &diff));
	o = json_object();
	put_member(&o, "chain", view_bytes_h32(&st->chain));
	put_member(&o, "head", view_bytes_h32(&st->head));
	put_member(&o, "diff", diff);
	if (o == NULL)
		return ERR_OUT_OF_MEMORY;
	r->cache = access_cache(&a, CACHE_REVALIDATE);
	tag_head(r, a.view, ".diff");
	return reply_json(q, r, o);
}
