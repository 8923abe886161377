/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "blob.h"
#include "chain/hash.h"
#include "db_entry.h"
#include "db_event.h"
#include "db_revocation.h"
#include "events_int.h"
#include "view/view_event.h"

#define PAGE_EVENTS 32
#define PAGE_ROWS 16
#define PAGE_FULL ((size_t)64 << 10) /* no further event begins behind it */
#define PAGE_MAX ((size_t)1 << 20)
#define ENTRIES_MAX ((size_t)3 << 20)
/* A stage stands at most so far before what is about it: its endorsements, and
 * `seen`, `accepted` and the last one. */
#define BEFORE (POLICY_KEYS + 4)

/* What is known of a chain while its events are written. */
struct maker {
	struct events *e;
	struct db_entry *row; /* from some place before the first event */
	size_t n;
	struct state *st; /* large */
	bool held;
	/* The entry that is looked at, and the stage that it is about. */
	struct entry *entry, *stage_entry;
	struct payload payload, stage_payload;
	struct out out;
};

static enum err
connection(struct events *e)
{
	return e->db ? OK : db_open(e->server->settings.database, &e->db);
}

/* A valid revocation of the open stage is at hand. */
static enum err
look_held(struct maker *m)
{
	struct db_revocation *loose;
	size_t n = 0;

	if (m->st->phase != PHASE_OPEN)
		TRY(db_revocation_of_stage(m->e->db, m->e->arena, &m->st->chain,
		    &m->st->stage_id, &loose, &n));
	m->held = n > 0;
	return OK;
}

static enum err
look_state(struct maker *m, const struct h32 *chain)
{
	struct chains *c = m->e->server->chains;
	const struct chain_view *v;
	enum err e;

	TRY(chains_get(c, m->e->db, chain, &v));
	e = state_decode(v->state, m->st);
	chains_drop(c, v);
	return e == OK ? look_held(m) : e;
}

static enum err
maker_make(struct events *e, struct maker *m)
{
	arena_reset(e->arena);
	TRY(connection(e));
	*m = (struct maker){ .e = e };
	m->st = arena_new(e->arena, sizeof *m->st);
	m->entry = arena_new(e->arena, sizeof *m->entry);
	m->stage_entry = arena_new(e->arena, sizeof *m->stage_entry);
	m->out = arena_out(e->arena, PAGE_MAX);
	if (!m->st || !m->entry || !m->stage_entry || !m->out.cap)
		return ERR_OUT_OF_MEMORY;
	return OK;
}

/* Entries of a chain from `from` on, some of those before, and its state. */
static enum err
look_chain(struct maker *m, const struct h32 *chain, uint64_t from,
    size_t limit)
{
	uint64_t begin = from > BEFORE ? from - BEFORE : 0;

	TRY(look_state(m, chain));
	return db_entry_page(m->e->db, m->e->arena, chain, begin,
	    (size_t)(from - begin) + limit, ENTRIES_MAX, &m->row, &m->n);
}

/* The stage that row i is about; v's stage stays NULL when there is none. */
static enum err
find_stage(struct maker *m, size_t i, struct view_event_of *v)
{
	bool follows = view_event_follows(&m->payload);

	if (m->payload.kind == KIND_GENESIS)
		return OK;
	for (size_t k = follows ? i : i + 1; k-- > 0;) {
		struct payload *p = &m->stage_payload;

		TRY(entry_decode(m->row[k].bytes, m->stage_entry));
		TRY(payload_decode(m->stage_entry->payload, p));
		if (p->kind == KIND_RECEIPT && p->u.receipt.role == ROLE_SEEN)
			v->noticed = true;
		if (p->kind != KIND_STAGE)
			continue;
		v->stage = &p->u.stage;
		v->stage_seq = m->row[k].seq;
		return hash_sha256(m->stage_entry->payload, &v->stage_id);
	}
	return OK;
}

static enum err
write_event(struct out *o, uint64_t id, json_t *j)
{
	char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	char head[48];
	int n = snprintf(head, sizeof head,
	    "id: %llu\ndata: ", (unsigned long long)id);

	json_decref(j);
	if (!text)
		return ERR_OUT_OF_MEMORY;
	out_put(o, head, (size_t)n);
	out_put(o, text, strlen(text));
	out_put(o, "\n\n", 2);
	free(text);
	return o->full ? ERR_NO_SPACE : OK;
}

static enum err
put_event(struct maker *m, size_t i, uint64_t id)
{
	struct view_event_of v = { .entry = m->entry,
		.payload = &m->payload,
		.received = m->row[i].received,
		.now = m->st,
		.held = m->held,
		.base = m->e->server->settings.public_url };

	TRY(entry_decode(m->row[i].bytes, m->entry));
	TRY(payload_decode(m->entry->payload, &m->payload));
	TRY(find_stage(m, i, &v));
	return write_event(&m->out, id, view_event_json(&v));
}

/* The events of entries [from, upto), of which the first has this id, as far as
 * there is room; *next: the id after the last. */
static enum err
put_events(struct maker *m, uint64_t from, uint64_t upto, uint64_t id,
    uint64_t *next)
{
	*next = id;
	for (size_t i = 0; i < m->n && m->out.n < PAGE_FULL; i++) {
		uint64_t seq = m->row[i].seq;

		if (seq < from || seq >= upto)
			continue;
		TRY(put_event(m, i, id + (seq - from)));
		*next = id + (seq - from) + 1;
	}
	return *next > id ? OK : ERR_DATABASE_WRONG;
}

/* Rows of the order, each some entries of one chain. */
static enum err
put_all(struct maker *m, uint64_t from, uint64_t *next)
{
	struct db_event *v;
	size_t n;

	if (from == 0)
		from = 1;
	TRY(db_event_list(m->e->db, m->e->arena, from, PAGE_ROWS, &v, &n));
	*next = from;
	for (size_t i = 0; i < n && m->out.n < PAGE_FULL; i++) {
		uint64_t end = v[i].number + (v[i].upto - v[i].first);
		uint64_t seq = v[i].first + (*next - v[i].number);

		TRY(look_chain(m, &v[i].chain, seq, PAGE_EVENTS));
		TRY(put_events(m, seq, v[i].upto, *next, next));
		if (*next < end)
			break;
	}
	return *next > from ? OK : ERR_DATABASE_WRONG;
}

enum err
events_page_head(struct events *e, const struct events_topic *t, uint64_t *head)
{
	struct chains *c = e->server->chains;
	const struct chain_view *v;

	TRY(connection(e));
	if (t->all)
		return db_event_head(e->db, head);
	TRY(chains_get(c, e->db, &t->chain, &v));
	*head = v->next_seq;
	chains_drop(c, v);
	return OK;
}

enum err
events_page(struct events *e, const struct events_topic *t, uint64_t from,
    struct blob **page, uint64_t *next)
{
	struct maker m;

	TRY(maker_make(e, &m));
	if (t->all) {
		TRY(put_all(&m, from, next));
	} else {
		TRY(look_chain(&m, &t->chain, from, PAGE_EVENTS));
		TRY(put_events(&m, from, UINT64_MAX, from, next));
	}
	*page = blob_make(out_span(&m.out));
	return *page ? OK : ERR_OUT_OF_MEMORY;
}
