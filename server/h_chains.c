/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "access.h"
#include "chain/text.h"
#include "chain_log.h"
#include "custody.h"
#include "db_chain.h"
#include "db_revocation.h"
#include "handlers.h"
#include "page.h"
#include "server.h"
#include "tag.h"
#include "view/view.h"

enum err
h_chains_list(struct req *q, struct reply *r)
{
	struct state *st = arena_new(q->arena, sizeof *st);
	struct db_chain *c;
	const char *after;
	struct h32 from;
	size_t limit, n;
	bool is;
	json_t *items;
	char next[65] = "";
	struct out o = out_of(next, sizeof next);

	if (st == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(page_query(q, NULL, &limit, &after));
	TRY(page_after_h32(after, &is, &from));
	TRY(db_chain_list(q->db, q->arena, 0, is ? &from : NULL, limit + 1, &c,
	    &n));
	items = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		page_add(&items, state_decode(c[i].state, st) == OK
				     ? view_state_summary(st)
				     : NULL);
	if (n > limit)
		text_hex(&o, h32_span(&c[limit - 1].chain));
	return page_reply(q, r, items, n > limit ? next : NULL);
}

static json_t *
state_view(const struct chain_view *v, const struct state *st, bool held)
{
	json_t *j = view_state(st, held, 0);

	if (j &&
	    (json_object_set_new(j, "private", json_boolean(v->is_private)) ||
		json_object_set_new(j, "received", view_time(v->received)))) {
		json_decref(j);
		return NULL;
	}
	return j;
}

/* A valid revocation of the open stage is at hand. */
static enum err
held(struct req *q, const struct state *st, bool *is)
{
	struct db_revocation *loose;
	size_t n = 0;

	*is = false;
	if (st->phase != PHASE_OPEN)
		TRY(db_revocation_of_stage(q->db, q->arena, &st->chain,
		    &st->stage_id, &loose, &n));
	*is = n > 0;
	return OK;
}

/* FNV-1a: tells views of one head apart. */
static uint32_t
sum(struct span s)
{
	uint32_t h = 2166136261;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * 16777619;
	return h;
}

/* Once for each head and checkpoint. */
static enum err
render(struct req *q, struct reply *r, const struct chain_view *v)
{
	json_auto_t *j = NULL;
	struct state *st;
	struct blob *b;
	bool is_held;

	if (q->db == NULL)
		return ERR_WANT_WORKER;
	TRY(access_state(q, v, &st));
	TRY(held(q, st, &is_held));
	j = state_view(v, st, is_held);
	if (j == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(custody_put(q, v, st, j));
	TRY(chain_log_put(q, v, st, j));
	TRY(reply_json(q, r, json_incref(j)));
	b = blob_make(r->body);
	if (b == NULL)
		return ERR_OUT_OF_MEMORY;
	blob_tag_set(b, sum(r->body));
	chains_render(v, b);
	reply_blob(r, "application/json", b);
	return OK;
}

/* Where readers of feeds find what they read. */
static void
link_feeds(struct reply *r, const struct chain_view *v)
{
	char hex[65];
	struct out o = out_of(hex, sizeof hex);

	text_hex(&o, h32_span(&v->chain));
	(void)snprintf(r->link_next, sizeof r->link_next,
	    "</v1/chains/%.64s/feed.atom>; rel=\"alternate\"; "
	    "type=\"application/atom+xml\"",
	    hex);
}

enum err
h_chains_get(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	char custody[CUSTODY_TAG], suffix[CUSTODY_TAG + 16];
	struct blob *b;

	TRY(access_read(q, &a));
	b = chains_rendered(a.view);
	if (b == NULL)
		TRY(render(q, r, a.view));
	else
		reply_blob(r, "application/json", blob_keep(b));
	r->cache = access_cache(&a, CACHE_REVALIDATE);
	custody_tag(q->server->custody, a.view, custody);
	(void)snprintf(suffix, sizeof suffix, "%s.%08x", custody,
	    (unsigned)blob_tag(r->blob));
	tag_head(r, a.view, suffix);
	link_feeds(r, a.view);
	return OK;
}

/* What differs under one head: the form, and what the clock and a revocation
 * at hand make of the pending set. */
static void
tag_feed(struct reply *r, const struct chain_view *v, enum view_feed feed,
    const char *more)
{
	char suffix[TAG_SUFFIX];

	(void)snprintf(suffix, sizeof suffix, ".%s%s", view_feed_name(feed),
	    more);
	tag_head(r, v, suffix);
}

static enum err
asked_feed(struct req *q, enum view_feed *feed)
{
	struct span name;
	bool found;

	*feed = VIEW_FEED_SETS;
	TRY(req_query(q, "format", &found, &name));
	return !found || view_feed_parse(name, feed) ? OK : ERR_QUERY_BAD;
}

enum err
h_chains_measurements(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	enum view_feed feed;
	struct state *st;
	bool is_held, next;

	TRY(access_read(q, &a));
	TRY(asked_feed(q, &feed));
	if (q->db == NULL)
		return ERR_WANT_WORKER;
	TRY(access_state(q, a.view, &st));
	TRY(held(q, st, &is_held));
	next =
	    feed != VIEW_FEED_SETS && view_feed_handover(st, is_held, q->now);
	r->cache = access_cache(&a, CACHE_REVALIDATE);
	tag_feed(r, a.view, feed, is_held ? ".held" : next ? ".next" : "");
	return reply_json(q, r, view_feed(feed, st, is_held, q->now));
}
