/* SPDX-License-Identifier: ISC */
#include "judge.h"

#include "witness.h"

enum err
judge_check(const struct rules *r, const struct check *k)
{
	return r->check ? r->check(r->ctx, k) : check_run(k, r->cache);
}

enum err
judge_signatures(const struct rules *r, uint64_t seq, struct span payload,
    struct proofs s, const struct policy *now, const struct policy *next)
{
	struct check k = { .what = CHECK_SIGNATURE,
		.seq = seq,
		.payload = payload };

	for (size_t i = 0; i < s.n; i++) {
		k.blob = authority_blob(now, &s.p[i].kid);
		if (!k.blob.p && next)
			k.blob = authority_blob(next, &s.p[i].kid);
		k.sig = s.p[i].body;
		TRY(judge_check(r, &k));
	}
	return OK;
}

static enum err
points(const struct keyset *s)
{
	for (size_t i = 0; i < s->n; i++)
		TRY(key_parse(s->key[i].blob, NULL, NULL, NULL));
	return OK;
}

enum err
judge_policy(const struct policy *p, const struct h32 *chain, uint64_t floor)
{
	struct witness_set set;

	if (p->has_witnesses) {
		TRY(witness_set_of(p, chain, &set));
		TRY(witness_points(&set));
	}
	if (p->min_delay < floor)
		return ERR_POLICY_FLOOR;
	TRY(points(&p->control));
	TRY(points(&p->guardians));
	return points(&p->endorsers);
}

struct proofs
judge_proofs(const struct judge *j)
{
	return (struct proofs){ j->e->proof, j->e->proof_n };
}

uint64_t
judge_opens(const struct state *st, const struct stage *g)
{
	uint64_t t = st->notice + g->delay;

	return t > g->not_before ? t : g->not_before;
}

bool
judge_endorsed(const struct state *st, const struct policy *now,
    const struct stage *g)
{
	if (!now->has_endorsers || (!g->has_release && st->backed))
		return true;
	return (uint64_t)__builtin_popcount(st->endorsed) >=
	       now->endorser_threshold;
}
