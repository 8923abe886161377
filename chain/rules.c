/* SPDX-License-Identifier: ISC */
#include "rules.h"

#include "hash.h"
#include "judge.h"
#include "witness.h"

static void
put(uint8_t *to, size_t *n, struct span v)
{
	memcpy(to, v.p, v.n);
	*n = v.n;
}

bool
rules_trusts(const struct rules *r, const struct h32 *root)
{
	for (size_t i = 0; i < r->root_n; i++) {
		if (h32_eq(&r->root[i], root))
			return true;
	}
	return false;
}

static enum err
begin(const struct judge *j, struct state *st)
{
	const struct genesis *g = &j->p.u.genesis;

	if (!j->e->genesis || j->p.kind != KIND_GENESIS)
		return ERR_NOT_GENESIS;
	if (!rules_trusts(j->r, &g->root))
		return ERR_ROOT_FOREIGN;
	TRY(authority_genesis(&g->policy, judge_proofs(j)));
	TRY(judge_policy(&g->policy, &j->e->id, g->floor));
	TRY(judge_signatures(j->r, 0, j->e->payload, judge_proofs(j),
	    &g->policy, NULL));
	st->chain = st->opened = j->e->id;
	st->root = g->root;
	st->floor = g->floor;
	put(st->label, &st->label_n, g->label);
	put(st->policy, &st->policy_n, g->policy.bytes);
	return OK;
}

/* The chain stands open again, because of entry e. */
static void
open_again(struct state *st, const struct entry *e)
{
	st->opened = e->id;
	st->phase = PHASE_OPEN;
	st->stage_id = (struct h32){ { 0 } };
	st->stage_seq = st->notice = 0;
	st->backed = st->accepted = false;
	st->endorsed = 0;
	st->stage_n = 0;
}

static enum err
stage(const struct judge *j, struct state *st)
{
	struct h32 id;
	bool backed;

	TRY(judge_stage(j, &backed));
	TRY(hash_sha256(j->e->payload, &id));
	st->phase = PHASE_STAGED;
	st->stage_id = id;
	st->stage_seq = j->e->seq;
	st->backed = backed;
	st->accepted = false;
	st->notice = 0;
	st->endorsed = 0;
	put(st->stage, &st->stage_n, j->e->payload);
	return OK;
}

static enum err
names_open_stage(const struct state *st, const struct h32 *stage)
{
	if (st->phase == PHASE_OPEN)
		return ERR_NOTHING_STAGED;
	return h32_eq(&st->stage_id, stage) ? OK : ERR_STAGE_UNKNOWN;
}

static enum err
endorse(const struct judge *j, struct state *st)
{
	const struct endorse *d = &j->p.u.endorse;
	struct stage g;
	unsigned index;

	TRY(names_open_stage(st, &d->stage));
	TRY(state_stage(st, &g));
	if (d->has_pcrs != g.has_release ||
	    (d->has_pcrs && !pcr_eq(&d->pcrs, &g.release.pcrs)))
		return ERR_ENDORSE_PCRS;
	TRY(authority_endorse(&j->now, st->endorsed, judge_proofs(j), &index));
	TRY(judge_signatures(j->r, j->e->seq, j->e->payload, judge_proofs(j),
	    &j->now, NULL));
	st->endorsed |= UINT32_C(1) << index;
	return OK;
}

/* A revoke by its payload and proofs, in a chain or beside it. */
static enum err
may_revoke(const struct state *st, const struct policy *now,
    const struct revoke *v, struct proofs s)
{
	struct stage g;

	TRY(names_open_stage(st, &v->stage));
	TRY(state_stage(st, &g));
	return authority_revoke(now, !g.has_release, st->backed, s);
}

static enum err
revoke(const struct judge *j, struct state *st)
{
	TRY(may_revoke(st, &j->now, &j->p.u.revoke, judge_proofs(j)));
	TRY(judge_signatures(j->r, j->e->seq, j->e->payload, judge_proofs(j),
	    &j->now, NULL));
	open_again(st, j->e);
	return OK;
}

static void
complete(struct state *st, const struct entry *e, const struct stage *g,
    uint64_t t)
{
	if (g->has_release) {
		put(st->release, &st->release_n, g->release.bytes);
		st->released_seq = e->seq;
		st->released_at = t;
		st->upgrades++;
	} else {
		put(st->policy, &st->policy_n, g->policy.bytes);
	}
	open_again(st, e);
}

static enum err
receipt(const struct judge *j, struct state *st)
{
	struct stage g;
	uint64_t t, witnessed;

	if (st->phase == PHASE_OPEN)
		return ERR_RECEIPT_STATE;
	TRY(state_stage(st, &g));
	TRY(judge_receipt(j, &g, &t, &witnessed));
	switch (j->p.u.receipt.role) {
	case ROLE_SEEN:
		st->phase = PHASE_NOTICED;
		st->notice = t > witnessed ? t : witnessed;
		return OK;
	case ROLE_ACCEPTED:
		if (st->release_n == 0) {
			complete(st, j->e, &g, t);
		} else {
			st->accepted = true;
		}
		return OK;
	case ROLE_RELEASED:
		complete(st, j->e, &g, t);
		return OK;
	case ROLE_LAPSED:
		open_again(st, j->e);
		return OK;
	case ROLE_LIVE:
		break;
	}
	return ERR_INTERNAL;
}

static enum err
order(const struct state *st, const struct entry *e, const struct payload *p)
{
	const struct h32 *chain = payload_chain(p);

	if (e->genesis || !chain)
		return ERR_GENESIS_AGAIN;
	if (!h32_eq(&e->chain, &st->chain) || !h32_eq(chain, &st->chain))
		return ERR_CHAIN_FOREIGN;
	if (e->seq != st->next_seq)
		return ERR_SEQ_WRONG;
	return h32_eq(&e->prev, &st->head) ? OK : ERR_PREV_WRONG;
}

static enum err
go_on(struct judge *j, struct state *st)
{
	TRY(order(st, j->e, &j->p));
	TRY(state_policy(st, &j->now));
	switch (j->p.kind) {
	case KIND_STAGE:
		return stage(j, st);
	case KIND_ENDORSE:
		return endorse(j, st);
	case KIND_REVOKE:
		return revoke(j, st);
	case KIND_RECEIPT:
		return receipt(j, st);
	case KIND_GENESIS:
		break;
	}
	return ERR_GENESIS_AGAIN;
}

enum err
rules_next(const struct rules *r, struct state *st, const struct entry *e)
{
	struct merkle tree = st->tree;
	struct judge j;

	j.r = r;
	j.st = st;
	j.e = e;
	TRY(merkle_add(&tree, &e->id));
	TRY(payload_decode(e->payload, &j.p));
	TRY(st->next_seq == 0 ? begin(&j, st) : go_on(&j, st));
	st->tree = tree;
	st->head = e->id;
	st->next_seq++;
	return OK;
}

enum err
rules_revocation(const struct rules *r, const struct state *st,
    const struct statement *t)
{
	struct proofs s = { t->proof, t->proof_n };
	struct rules at_once = *r;
	struct payload p;
	struct policy now;

	TRY(payload_decode(t->payload, &p));
	if (p.kind != KIND_REVOKE)
		return ERR_ENTRY_SHAPE;
	if (!h32_eq(&p.u.revoke.chain, &st->chain))
		return ERR_CHAIN_FOREIGN;
	TRY(state_policy(st, &now));
	TRY(may_revoke(st, &now, &p.u.revoke, s));
	at_once.check = NULL;
	return judge_signatures(&at_once, 0, t->payload, s, &now, NULL);
}

/* The list as it grows. */
struct asking {
	const struct state *st;
	const struct policy *now;
	const struct stage *g;
	struct due *due;
	size_t n;
};

static void
ask(struct asking *a, enum role role, uint64_t from, uint64_t until)
{
	if (from > until)
		return;
	a->due[a->n++] = (struct due){ .role = role,
		.from = from,
		.until = until,
		.of_stage = role == ROLE_ACCEPTED,
		.witnessed = witness_needed(a->st, a->now, a->g, role) };
}

static void
ask_while_noticed(struct asking *a, bool endorsed)
{
	uint64_t expires = a->g->expires;

	if (a->g->has_release && !a->st->accepted)
		ask(a, ROLE_ACCEPTED, 0, expires);
	else if (endorsed)
		ask(a, ROLE_RELEASED, judge_opens(a->st, a->g), expires);
}

size_t
rules_due(const struct state *st, struct due due[3])
{
	struct policy now;
	struct stage g;
	struct asking a = { st, &now, &g, due, 0 };
	bool endorsed;

	if (st->phase == PHASE_OPEN || state_policy(st, &now) != OK ||
	    state_stage(st, &g) != OK)
		return 0;
	endorsed = judge_endorsed(st, &now, &g);
	if (st->release_n == 0) {
		if (endorsed)
			ask(&a, ROLE_ACCEPTED, g.not_before, g.expires);
		return a.n;
	}
	if (st->phase == PHASE_STAGED)
		ask(&a, ROLE_SEEN, 0, g.expires);
	else
		ask_while_noticed(&a, endorsed);
	ask(&a, ROLE_LAPSED, g.expires + 1, TIME_MAX);
	return a.n;
}
