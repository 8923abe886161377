/* SPDX-License-Identifier: ISC */
#include "telling.h"

#include "chain/hash.h"
#include "db_happening.h"
#include "past.h"

#define ENTRIES_MAX ((size_t)3 << 20)
#define ARENA_FIRST ((size_t)64 << 10)
#define ARENA_LIMIT ((size_t)16 << 20)
/* A stage stands at most so far before what is about it: its endorsements, and
 * `seen`, `accepted` and the last one. */
#define BEFORE (POLICY_KEYS + 4)

enum err
telling_make(struct telling *t, struct server *s, struct db *db,
    struct arena *a)
{
	*t = (struct telling){ .server = s, .db = db };
	t->arena = arena_make(ARENA_FIRST, ARENA_LIMIT);
	t->st = arena_new(a, sizeof *t->st);
	t->entry = arena_new(a, sizeof *t->entry);
	t->stage_entry = arena_new(a, sizeof *t->stage_entry);
	t->passed = arena_new(a, sizeof *t->passed);
	t->at = arena_new(a, sizeof *t->at);
	return t->arena && t->st && t->entry && t->stage_entry && t->passed &&
		       t->at
		   ? OK
		   : ERR_OUT_OF_MEMORY;
}

void
telling_free(struct telling *t)
{
	arena_free(t->arena);
}

/* Whether one of the stage that stood open was at hand then. */
static enum err
look_held(struct telling *t, uint64_t then, bool *held)
{
	*held = false;
	if (t->at->phase == PHASE_OPEN)
		return OK;
	if (!h32_eq(&t->held_of, &t->at->stage_id)) {
		TRY(db_revocation_of_stage(t->db, t->arena, &t->at->chain,
		    &t->at->stage_id, &t->held, &t->held_n));
		t->held_of = t->at->stage_id;
	}
	for (size_t i = 0; i < t->held_n; i++)
		*held |= t->held[i].received <= then;
	return OK;
}

/* At least as it was after the last of the rows: those can be there a moment
 * before what memory has of the chain follows. */
static enum err
look_state(struct telling *t, const struct h32 *chain)
{
	struct chains *c = t->server->chains;
	uint64_t last = t->n ? t->row[t->n - 1].seq : 0;
	const struct chain_view *v;
	enum err e;

	TRY(chains_get(c, t->db, chain, &v));
	if (v->next_seq <= last) {
		chains_drop(c, v);
		TRY(chains_look(c, t->db, chain, &v));
	}
	e = state_decode(v->state, t->st);
	t->is_private = v->is_private;
	t->org = v->org;
	chains_drop(c, v);
	return e;
}

enum err
telling_look(struct telling *t, const struct h32 *chain, uint64_t from,
    size_t limit)
{
	uint64_t begin = from > BEFORE ? from - BEFORE : 0;

	t->reached = false;
	arena_reset(t->arena);
	TRY(db_entry_page(t->db, t->arena, chain, begin,
	    (size_t)(from - begin) + limit, ENTRIES_MAX, &t->row, &t->n));
	memset(&t->held_of, 0, sizeof t->held_of);
	return look_state(t, chain);
}

/* The stage that row i is about; v's stage stays NULL when there is none. */
static enum err
find_stage(struct telling *t, size_t i, struct view_event_of *v)
{
	bool follows = view_event_follows(&t->payload);

	if (t->payload.kind == KIND_GENESIS)
		return OK;
	for (size_t k = follows ? i : i + 1; k-- > 0;) {
		struct payload *p = &t->stage_payload;

		TRY(entry_decode(t->row[k].bytes, t->stage_entry));
		TRY(payload_decode(t->stage_entry->payload, p));
		if (p->kind == KIND_RECEIPT && p->u.receipt.role == ROLE_SEEN)
			v->noticed = true;
		if (p->kind != KIND_STAGE)
			continue;
		v->stage = &p->u.stage;
		v->stage_seq = t->row[k].seq;
		return hash_sha256(t->stage_entry->payload, &v->stage_id);
	}
	return OK;
}

static enum err
reach(struct telling *t)
{
	const struct h32 *chain = &t->st->chain;
	uint64_t begin = t->row[0].seq;

	if (t->reached)
		return OK;
	TRY(past_near(t->db, t->arena, chain, begin, t->at));
	TRY(past_reach(t->server, t->db, chain, begin, t->at));
	t->reached = true;
	return OK;
}

/* The chain right after row i: as it is now, for what is told as it happens. */
static enum err
go_to(struct telling *t, size_t i)
{
	uint64_t next = t->row[i].seq + 1;

	if (t->st->next_seq == next) {
		*t->at = *t->st;
		return OK;
	}
	TRY(reach(t));
	for (size_t k = 0; k <= i; k++)
		if (t->row[k].seq == t->at->next_seq)
			TRY(past_next(t->server, t->row[k].bytes, t->passed,
			    t->at));
	return t->at->next_seq == next ? OK : ERR_INTERNAL;
}

enum err
telling_event(struct telling *t, size_t i, struct view_event_of *v)
{
	TRY(go_to(t, i));
	*v = (struct view_event_of){ .entry = t->entry,
		.payload = &t->payload,
		.received = t->row[i].received,
		.now = t->at,
		.base = t->server->settings.public_url };
	TRY(entry_decode(t->row[i].bytes, t->entry));
	TRY(payload_decode(t->entry->payload, &t->payload));
	TRY(look_held(t, v->received, &v->held));
	return find_stage(t, i, v);
}

/* The stage of this name, wherever it stands in the chain. */
static enum err
seek_stage(struct telling *t, const struct h32 *chain, const struct h32 *stage,
    struct view_event_of *v)
{
	const struct db_entry_wanted w = { .chain = *chain, .payload = *stage };
	struct payload *p = &t->stage_payload;
	struct db_entry_found *f;
	size_t n;

	TRY(db_entry_find(t->db, t->arena, &w, 1, &f, &n));
	if (n == 0)
		return OK;
	TRY(entry_decode(f[0].entry.bytes, t->stage_entry));
	TRY(payload_decode(t->stage_entry->payload, p));
	if (p->kind != KIND_STAGE)
		return OK;
	v->stage = &p->u.stage;
	v->stage_id = *stage;
	v->stage_seq = f[0].entry.seq;
	return OK;
}

static enum err
find_revocation(struct telling *t, int64_t id, struct view_event_of *v)
{
	struct statement *s = arena_new(t->arena, sizeof *s);
	struct db_revocation r;
	struct h32 chain;

	if (!s)
		return ERR_OUT_OF_MEMORY;
	TRY(db_revocation_get(t->db, t->arena, id, &chain, &r));
	TRY(entry_statement_decode(r.statement, s));
	TRY(payload_decode(s->payload, &t->payload));
	v->payload = &t->payload;
	return seek_stage(t, &chain, &r.stage, v);
}

enum err
telling_happening(struct telling *t, int64_t id, struct view_event_of *v)
{
	static const enum view_event kind[DB_HAPPENING_WHATS] = {
		[DB_HAPPENING_DISPUTED] = VIEW_EVENT_DISPUTED,
		[DB_HAPPENING_READ_ONLY] = VIEW_EVENT_READ_ONLY,
		[DB_HAPPENING_CAUGHT_UP] = VIEW_EVENT_CAUGHT_UP,
	};
	struct db_happening h;

	arena_reset(t->arena);
	t->reached = false;
	t->n = 0;
	memset(&t->held_of, 0, sizeof t->held_of);
	TRY(db_happening_get(t->db, t->arena, id, &h));
	TRY(look_state(t, &h.chain));
	if (h.state.n == 0 || state_decode(h.state, t->at) != OK)
		*t->at = *t->st;
	*v = (struct view_event_of){ .happening = kind[h.what],
		.id = (uint64_t)id,
		.received = h.received,
		.now = t->at,
		.base = t->server->settings.public_url };
	TRY(look_held(t, v->received, &v->held));
	return h.revocation ? find_revocation(t, h.revocation, v) : OK;
}
