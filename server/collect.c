/* SPDX-License-Identifier: ISC */
#include "collect.h"

#include "chain/authority.h"
#include "server.h"

static enum err
check_proof(const struct proof *x, const struct policy *now,
    const struct payload *p)
{
	struct span blob = authority_blob(now, &x->kid);

	if (x->kind != PROOF_KEY)
		return ERR_PROOF_KIND;
	if (blob.p == NULL && p->kind == KIND_STAGE && !p->u.stage.has_release)
		blob = authority_blob(&p->u.stage.policy, &x->kid);
	if (blob.p == NULL)
		return ERR_PROOF_SURPLUS;
	return sshsig_verify(blob, p->bytes, x->body);
}

enum err
collect_check(const struct state *st, struct span payload,
    const struct proof *proof, size_t n)
{
	const struct h32 *chain;
	struct policy now;
	struct payload p;

	TRY(payload_decode(payload, &p));
	chain = payload_chain(&p);
	if (chain == NULL || p.kind == KIND_RECEIPT)
		return ERR_KIND_UNKNOWN;
	if (!h32_eq(chain, &st->chain))
		return ERR_CHAIN_FOREIGN;
	TRY(state_policy(st, &now));
	for (size_t i = 0; i < n; i++)
		TRY(check_proof(&proof[i], &now, &p));
	return OK;
}

static enum err
known_good(void *ctx, const struct check *k)
{
	(void)ctx;
	(void)k;
	return OK;
}

enum err
collect_verdict(struct req *q, const struct state *st, struct span payload,
    const struct proof *proof, size_t n, enum err *verdict)
{
	const struct server *s = q->server;
	const struct rules rules = { .root = s->root,
		.root_n = s->root_n,
		.level = LEVEL_PUBLIC,
		.check = known_good };
	struct out o = arena_out(q->arena, ENTRY_MAX);
	struct proof sorted[ENTRY_PROOFS];
	struct entry *e = arena_new(q->arena, sizeof *e);
	struct state *next = arena_new(q->arena, sizeof *next);

	if (o.cap == 0 || e == NULL || next == NULL)
		return ERR_OUT_OF_MEMORY;
	*verdict = ERR_PROOF_SURPLUS;
	if (n > ENTRY_PROOFS)
		return OK;
	memcpy(sorted, proof, n * sizeof sorted[0]);
	TRY(entry_encode(&o, &st->chain, st->next_seq, &st->head, payload,
	    sorted, n));
	TRY(entry_decode(out_span(&o), e));
	*next = *st;
	*verdict = rules_next(&rules, next, e);
	return OK;
}
