/* SPDX-License-Identifier: ISC */
#include "judge.h"
#include "witness.h"

/* Documents stand before checkpoints: one, and then the others. */
static enum err
one_document(struct proofs s)
{
	size_t documents = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i].kind == PROOF_KEY)
			return ERR_PROOF_KIND;
		documents += s.p[i].kind == PROOF_DOCUMENT;
	}
	return documents == 1 ? OK : ERR_RECEIPT_DOCUMENT;
}

/* As many as there must be beside the document: one or none. */
static enum err
checkpoints(struct proofs s, bool needed)
{
	if (s.n < 1U + needed)
		return ERR_CHECKPOINT_MISSING;
	return s.n == 1U + needed ? OK : ERR_PROOF_SURPLUS;
}

static enum err
place_of_accepted(const struct state *st, const struct stage *g)
{
	if (st->release_n == 0)
		return OK;
	if (st->phase != PHASE_NOTICED || !g->has_release)
		return ERR_RECEIPT_STATE;
	return st->accepted ? ERR_RECEIPT_AGAIN : OK;
}

/* The table of FORMAT.md section 7 for an open stage. */
static enum err
place(const struct state *st, const struct stage *g, enum role role)
{
	if (role == ROLE_ACCEPTED)
		return place_of_accepted(st, g);
	/* The first release has no predecessor that could sign. */
	if (st->release_n == 0)
		return ERR_RECEIPT_STATE;
	if (role == ROLE_SEEN)
		return st->phase == PHASE_NOTICED ? ERR_RECEIPT_AGAIN : OK;
	if (role == ROLE_RELEASED)
		return st->phase == PHASE_NOTICED ? OK : ERR_RECEIPT_STATE;
	return OK;
}

/* What a completing receipt needs beside time. */
static enum err
ready(const struct judge *j, const struct stage *g, enum role role)
{
	bool first = j->st->release_n == 0;

	if (role != ROLE_RELEASED && !(role == ROLE_ACCEPTED && first))
		return OK;
	if (role == ROLE_RELEASED && g->has_release && !j->st->accepted)
		return ERR_NOT_ACCEPTED;
	return judge_endorsed(j->st, &j->now, g) ? OK : ERR_NOT_ENDORSED;
}

static enum err
right_pcrs(const struct judge *j, const struct pcrs *have,
    const struct pcrs *want)
{
	return pcr_covers(have, want, j->now.pcrs) ? OK : ERR_RECEIPT_PCRS;
}

static enum err
signed_by(const struct judge *j, const struct stage *g, enum role role,
    const struct pcrs *have)
{
	struct release r;

	if (role == ROLE_ACCEPTED)
		return right_pcrs(j, have, &g->release.pcrs);
	TRY(state_release(j->st, &r));
	return right_pcrs(j, have, &r.pcrs);
}

static enum err
said(const struct judge *j, enum role role, const struct attest *a)
{
	uint8_t buf[RECEIPT_USER_DATA_MAX];
	struct out o = out_of(buf, sizeof buf);

	receipt_user_data(&o, role, &j->st->chain, &j->e->prev);
	if (o.full)
		return ERR_INTERNAL;
	if (!a->user_data.present || !span_eq(a->user_data.v, out_span(&o)))
		return ERR_RECEIPT_USER_DATA;
	return OK;
}

static enum err
inside(uint64_t t, uint64_t from, uint64_t until)
{
	if (t < from)
		return ERR_TOO_EARLY;
	return t <= until ? OK : ERR_EXPIRED;
}

static enum err
in_time(const struct judge *j, const struct stage *g, enum role role,
    uint64_t t)
{
	if (role == ROLE_LAPSED)
		return t > g->expires ? OK : ERR_NOT_EXPIRED;
	if (role == ROLE_RELEASED)
		return inside(t, judge_opens(j->st, g), g->expires);
	if (role == ROLE_ACCEPTED && j->st->release_n == 0)
		return inside(t, g->not_before, g->expires);
	return OK;
}

static enum err
document(const struct judge *j, const struct stage *g, enum role role,
    uint64_t *t)
{
	struct attest a;

	TRY(attest_parse(j->e->proof[0].body, &a));
	if (attest_is_debug(&a))
		return ERR_DOC_DEBUG;
	TRY(said(j, role, &a));
	TRY(signed_by(j, g, role, &a.pcrs));
	TRY(in_time(j, g, role, a.timestamp));
	*t = a.timestamp;
	return OK;
}

/* What is written in the checkpoint.  What `released` carries is of its own
 * time, so that nobody keeps a history of then for later. */
static enum err
checkpoint(const struct judge *j, enum role role, uint64_t t, uint64_t *ms)
{
	TRY(witness_judge(j->st, &j->now, j->e->proof[1].body, NULL, NULL, ms));
	if (role != ROLE_RELEASED)
		return OK;
	return *ms + WITNESS_BEFORE_MS >= t && *ms <= t + WITNESS_AFTER_MS
		   ? OK
		   : ERR_CHECKPOINT_TIME;
}

static enum err
run_check(void *rules, const struct check *k)
{
	const struct rules *r = (const struct rules *)rules;

	return judge_check(r, k);
}

/* Whether everything is genuine that was found to be right. */
static enum err
genuine(const struct judge *j, bool witnessed)
{
	struct check k = { .what = CHECK_DOCUMENT,
		.seq = j->e->seq,
		.doc = j->e->proof[0].body,
		.root = j->st->root };
	struct rules r = *j->r;
	uint64_t ms;

	if (r.level >= LEVEL_ATTESTED)
		TRY(judge_check(&r, &k));
	if (r.level < LEVEL_PUBLIC || !witnessed)
		return OK;
	return witness_judge(j->st, &j->now, j->e->proof[1].body, run_check, &r,
	    &ms);
}

enum err
judge_receipt(const struct judge *j, const struct stage *g, uint64_t *t,
    uint64_t *witnessed)
{
	enum role role = j->p.u.receipt.role;
	bool needed = witness_needed(j->st, &j->now, g, role);

	*witnessed = 0;
	TRY(one_document(judge_proofs(j)));
	TRY(place(j->st, g, role));
	TRY(ready(j, g, role));
	TRY(checkpoints(judge_proofs(j), needed));
	TRY(document(j, g, role, t));
	if (needed)
		TRY(checkpoint(j, role, *t, witnessed));
	return genuine(j, needed);
}
