/* SPDX-License-Identifier: ISC */
#include "checkpoint_rows.h"

#include "db_happening.h"
#include "deliver.h"
#include "events.h"
#include "notify.h"
#include "sched.h"
#include "server.h"

static enum err
copy(struct arena *a, const struct out *o, struct span *s)
{
	uint8_t *p = arena_new(a, o->n ? o->n : 1);

	if (!p || o->full)
		return ERR_OUT_OF_MEMORY;
	memcpy(p, o->p, o->n);
	*s = span_of(p, o->n);
	return OK;
}

static enum err
write_heard(struct arena *a, const struct checkpoint_job *j, struct span *s)
{
	uint8_t buf[40 * POLICY_KEYS];
	struct out o = out_of(buf, sizeof buf);

	for (size_t i = 0; i < j->n; i++) {
		uint8_t n[8];

		if (j->w[i].has == 0)
			continue;
		for (size_t b = 0; b < 8; b++)
			n[b] = (uint8_t)(j->w[i].has >> (56 - 8 * b));
		out_put(&o, j->w[i].key.public.b, 32);
		out_put(&o, n, sizeof n);
	}
	return copy(a, &o, s);
}

static enum err
write_row(struct checkpoint_jobs *k, const struct checkpoint_job *j,
    struct db_checkpoint *c)
{
	struct out note = out_of(k->note, sizeof k->note);

	*c = (struct db_checkpoint){ .chain = j->chain,
		.size = j->size,
		.witnessed = j->witnessed,
		.behind = j->behind };
	for (size_t i = 0; i < j->n; i++)
		c->missing += j->w[i].at && !j->w[i].seconds;
	TRY(write_heard(k->arena, j, &c->heard));
	if (j->size == 0)
		return OK;
	checkpoint_jobs_note(j, &note);
	return copy(k->arena, &note, &c->note);
}

static bool
turned(const struct checkpoint_job *j)
{
	return j->dirty && j->behind != j->was_behind;
}

/* A chain that became read-only, or is no more, is seen so by every server's
 * appends from then on, and all who are told of it hear that. */
static void
publish(struct checkpoint_jobs *k, const struct checkpoint_job *j)
{
	struct server *s = k->server;

	if (turned(j)) {
		chains_moved(s->chains, &j->chain);
		events_happened(s->events, &j->chain);
		deliver_wake(s->deliver);
		if (s->notify)
			notify_chain(s->notify, &j->chain);
	}
	chains_stale(s->chains, &j->chain);
	if (j->witnessed && s->sched)
		sched_moved(s->sched, &j->chain);
}

/* What the rows say, and the news that is in them, at once. */
static enum err
put_turned(struct checkpoint_jobs *k, struct checkpoint_job **j, size_t n,
    const struct db_checkpoint *row, size_t rows)
{
	bool is;

	TRY(db_checkpoint_put(k->db, row, rows));
	for (size_t i = 0; i < n; i++)
		if (turned(j[i]))
			TRY(db_happening_add(k->db, &j[i]->chain,
			    j[i]->behind ? DB_HAPPENING_READ_ONLY
					 : DB_HAPPENING_CAUGHT_UP,
			    0, &is));
	return OK;
}

static enum err
put(struct checkpoint_jobs *k, struct checkpoint_job **j, size_t n,
    const struct db_checkpoint *row, size_t rows)
{
	bool any = false;
	enum err e;

	for (size_t i = 0; i < n; i++)
		any |= turned(j[i]);
	if (!any)
		return db_checkpoint_put(k->db, row, rows);
	TRY(db_begin(k->db));
	e = put_turned(k, j, n, row, rows);
	if (e == OK)
		return db_commit(k->db);
	db_rollback(k->db);
	return e;
}

enum err
checkpoint_rows_put(struct checkpoint_jobs *k, struct checkpoint_job **j,
    size_t n)
{
	struct db_checkpoint row[CHECKPOINT_BATCH];
	struct h32 chain[CHECKPOINT_BATCH];
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (j[i]->dirty)
			TRY(write_row(k, j[i], &row[count++]));
	if (count == 0)
		return OK;
	TRY(put(k, j, n, row, count));
	for (size_t i = 0; i < count; i++)
		chain[i] = row[i].chain;
	for (size_t i = 0; i < n; i++) {
		if (!j[i]->dirty)
			continue;
		publish(k, j[i]);
		j[i]->dirty = false;
		j[i]->was_behind = j[i]->behind;
	}
	return db_checkpoint_tell(k->db, chain, count);
}
