/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "blob.h"
#include "db_event.h"
#include "db_happening.h"
#include "events_int.h"
#include "telling.h"

#define PAGE_EVENTS 32
#define PAGE_ROWS 16
#define PAGE_FULL ((size_t)64 << 10) /* no further event begins behind it */
#define NO_ID UINT64_MAX             /* an event that no cursor counts */
#define NOTES 32
#define STANDS 256
#define PAGE_MAX ((size_t)1 << 20)

struct maker {
	struct telling t;
	struct out out;
};

static enum err
connection(struct events *e)
{
	return e->db ? OK : db_open(e->server->settings.database, &e->db);
}

static void
maker_free(struct maker *m)
{
	telling_free(&m->t);
}
#define MAKER_AUTO __attribute__((cleanup(maker_free))) struct maker

static enum err
maker_make(struct events *e, struct maker *m)
{
	arena_reset(e->arena);
	TRY(connection(e));
	TRY(telling_make(&m->t, e->server, e->db, e->arena));
	m->out = arena_out(e->arena, PAGE_MAX);
	return m->out.cap ? OK : ERR_OUT_OF_MEMORY;
}

static enum err
write_event(struct out *o, uint64_t id, json_t *j)
{
	char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	char head[48] = "";

	json_decref(j);
	if (!text)
		return ERR_OUT_OF_MEMORY;
	if (id != NO_ID)
		(void)snprintf(head, sizeof head, "id: %llu\n",
		    (unsigned long long)id);
	out_put(o, head, strlen(head));
	out_put(o, "data: ", 6);
	out_put(o, text, strlen(text));
	out_put(o, "\n\n", 2);
	free(text);
	return o->full ? ERR_NO_SPACE : OK;
}

static enum err
put_event(struct maker *m, size_t i, uint64_t id)
{
	struct view_event_of v;

	TRY(telling_event(&m->t, i, &v));
	return write_event(&m->out, id, view_event_json(&v));
}

/* The events of entries [from, upto), of which the first has this id, as far as
 * there is room; *next: the id after the last. */
static enum err
put_events(struct maker *m, uint64_t from, uint64_t upto, uint64_t id,
    uint64_t *next)
{
	*next = id;
	for (size_t i = 0; i < m->t.n && m->out.n < PAGE_FULL; i++) {
		uint64_t seq = m->t.row[i].seq;

		if (seq < from || seq >= upto)
			continue;
		TRY(put_event(m, i, id + (seq - from)));
		*next = id + (seq - from) + 1;
	}
	return *next > id ? OK : ERR_DATABASE_WRONG;
}

/* Rows of the order, each some entries of one chain. */
static enum err
put_all(struct maker *m, struct arena *arena, uint64_t from, uint64_t *next)
{
	struct db_event *v;
	size_t n;

	if (from == 0)
		from = 1;
	TRY(db_event_list(m->t.db, arena, from, PAGE_ROWS, &v, &n));
	*next = from;
	for (size_t i = 0; i < n && m->out.n < PAGE_FULL; i++) {
		uint64_t end = v[i].number + (v[i].upto - v[i].first);
		uint64_t seq = v[i].first + (*next - v[i].number);

		TRY(telling_look(&m->t, &v[i].chain, seq, PAGE_EVENTS));
		TRY(put_events(m, seq, v[i].upto, *next, next));
		if (*next < end)
			break;
	}
	return *next > from ? OK : ERR_DATABASE_WRONG;
}

enum err
events_page_head(struct events *e, const struct events_topic *t, uint64_t *head,
    int64_t *last)
{
	struct chains *c = e->server->chains;
	const struct chain_view *v;

	TRY(connection(e));
	TRY(db_happening_last(e->db, t->all ? NULL : &t->chain, last));
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
	MAKER_AUTO m = { 0 };

	TRY(maker_make(e, &m));
	if (t->all) {
		TRY(put_all(&m, e->arena, from, next));
	} else {
		TRY(telling_look(&m.t, &t->chain, from, PAGE_EVENTS));
		TRY(put_events(&m, from, UINT64_MAX, from, next));
	}
	*page = blob_make(out_span(&m.out));
	return *page ? OK : ERR_OUT_OF_MEMORY;
}

static enum err
list_notes(struct events *e, const struct events_topic *t, int64_t from,
    int64_t **id, size_t *n, int64_t *next)
{
	const struct h32 *chain = t->all ? NULL : &t->chain;

	*next = t->last + 1;
	if (from == 0)
		return db_happening_stands(e->db, e->arena, chain, STANDS, id,
		    n);
	TRY(db_happening_from(e->db, e->arena, chain, from, NOTES, id, n));
	if (*n == NOTES)
		*next = (*id)[NOTES - 1] + 1;
	return OK;
}

/* A stream whose reader comes again has no place for them: it is told of what
 * still holds. */
enum err
events_page_note(struct events *e, const struct events_topic *t, int64_t from,
    struct blob **note, int64_t *next)
{
	struct view_event_of v;
	MAKER_AUTO m = { 0 };
	int64_t *id;
	size_t n;

	*note = NULL;
	TRY(maker_make(e, &m));
	TRY(list_notes(e, t, from, &id, &n, next));
	for (size_t i = 0; i < n && m.out.n < PAGE_MAX / 2; i++) {
		if (from && m.out.n >= PAGE_FULL) {
			*next = id[i];
			break;
		}
		TRY(telling_happening(&m.t, id[i], &v));
		TRY(write_event(&m.out, NO_ID, view_event_json(&v)));
	}
	if (n == 0)
		return OK;
	*note = blob_make(out_span(&m.out));
	return *note ? OK : ERR_OUT_OF_MEMORY;
}
