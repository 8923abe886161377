/* SPDX-License-Identifier: ISC */
#include "judge.h"

/* `from` says what the signers knew: where the chain stood open, or the open
 * stage that they mean to replace. */
static enum err
from(const struct state *st, const struct stage *g)
{
	if (st->phase == PHASE_OPEN)
		return h32_eq(&g->from, &st->opened) ? OK : ERR_FROM_STALE;
	if (h32_eq(&g->from, &st->stage_id))
		return OK;
	return h32_eq(&g->from, &st->opened) ? ERR_STAGE_OPEN : ERR_FROM_STALE;
}

static enum err
of_release(const struct judge *j, const struct stage *g)
{
	struct release r;

	if (g->release.pcrs.mask != j->now.pcrs)
		return ERR_RELEASE_PCRS;
	if (j->st->release_n == 0)
		return OK;
	TRY(state_release(j->st, &r));
	return g->release.svn >= r.svn ? OK : ERR_SVN_FALLS;
}

static enum err
of_policy(const struct judge *j, const struct stage *g)
{
	if (j->st->release_n == 0)
		return ERR_NO_RELEASE;
	return g->policy.pcrs == j->now.pcrs ? OK : ERR_POLICY_PCRS;
}

/* The open stage, if there is one, brings a policy and is backed. */
static enum err
open_is_backed_policy(const struct state *st, bool *is)
{
	struct stage g;

	*is = false;
	if (st->phase == PHASE_OPEN || !st->backed)
		return OK;
	TRY(state_stage(st, &g));
	*is = !g.has_release;
	return OK;
}

enum err
judge_stage(const struct judge *j, bool *backed)
{
	const struct stage *g = &j->p.u.stage;
	const struct policy *next = g->has_release ? NULL : &g->policy;
	bool must_back;

	if (!j->now.upgradable && j->st->release_n > 0)
		return ERR_NOT_UPGRADABLE;
	TRY(from(j->st, g));
	TRY(next ? of_policy(j, g) : of_release(j, g));
	if (g->delay < j->now.min_delay)
		return ERR_DELAY_SHORT;
	TRY(open_is_backed_policy(j->st, &must_back));
	TRY(authority_stage(&j->now, next, must_back, judge_proofs(j), backed));
	if (next)
		TRY(judge_policy(next, &j->st->chain, j->st->floor));
	return judge_signatures(j->r, j->e->seq, j->e->payload, judge_proofs(j),
	    &j->now, next);
}
