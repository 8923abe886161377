/* SPDX-License-Identifier: ISC */
#include "chain/split.h"
#include "fail.h"
#include "mem.h"
#include "tip.h"
#include "tip_fetch.h"
#include "value.h"
#include "watch_look.h"

/* Both are genuine: of a log that the policy names. */
static bool
convicts(const struct look *l, struct span evidence)
{
	struct policy *p = mem_new(sizeof *p);
	struct witness_set *w = mem_new(sizeof *w);

	return state_policy(&l->k.st, p) == OK && p->has_witnesses &&
	       witness_set_of(p, &l->k.st.chain, w) == OK &&
	       split_verify(evidence, &w->log) == OK;
}

/* Two that the log has signed of one size: what convinces a stranger.  Where
 * nobody's signature can be verified, the server may have made them up: what
 * it showed is kept, and convicts nobody by itself. */
static enum err
split(struct look *l, const struct tip *t, struct span a, struct span b)
{
	struct out o = mem_out(SPLIT_MAX);
	bool sure;

	if (split_encode(&o, a, b, NULL) != OK)
		return OK;
	sure = convicts(l, out_span(&o));
	if (t->named && !sure)
		return OK; /* an old one, from when there was no log's key */
	l->shown = out_span(&o);
	l->split = true;
	l->unnamed = !sure;
	return sure ? ERR_SPLIT : ERR_CHECKPOINT_ROOT;
}

/* Against every checkpoint that was seen before. */
static enum err
compare(struct look *l, const struct tip *t)
{
	struct span other;

	TRY(watch_store_checkpoint(l->w->dir, &l->k.chain, t->c.size, l->note,
	    &other));
	if (other.n == 0)
		return OK;
	return split(l, t, l->note, other);
}

/* The entries that the server served are not those that it has its log sign.
 * What was signed of these before, if anything, stands in the evidence too. */
static enum err
contradicted(struct look *l, const struct tip *t)
{
	struct span seen;
	bool found;

	l->shown = l->note;
	l->unnamed = !t->named;
	TRY(watch_store_seen(l->w->dir, &l->k.chain, t->c.size, &seen, &found));
	if (found)
		TRY(split(l, t, l->note, seen));
	return ERR_CHECKPOINT_ROOT;
}

static bool
has_witnesses(const struct state *st)
{
	struct policy *p = mem_new(sizeof *p);

	return state_policy(st, p) == OK && p->has_witnesses;
}

/* Younger than it is asked to be, a checkpoint need not be complete; and where
 * nobody asks how old it is, it matters to nobody whose clock is wrong. */
static enum err
judge_age(const struct look *l, enum err e)
{
	return (e == ERR_WITNESSES_FEW || e == ERR_CHECKPOINT_STALE ||
		   e == ERR_CHECKPOINT_TIME) &&
		       l->w->max_age == 0
		   ? OK
		   : e;
}

/* Asked for at now: what the answer took does not make it older. */
static enum err
take(struct look *l, uint64_t now, struct tip *t)
{
	uint64_t age = l->w->max_age ? l->w->max_age : UINT64_MAX;
	enum err e = tip_judge(&l->k.st, l->note, now, age, t);

	if (e == OK && t->place == TIP_AHEAD) {
		/* Entries may have come in between: one more look. */
		TRY(watch_entries_take(l));
		e = tip_judge(&l->k.st, l->note, now, age, t);
	}
	if (e == OK && t->place == TIP_AHEAD) {
		l->hiding = true;
		l->shown = l->note;
		return ERR_TAIL_HIDDEN;
	}
	if (e == ERR_CHECKPOINT_ROOT)
		return contradicted(l, t);
	e = judge_age(l, e);
	if (e != OK)
		l->shown = l->note;
	TRY(e);
	TRY(compare(l, t));
	return t->place == TIP_BEHIND && l->w->max_age && t->named
		   ? ERR_CHECKPOINT_STALE
		   : OK;
}

/* Too old, or not whole: then the server is asked for a younger one. */
static bool
may_be_younger(const struct look *l, enum err e)
{
	return l->w->max_age > 0 &&
	       (e == ERR_CHECKPOINT_STALE || e == ERR_WITNESSES_FEW);
}

static enum err
fetch(struct look *l, uint64_t age, bool *found)
{
	enum err e = tip_fetch_server(&l->ch->t, age, &l->note, found);

	if (e == ERR_WITNESSES_WAIT) {
		fail_forget();
		return ERR_CHECKPOINT_STALE;
	}
	l->away = e != OK;
	return e;
}

/* Of chains without witnesses a checkpoint is kept, where there is one. */
enum err
watch_tip_take(struct look *l)
{
	struct tip *t = mem_new(sizeof *t);
	uint64_t now = value_now();
	bool found;
	enum err e;

	TRY(fetch(l, UINT64_MAX, &found));
	if (!found)
		return has_witnesses(&l->k.st) && l->w->max_age > 0
			   ? ERR_CHECKPOINT_MISSING
			   : OK;
	e = take(l, now, t);
	if (!may_be_younger(l, e))
		return e;
	l->shown = span_of(NULL, 0);
	now = value_now();
	TRY(fetch(l, l->w->max_age, &found));
	return found ? take(l, now, t) : ERR_CHECKPOINT_MISSING;
}

void
watch_tip_convict(struct look *l)
{
	struct tip *t = mem_new(sizeof *t);
	struct span note, seen;
	bool found;
	enum err e = tip_fetch_server(&l->ch->t, UINT64_MAX, &note, &found);

	/* What it comes to beside our entries is known: it cannot fit. */
	if (e == OK && found)
		e = tip_judge(&l->k.st, note, value_now(), UINT64_MAX, t);
	if (t->c.size > 0 &&
	    watch_store_seen(l->w->dir, &l->k.chain, t->c.size, &seen,
		&found) == OK &&
	    found)
		e = split(l, t, note, seen);
	if (e != OK)
		fail_forget();
}
