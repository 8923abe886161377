/* SPDX-License-Identifier: ISC */
#include "commit_group.h"

#include <stdlib.h>

#include "ahead.h"
#include "checkpoints.h"
#include "events.h"
#include "metrics.h"
#include "notify.h"
#include "sched.h"
#include "sequence.h"
#include "system/clock.h"

#define ARENA_FIRST (1 << 20)
#define ARENA_LIMIT (128 << 20)

/* The handler verified it a moment ago, or it is verified now: the view that
 * the handler judged on may be older than the chain is. */
static enum err
check(void *ctx, const struct check *k)
{
	struct commit_group *g = ctx;
	struct h32 id;

	TRY(commit_check_id(k, &id));
	for (size_t i = 0; i < g->judged->checked_n; i++)
		if (h32_eq(&g->judged->checked[i], &id))
			return OK;
	return check_run(k, &g->cache);
}

enum err
commit_group_make(struct server *s, struct commit_group **out)
{
	struct commit_group *g = calloc(1, sizeof *g);
	enum err e;

	if (!g)
		return ERR_OUT_OF_MEMORY;
	g->server = s;
	g->arena = arena_make(ARENA_FIRST, ARENA_LIMIT);
	g->rules = (struct rules){ .root = s->root,
		.root_n = s->root_n,
		.level = LEVEL_PUBLIC,
		.check = check,
		.ctx = g,
		.cache = &g->cache };
	e = g->arena ? db_append_open(s->settings.database, &g->db)
		     : ERR_OUT_OF_MEMORY;
	if (e != OK) {
		commit_group_free(g);
		return e;
	}
	*out = g;
	return OK;
}

void
commit_group_free(struct commit_group *g)
{
	db_close(g->db);
	arena_free(g->arena);
	db_append_buffer_free(&g->buffer);
	free(g);
}

static int
by_chain(const void *x, const void *y)
{
	const struct commit_slot *a = x, *b = y;
	int d = memcmp(a->job->chain.b, b->job->chain.b, 32);

	return d ? d : (a->order > b->order) - (a->order < b->order);
}

/* The entry that the statement becomes in the chain's next place. */
static enum err
place(struct commit_group *g, const struct commit_job *j)
{
	const struct statement *t = &j->t;
	size_t room = 160 + t->payload.n;
	struct out o;

	for (size_t i = 0; i < t->proof_n; i++) {
		g->proof[i] = t->proof[i];
		room += 48 + t->proof[i].body.n;
	}
	o = arena_out(g->arena, room);
	if (!o.cap)
		return ERR_OUT_OF_MEMORY;
	TRY(entry_encode(&o, &g->st.chain, g->st.next_seq, &g->st.head,
	    t->payload, g->proof, t->proof_n));
	return entry_decode(out_span(&o), &g->entry);
}

static void
describe(struct commit_group *g, const struct commit_slot *s)
{
	struct db_append_entry *e = &g->append[g->entry_n++];

	db_append_describe(&g->entry, &s->payload, &g->st.stage_id, e);
	e->token = s->job->q->who.token;
	e->request_id = s->job->q->request_id;
}

static enum err
judge(struct commit_group *g, struct commit_slot *s)
{
	g->judged = s->job;
	TRY(payload_decode(s->job->t.payload, &s->payload));
	repeat_wanted(&s->job->chain, &s->job->t, &s->payload, &s->wanted,
	    &s->known);
	TRY(place(g, s->job));
	TRY(rules_next(&g->rules, &g->st, &g->entry));
	s->got = (struct appended){ s->job->chain, g->entry.id, g->entry.seq,
		false };
	describe(g, s);
	return OK;
}

static enum err
plan(struct commit_group *g, const struct chain_view *v, size_t entry_n)
{
	struct db_append *c = &g->chain[g->chain_n];
	struct out o = arena_out(g->arena, STATE_ENCODED_MAX);

	if (!o.cap)
		return ERR_OUT_OF_MEMORY;
	state_encode(&o, &g->st);
	if (o.full)
		return ERR_NO_SPACE;
	*c = (struct db_append){ .chain = v->chain,
		.old_head = v->head,
		.head = g->st.head,
		.next_seq = g->st.next_seq,
		.phase = g->st.phase,
		.state = out_span(&o),
		.entry_n = entry_n };
	return agenda_of(&g->st, clock_unix_ms(), &c->agenda);
}

/* All slots of one chain, on its newest state, one after another. */
static enum err
judge_chain(struct commit_group *g, size_t first, size_t n)
{
	const struct chain_view *v;
	size_t before = g->entry_n;
	uint64_t heard =
	    chains_heard(g->server->chains, &g->slot[first].job->chain);
	enum err e;

	TRY(chains_get(g->server->chains, g->db, &g->slot[first].job->chain,
	    &v));
	e = v->behind ? ERR_LOG_BEHIND : state_decode(v->state, &g->st);
	for (size_t i = first; e == OK && i < first + n; i++)
		g->slot[i].e = judge(g, &g->slot[i]);
	if (e == OK && g->entry_n > before)
		e = plan(g, v, g->entry_n - before);
	if (e != OK || g->entry_n == before) {
		g->entry_n = before;
		chains_drop(g->server->chains, v);
		return e;
	}
	g->first[g->chain_n] = first;
	g->heard[g->chain_n] = heard;
	g->view[g->chain_n++] = v;
	return OK;
}

static size_t
run_length(const struct commit_group *g, size_t first, size_t end)
{
	size_t i = first + 1;

	while (i < end &&
	       h32_eq(&g->slot[i].job->chain, &g->slot[first].job->chain))
		i++;
	return i - first;
}

static void
fail(struct commit_group *g, size_t first, size_t n, enum err e)
{
	for (size_t i = first; i < first + n; i++)
		g->slot[i].e = e;
}

/* What follows from a chain that moved: readers, other servers, agents. */
static void
publish(struct commit_group *g, size_t k, const struct db_append_entry *e,
    uint64_t received)
{
	struct span bytes[COMMIT_GROUP_MAX];
	const struct db_append *c = &g->chain[k];
	struct chain_view next = *g->view[k];

	for (size_t i = 0; i < c->entry_n; i++)
		bytes[i] = e[i].bytes;
	next.head = c->head;
	next.next_seq = c->next_seq;
	next.state = c->state;
	next.received = received;
	chains_appended(g->server->chains, &next, bytes, c->entry_n,
	    g->heard[k]);
	checkpoints_moved(g->server->checkpoints, &c->chain);
	ahead_offer(g->server->ahead, &c->chain, c->next_seq - c->entry_n,
	    bytes, c->entry_n);
	if (g->server->notify)
		notify_chain(g->server->notify, &c->chain);
	events_moved(g->server->events, &c->chain);
	sequence_moved(g->server->sequence, &c->chain);
	if (g->server->sched && c->agenda.n)
		sched_moved(g->server->sched, &c->chain);
}

/* The slots of the k-th chain that moves, back in the queue. */
static void
put_back(struct commit_group *g, size_t k, size_t end)
{
	size_t first = g->first[k];

	fail(g, first, run_length(g, first, end), ERR_LATER);
}

/* A chain that did not move as was thought, or perhaps did without a word. */
static void
doubt(struct commit_group *g, size_t k, enum err e)
{
	if (e == ERR_DATABASE && g->server->notify)
		notify_doubt(g->server->notify);
	else
		chains_forget(g->server->chains, &g->chain[k].chain);
}

/* What became of the chains that were to move. */
static void
written(struct commit_group *g, size_t end, enum err err, uint64_t received)
{
	const struct db_append_entry *e = g->append;

	for (size_t k = 0; k < g->chain_n; k++) {
		if (err == OK && g->chain[k].moved) {
			publish(g, k, e, received);
		} else {
			doubt(g, k, err);
			put_back(g, k, end);
		}
		e += g->chain[k].entry_n;
		chains_drop(g->server->chains, g->view[k]);
	}
}

/* Judges and writes the slots of [first, end) that have no verdict yet, which
 * is ERR_LATER.  A chain whose head was not what its view said is without a
 * verdict afterwards. */
static enum err
round_of(struct commit_group *g, size_t first, size_t end)
{
	uint64_t received = 0;
	enum err err = OK;

	g->chain_n = g->entry_n = 0;
	for (size_t i = first, n; i < end; i += n) {
		enum err one;

		n = run_length(g, i, end);
		if (g->slot[i].e != ERR_LATER)
			continue;
		one = judge_chain(g, i, n);
		if (one != OK)
			fail(g, i, n, one);
	}
	if (g->chain_n)
		err = db_append_run(g->db, &g->buffer, g->chain, g->chain_n,
		    g->append, &received);
	written(g, end, err, received);
	return err;
}

static void
decide(struct commit_group *g, size_t first, size_t end, enum err e)
{
	for (size_t i = first; i < end; i++)
		if (g->slot[i].e == ERR_LATER)
			g->slot[i].e = e;
}

/* Errors that would meet every neighbour as well. */
static bool
hopeless(enum err e)
{
	return e == ERR_DATABASE || e == ERR_DISK_FULL ||
	       e == ERR_OUT_OF_MEMORY;
}

/* A verdict for each slot of [first, end).  A group that fails is done one by
 * one, so that what is wrong with one is not its neighbours' fault. */
static void
settle(struct commit_group *g, size_t first, size_t end)
{
	enum err e = round_of(g, first, end);

	if (e == OK)
		e = round_of(g, first, end);
	if (e != OK)
		metrics_add(g->server->metrics, METRIC_COMMIT_FAILED, 1);
	if (e != OK && !hopeless(e) && end - first > 1)
		for (size_t i = first; i < end; i++)
			if (g->slot[i].e == ERR_LATER)
				settle(g, i, i + 1);
	decide(g, first, end, e == OK ? ERR_HEAD_MOVED : e);
}

/* Where the rules said no, the statement may stand there already: appended by
 * a neighbour, by another server, or before a crash. */
static enum err
seek(struct commit_group *g)
{
	struct db_entry_wanted w[COMMIT_GROUP_MAX];
	size_t of[COMMIT_GROUP_MAX], n = 0, found;
	struct db_entry_found *f;

	for (size_t i = 0; i < g->n; i++)
		if (g->slot[i].e != OK && g->slot[i].known &&
		    !hopeless(g->slot[i].e)) {
			of[n] = i;
			w[n++] = g->slot[i].wanted;
		}
	if (n == 0)
		return OK;
	TRY(db_entry_find(g->db, g->arena, w, n, &f, &found));
	for (size_t i = 0; i < found; i++) {
		struct commit_slot *s = &g->slot[of[f[i].i]];

		TRY(entry_decode(f[i].entry.bytes, &g->entry));
		if (s->e == OK ||
		    !repeat_is(&s->job->t, &s->payload, &g->entry))
			continue;
		s->got = (struct appended){ s->job->chain, g->entry.id,
			g->entry.seq, true };
		s->e = OK;
	}
	return OK;
}

void
commit_group_run(struct commit_group *g, struct commit_job *jobs)
{
	enum err e;

	g->n = 0;
	for (struct commit_job *j = jobs; j; j = j->next, g->n++)
		g->slot[g->n] = (struct commit_slot){ .job = j,
			.order = g->n,
			.e = ERR_LATER };
	qsort(g->slot, g->n, sizeof g->slot[0], by_chain);
	arena_reset(g->arena);
	settle(g, 0, g->n);
	e = seek(g);
	for (size_t i = 0; i < g->n; i++) {
		struct commit_slot *s = &g->slot[i];

		/* Whether it stands there is not known: the caller asks again.
		 */
		if (e != OK && s->e != OK && s->known)
			s->e = e;
		s->job->done(s->job, s->e, &s->got);
	}
	ahead_go(g->server->ahead);
}
