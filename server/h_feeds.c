/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "access.h"
#include "atom.h"
#include "calendar.h"
#include "chain/text.h"
#include "db_event.h"
#include "db_happening.h"
#include "handlers.h"
#include "tag.h"
#include "telling.h"

#define ATOM "application/atom+xml"
#define ICS "text/calendar; charset=utf-8"
#define ENTRIES 30
#define FEED_MAX ((size_t)2 << 20)

/* Feeds begin with what is newest, chains with what is oldest. */
struct pile {
	struct out out;
	struct part {
		struct span text;
		uint64_t received;
		size_t at;
	} part[2 * ENTRIES]; /* entries, and what is none */
	size_t n;
	uint64_t updated;
};

static enum err
pile_put(struct pile *p, const struct view_event_of *v)
{
	size_t before = p->out.n;

	atom_entry(&p->out, v);
	if (p->out.full)
		return ERR_NO_SPACE;
	p->part[p->n] =
	    (struct part){ span_of(p->out.p + before, p->out.n - before),
		    v->received, p->n };
	p->n++;
	if (v->received > p->updated)
		p->updated = v->received;
	return OK;
}

static enum err
pile_chain(struct pile *p, struct telling *t, uint64_t from, uint64_t upto)
{
	struct view_event_of v;

	for (size_t i = 0; i < t->n && p->n < ENTRIES; i++) {
		if (t->row[i].seq < from || t->row[i].seq >= upto)
			continue;
		TRY(telling_event(t, i, &v));
		TRY(pile_put(p, &v));
	}
	return OK;
}

/* What is no entry; *last: the newest, 0 none. */
static enum err
pile_happenings(struct req *q, struct pile *p, struct telling *t,
    const struct h32 *chain, int64_t *last)
{
	struct view_event_of v;
	int64_t *id;
	size_t n;

	TRY(db_happening_newest(q->db, q->arena, chain, ENTRIES, &id, &n));
	*last = n ? id[n - 1] : 0;
	for (size_t i = 0; i < n; i++) {
		TRY(telling_happening(t, id[i], &v));
		TRY(pile_put(p, &v));
	}
	return OK;
}

/* Entries of one moment stay in their order. */
static int
by_time(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->received != y->received)
		return x->received < y->received ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

static enum err
pile_make(struct req *q, struct telling *t, struct pile **p)
{
	*p = arena_new(q->arena, sizeof **p);
	if (!*p)
		return ERR_OUT_OF_MEMORY;
	(*p)->out = arena_out(q->arena, FEED_MAX);
	if (!(*p)->out.cap)
		return ERR_OUT_OF_MEMORY;
	return telling_make(t, q->server, q->db, q->arena);
}

static enum err
feed(struct req *q, struct reply *r, struct pile *p, const char *about,
    struct span title)
{
	size_t oldest = p->n > ENTRIES ? p->n - ENTRIES : 0;
	struct out o = arena_out(q->arena, p->out.n + 4096);
	const char *path = arena_string(q->arena, q->path);

	if (!o.cap || !path)
		return ERR_OUT_OF_MEMORY;
	atom_begin(&o, q->server->settings.public_url, path, about, title,
	    p->updated);
	qsort(p->part, p->n, sizeof p->part[0], by_time);
	for (size_t i = p->n; i-- > oldest;)
		out_put(&o, p->part[i].text.p, p->part[i].text.n);
	atom_end(&o);
	if (o.full)
		return ERR_NO_SPACE;
	reply_bytes(r, ATOM, out_span(&o));
	return OK;
}

enum err
h_feeds_chain(struct req *q, struct reply *r)
{
	static const char *const none[] = { NULL };
	ACCESS_AUTO struct access a = { 0 };
	TELLING_AUTO t = { 0 };
	struct pile *p;
	uint64_t from;
	char hex[65], about[96], suffix[TAG_SUFFIX];
	struct out h = out_of(hex, sizeof hex);
	int64_t last;

	TRY(req_query_only(q, none));
	TRY(access_read(q, &a));
	TRY(pile_make(q, &t, &p));
	from = a.view->next_seq > ENTRIES ? a.view->next_seq - ENTRIES : 0;
	TRY(telling_look(&t, &a.view->chain, from, ENTRIES));
	TRY(pile_chain(p, &t, from, UINT64_MAX));
	TRY(pile_happenings(q, p, &t, &a.view->chain, &last));
	(void)snprintf(suffix, sizeof suffix, ".%llu.atom",
	    (unsigned long long)last);
	text_hex(&h, h32_span(&a.view->chain));
	(void)snprintf(about, sizeof about, "/v1/chains/%.64s", hex);
	r->cache = access_cache(&a, CACHE_REVALIDATE);
	tag_head(r, a.view, suffix);
	return feed(q, r, p, about, span_of(t.st->label, t.st->label_n));
}

/* The newest of all public entries; they may be of many chains. */
static enum err
pile_all(struct req *q, struct pile *p, struct telling *t, uint64_t next)
{
	uint64_t from = next > ENTRIES + 1 ? next - ENTRIES : 1;
	struct db_event *v;
	size_t n;

	TRY(db_event_list(q->db, q->arena, from, ENTRIES, &v, &n));
	for (size_t i = 0; i < n; i++) {
		uint64_t seq = v[i].first;

		if (v[i].number < from)
			seq += from - v[i].number;
		TRY(telling_look(t, &v[i].chain, seq,
		    (size_t)(v[i].upto - seq)));
		TRY(pile_chain(p, t, seq, v[i].upto));
	}
	return OK;
}

enum err
h_feeds_all(struct req *q, struct reply *r)
{
	static const char *const none[] = { NULL };
	TELLING_AUTO t = { 0 };
	struct pile *p;
	uint64_t next;
	int64_t last;

	TRY(req_query_only(q, none));
	TRY(pile_make(q, &t, &p));
	TRY(db_event_head(q->db, &next));
	TRY(pile_all(q, p, &t, next));
	TRY(pile_happenings(q, p, &t, NULL, &last));
	r->cache = CACHE_REVALIDATE;
	(void)snprintf(r->etag, sizeof r->etag, "\"%llu.%llu.atom\"",
	    (unsigned long long)next, (unsigned long long)last);
	return feed(q, r, p, "/v1/chains", span_str("Upgrades"));
}

enum err
h_feeds_calendar(struct req *q, struct reply *r)
{
	static const char *const none[] = { NULL };
	ACCESS_AUTO struct access a = { 0 };
	TELLING_AUTO t = { 0 };
	struct out o;
	uint64_t from;

	TRY(req_query_only(q, none));
	TRY(access_read(q, &a));
	TRY(telling_make(&t, q->server, q->db, q->arena));
	o = arena_out(q->arena, FEED_MAX);
	if (!o.cap)
		return ERR_OUT_OF_MEMORY;
	from = a.view->next_seq > ENTRIES ? a.view->next_seq - ENTRIES : 0;
	TRY(telling_look(&t, &a.view->chain, from, ENTRIES));
	TRY(calendar_write(&o, &t));
	r->cache = access_cache(&a, CACHE_REVALIDATE);
	tag_head(r, a.view, ".ics");
	reply_bytes(r, ICS, out_span(&o));
	return OK;
}
