/* SPDX-License-Identifier: ISC */
#include "checkpoint_rows.h"

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

/* A chain that became read-only, or is no more, is seen so by every server's
 * appends from then on. */
static void
publish(struct checkpoint_jobs *k, const struct checkpoint_job *j)
{
	struct server *s = k->server;

	if (j->behind != j->was_behind) {
		chains_moved(s->chains, &j->chain);
		if (s->notify)
			notify_chain(s->notify, &j->chain);
	}
	chains_stale(s->chains, &j->chain);
	if (j->witnessed && s->sched)
		sched_moved(s->sched, &j->chain);
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
	TRY(db_checkpoint_put(k->db, row, count));
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
