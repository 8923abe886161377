/* SPDX-License-Identifier: ISC */
#include "walk.h"

#include "witness.h"

static enum err
count_check(void *ctx, const struct check *k)
{
	struct walk *w = (struct walk *)ctx;
	const struct rules *r = &w->opts.rules;

	if (k->what == CHECK_DOCUMENT) {
		w->documents++;
	} else {
		w->signatures++;
	}
	return r->check ? r->check(r->ctx, k) : check_run(k, r->cache);
}

enum err
walk_revocation(struct span statement, struct walk_revocation *v)
{
	struct statement t;
	struct revoke r;

	TRY(entry_statement_decode(statement, &t));
	TRY(revoke_decode(t.payload, &r));
	v->statement = statement;
	v->stage = r.stage;
	return OK;
}

/* The stage that was just opened: does a revocation at hand name it?  The
 * policy that decides stays in force for as long as the stage is open. */
static void
look_for_revocation(struct walk *w)
{
	struct statement t;

	w->hit = 0;
	for (size_t i = 0; i < w->opts.revocation_n && w->hit == 0; i++) {
		const struct walk_revocation *v = &w->opts.revocation[i];

		if (h32_eq(&v->stage, &w->st.stage_id) &&
		    entry_statement_decode(v->statement, &t) == OK &&
		    rules_revocation(&w->opts.rules, &w->st, &t) == OK)
			w->hit = (uint32_t)i + 1;
	}
	w->held = w->hit != 0;
}

/* What was remembered, against the state that the walk goes on from. */
static enum err
resume(struct walk *w)
{
	const struct walk_opts *o = &w->opts;

	w->st = *o->from;
	if (o->chain && !h32_eq(&w->st.chain, o->chain))
		return ERR_PIN_MISMATCH;
	w->chain_known = o->chain != NULL;
	if (!rules_trusts(&o->rules, &w->st.root))
		return ERR_ROOT_FOREIGN;
	if (o->pin && o->pin->seq + 1 == w->st.next_seq) {
		if (!h32_eq(&w->st.head, &o->pin->id))
			return ERR_PIN_MISSING;
		w->pin_seen = true;
	}
	if (w->st.phase != PHASE_OPEN)
		look_for_revocation(w);
	return OK;
}

void
walk_init(struct walk *w, const struct walk_opts *opts)
{
	memset(w, 0, sizeof *w);
	w->opts = *opts;
	if (opts->from)
		w->failed = resume(w);
	w->opts.from = NULL;
}

/* Whether the entry that closed a stage completed it. */
static bool
completes(const struct entry *e)
{
	struct payload p;

	return payload_decode(e->payload, &p) == OK && p.kind == KIND_RECEIPT &&
	       p.u.receipt.role != ROLE_LAPSED;
}

static void
follow_stage(struct walk *w, enum phase phase, const struct h32 *stage)
{
	if (w->st.phase == PHASE_OPEN) {
		if (phase != PHASE_OPEN && w->hit != 0 &&
		    completes(&w->entry)) {
			w->disputed = true;
			w->disputed_stage = *stage;
		}
		w->hit = 0;
		w->held = false;
	} else if (!h32_eq(&w->st.stage_id, stage)) {
		look_for_revocation(w);
	}
}

/* What the client remembers, against what it is given. */
static enum err
remembered(struct walk *w)
{
	const struct walk_opts *o = &w->opts;

	if (w->entry.genesis && o->chain) {
		if (!h32_eq(&w->entry.id, o->chain))
			return ERR_PIN_MISMATCH;
		w->chain_known = true;
	}
	if (o->pin && o->pin->seq == w->entry.seq) {
		if (!h32_eq(&w->entry.id, &o->pin->id))
			return ERR_PIN_MISSING;
		w->pin_seen = true;
	}
	return OK;
}

static enum err
feed(struct walk *w, struct span entry)
{
	struct rules r = w->opts.rules;
	enum phase phase = w->st.phase;
	struct h32 stage = w->st.stage_id;

	r.check = count_check;
	r.ctx = w;
	TRY(entry_decode(entry, &w->entry));
	TRY(remembered(w));
	TRY(rules_next(&r, &w->st, &w->entry));
	follow_stage(w, phase, &stage);
	return OK;
}

enum err
walk_feed(struct walk *w, struct span entry)
{
	if (w->failed == OK)
		w->failed = feed(w, entry);
	return w->failed;
}

static enum err
run_now(void *ctx, const struct check *k)
{
	(void)ctx;
	return check_run(k, NULL);
}

/* The checkpoint at hand, over the last entry.  Below LEVEL_FRESH the verdict
 * does not hang on it, so its checks are not among those handed out. */
static enum err
judge_tip(struct walk *w, const struct policy *now)
{
	bool fresh = w->opts.rules.level == LEVEL_FRESH;
	struct span s = w->opts.fresh.checkpoint;

	if (!now->has_witnesses)
		return ERR_LEVEL;
	if (s.n == 0)
		return ERR_CHECKPOINT_MISSING;
	return witness_judge(&w->st, now, s, fresh ? count_check : run_now, w,
	    &w->witnessed);
}

/* By the client's own clock. */
static enum err
judge_age(const struct walk_fresh *f, uint64_t ms)
{
	if (ms > f->now)
		return ms - f->now <= WITNESS_AFTER_MS ? OK
						       : ERR_CHECKPOINT_TIME;
	return f->now - ms <= f->max_age ? OK : ERR_CHECKPOINT_STALE;
}

static enum err
judge_level(struct walk *w)
{
	enum level level = w->opts.rules.level;
	struct policy now;

	w->reached = level;
	w->tip = ERR_LEVEL;
	w->witnessed = 0;
	if (level < LEVEL_PUBLIC)
		return OK;
	TRY(state_policy(&w->st, &now));
	w->tip = judge_tip(w, &now);
	if (w->tip != OK)
		w->witnessed = 0;
	if (level == LEVEL_FRESH) {
		TRY(w->tip);
		return judge_age(&w->opts.fresh, w->witnessed);
	}
	if (now.has_witnesses)
		return OK;
	w->reached = LEVEL_ATTESTED;
	return w->opts.wanted ? ERR_LEVEL : OK;
}

enum err
walk_end(struct walk *w)
{
	TRY(w->failed);
	if (w->st.next_seq == 0)
		return ERR_CHAIN_EMPTY;
	if (w->opts.pin && !w->pin_seen)
		return ERR_PIN_MISSING;
	return judge_level(w);
}
