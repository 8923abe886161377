/* SPDX-License-Identifier: ISC */
#include "chain/walk.h"
#include "fail.h"
#include "mem.h"
#include "story.h"
#include "view/view_event.h"
#include "watch_look.h"

#define PAGE 500
#define PAGE_BYTES (8U << 20)
#define PAGE_FULL \
	(3U << 20) /* a page may be shorter than PAGE because of it \
		    */
#define FEW 8      /* entries for which no threads are started */

struct page {
	uint64_t from; /* its first entry */
	size_t n;
	struct span bytes;
};

static enum err
count(struct span s, size_t *n)
{
	enum item kind;
	struct span item;

	for (*n = 0; s.n > 0; (*n)++) {
		TRY(entry_item(&s, &kind, &item));
		if (kind != ITEM_ENTRY)
			return ERR_ITEM_ORDER;
	}
	return OK;
}

static enum err
fetch(struct look *l, uint64_t from, struct page *p)
{
	p->from = from;
	TRY(watch_look_get(l,
	    mem_printf("/entries?from=%llu&limit=%d", (unsigned long long)from,
		PAGE),
	    "application/cbor-seq", PAGE_BYTES, &p->bytes));
	return count(p->bytes, &p->n);
}

/* The newest entry that was verified must still be there: takes it off. */
static enum err
take_known(struct look *l, struct page *p)
{
	struct entry *e = mem_new(sizeof *e);
	struct span whole = p->bytes, item;
	enum item kind;

	if (p->n == 0) {
		l->hiding = true;
		return ERR_PIN_MISSING;
	}
	TRY(entry_item(&p->bytes, &kind, &item));
	l->shown = whole;
	TRY(entry_decode(item, e));
	if (!h32_eq(&e->id, &l->k.st.head) || e->seq != p->from)
		return ERR_PIN_MISSING;
	l->shown = span_of(NULL, 0);
	p->from++;
	p->n--;
	return OK;
}

struct chain_verify_opts
watch_entries_opts(const struct look *l, struct span *revocation)
{
	const struct watch *w = l->w;
	size_t n = 0;

	for (size_t i = 0; i < l->k.loose_n; i++)
		revocation[n++] = l->k.loose[i];
	for (size_t i = 0; i < w->revocation_n; i++)
		revocation[n++] = w->revocation[i];
	return (struct chain_verify_opts){ .root = l->root,
		.root_n = l->root_n,
		.level = LEVEL_PUBLIC,
		.threads = w->threads,
		.chain = &l->ch->t.chain,
		.from = l->k.st.next_seq > 0 ? &l->k.st : NULL,
		.revocation = revocation,
		.revocation_n = n };
}

static struct span *
revocations(const struct look *l)
{
	return mem_new(
	    (WATCH_STORE_LOOSE + l->w->revocation_n) * sizeof(struct span));
}

/* An entry that was seen before this watcher knew the chain. */
static const struct walk_pin *
pin_in(const struct look *l, const struct page *p)
{
	const struct target *t = &l->ch->t;

	return t->pinned && t->pin.newest.seq >= p->from &&
		       t->pin.newest.seq - p->from < p->n
		   ? &t->pin.newest
		   : NULL;
}

static enum err
verify(struct look *l, const struct page *p, struct state *next)
{
	struct chain_verify_opts o = watch_entries_opts(l, revocations(l));
	const struct chain_verify_result *r;
	struct chain_verify *v;
	enum err e;

	if (p->n < FEW)
		o.threads = 0;
	o.pin = pin_in(l, p);
	TRY(chain_verify_open(&o, &v));
	e = chain_verify_memory(v, p->bytes);
	r = chain_verify_result(v);
	if (e == OK) {
		*next = *r->st;
		l->held = r->held;
		l->k.disputed = l->k.disputed || r->disputed;
		if (r->disputed)
			l->k.disputed_stage = r->disputed_stage;
	} else {
		l->shown = p->bytes;
		if (r->failed_at >= 0)
			e = fail_with(e, "entry %lld", (long long)r->failed_at);
	}
	chain_verify_free(v);
	return e;
}

static enum err
tell_entry(void *ctx, const struct story *s)
{
	struct look *l = ctx;
	bool follows = view_event_follows(s->p);
	const struct state *of = follows ? s->was : s->now;
	struct stage *g = mem_new(sizeof *g);
	char text[4096];
	struct out o = out_of(text, sizeof text - 1);
	struct view_event_of v = { .entry = s->e,
		.payload = s->p,
		.stage_id = of->stage_id,
		.stage_seq = of->stage_seq,
		.noticed = of->phase == PHASE_NOTICED,
		.now = s->now,
		.base = l->ch->t.conf->server };
	json_t *j;
	enum err e;

	if (of->phase != PHASE_OPEN) {
		TRY(state_stage(of, g));
		v.stage = g;
	}
	view_event_text(&o, &v);
	text[o.full ? 0 : o.n] = '\0';
	l->at = s->now->next_seq;
	j = view_event_json(&v);
	e = watch_look_tell(l, view_event_type(&v), OK, text, NULL,
	    json_incref(json_object_get(j, "data")));
	json_decref(j);
	TRY(e);
	l->at = 0;
	return OK;
}

static enum err
tell_disputed(const struct look *l)
{
	return watch_look_tell(l, "upgrade.disputed", ERR_DISPUTED,
	    mem_printf("Stage %s took effect although a valid revocation of it "
		       "is at hand: either it came too late, or it was kept "
		       "back.",
		mem_hex(h32_span(&l->k.disputed_stage))),
	    NULL, NULL);
}

static enum err
take_page(struct look *l, const struct page *p)
{
	struct state *next = mem_new(sizeof *next);
	bool disputed = l->k.disputed;

	TRY(verify(l, p, next));
	if (l->k.caught_up && p->n > 0)
		TRY(story_go_on(l->k.st.next_seq > 0 ? &l->k.st : NULL,
		    &next->root, p->bytes, tell_entry, l));
	if (l->k.disputed && !disputed)
		TRY(tell_disputed(l));
	l->k.st = *next;
	if (p->n > 0 || l->k.disputed != disputed)
		TRY(watch_store_write(l->w->dir, &l->k));
	l->ch->entries = l->k.st.next_seq;
	l->ch->head = l->k.st.head;
	return OK;
}

static enum err
next_page(struct look *l, bool *more)
{
	uint64_t have = l->k.st.next_seq;
	struct page p;

	TRY(fetch(l, have > 0 ? have - 1 : 0, &p));
	*more = p.n == PAGE || p.bytes.n >= PAGE_FULL;
	if (have > 0)
		TRY(take_known(l, &p));
	*more = *more && p.n > 0;
	return take_page(l, &p);
}

enum err
watch_entries_take(struct look *l)
{
	const struct target *t = &l->ch->t;
	bool more = true;
	enum err e = OK;

	while (e == OK && more) {
		void *mark = mem_mark();

		e = next_page(l, &more);
		if (e == OK)
			mem_release(mark);
	}
	TRY(e);
	if (t->pinned && t->pin.newest.seq >= l->k.st.next_seq) {
		l->hiding = true;
		return ERR_PIN_MISSING;
	}
	return OK;
}

static enum err
feed_all(struct look *l, struct chain_verify *v)
{
	uint64_t at = 0, end = l->k.st.next_seq;
	enum err e = OK;

	while (e == OK && at < end) {
		void *mark = mem_mark();
		struct page p;

		e = fetch(l, at, &p);
		if (e == OK && p.n == 0)
			e = ERR_PIN_MISSING;
		if (e == OK)
			e = chain_verify_feed(v, p.bytes);
		at += p.n;
		if (e == OK)
			mem_release(mark);
	}
	return e;
}

enum err
watch_entries_again(struct look *l, bool *disputed, struct h32 *stage)
{
	struct chain_verify_opts o = watch_entries_opts(l, revocations(l));
	const struct walk_pin pin = { l->k.st.next_seq - 1, l->k.st.head };
	const struct chain_verify_result *r;
	struct chain_verify *v;
	enum err e, end;

	o.from = NULL;
	o.pin = &pin;
	TRY(chain_verify_open(&o, &v));
	e = feed_all(l, v);
	end = chain_verify_end(v);
	r = chain_verify_result(v);
	*disputed = r->disputed;
	*stage = r->disputed_stage;
	chain_verify_free(v);
	return e != OK ? e : end;
}
