/* SPDX-License-Identifier: ISC */
#include "trial.h"

#include "hash.h"

/* Signatures are judged when they exist; here only whose they would be. */
static enum err
pass(void *ctx, const struct check *k)
{
	(void)ctx;
	(void)k;
	return OK;
}

/* The proofs that there are, and one that could be for each key to come. */
static enum err
likely_proofs(const struct trial *t, struct proof *proof, size_t *n)
{
	static const uint8_t zero[KEY_SIG_MAX];

	if (t->made_n + t->blob_n > ENTRY_PROOFS)
		return ERR_PROOF_SURPLUS;
	for (*n = 0; *n < t->made_n; (*n)++)
		proof[*n] = t->made[*n];
	for (size_t i = 0; i < t->blob_n; i++, (*n)++) {
		struct span public, application;
		enum key_type type;

		/* Whether it is a point was judged when it came in. */
		TRY(key_shape(t->blob[i], &type, &public, &application));
		proof[*n].kind = PROOF_KEY;
		TRY(hash_sha256(t->blob[i], &proof[*n].kid));
		proof[*n].body = span_of(zero, key_sig_size(type));
	}
	return OK;
}

/* A genesis brings its own root, which nobody has to trust for this. */
static enum err
root_of(const struct trial *t, struct h32 *root)
{
	struct payload p;

	if (t->st != NULL) {
		*root = t->st->root;
		return OK;
	}
	TRY(payload_decode(t->payload, &p));
	if (p.kind != KIND_GENESIS)
		return ERR_NOT_GENESIS;
	*root = p.u.genesis.root;
	return OK;
}

enum err
trial_run(const struct trial *t, struct trial_space *w)
{
	struct out o = out_of(w->bytes, sizeof w->bytes);
	struct h32 root;
	const struct rules rules = { .root = &root,
		.root_n = 1,
		.level = LEVEL_PUBLIC,
		.check = pass };
	size_t n;

	TRY(root_of(t, &root));
	TRY(likely_proofs(t, w->proof, &n));
	if (t->st == NULL)
		memset(&w->st, 0, sizeof w->st);
	else if (t->st != &w->st)
		w->st = *t->st;
	TRY(entry_encode(&o, t->st ? &t->st->chain : NULL, w->st.next_seq,
	    t->st ? &t->st->head : NULL, t->payload, w->proof, n));
	TRY(entry_decode(out_span(&o), &w->entry));
	return rules_next(&rules, &w->st, &w->entry);
}

/* Keys that sign in a trial of one key's part. */
struct cast {
	size_t n;
	struct span blob[ENTRY_PROOFS];
	struct h32 kid[ENTRY_PROOFS];
};

static void
add(struct cast *c, struct span blob, const struct h32 *kid)
{
	for (size_t i = 0; i < c->n; i++)
		if (h32_eq(&c->kid[i], kid))
			return;
	if (c->n == ENTRY_PROOFS)
		return;
	c->blob[c->n] = blob;
	c->kid[c->n++] = *kid;
}

/* As many keys of the set as make n, those that are there already counted. */
static void
add_some(struct cast *c, const struct keyset *set, size_t n)
{
	size_t has = 0;

	for (size_t i = 0; i < c->n; i++)
		has += policy_key_index(set, &c->kid[i]) >= 0;
	for (size_t i = 0; i < set->n && has < n; i++) {
		size_t before = c->n;

		add(c, set->key[i].blob, &set->key[i].kid);
		has += c->n - before;
	}
}

static bool
in(const struct keyset *set, const struct h32 *kid)
{
	return policy_key_index(set, kid) >= 0;
}

static enum err
cast_stage(struct cast *c, const struct state *st, const struct policy *now,
    const struct stage *g)
{
	const struct policy *next = g->has_release ? NULL : &g->policy;
	bool guardian = in(&now->guardians, &c->kid[0]);

	if (!guardian && !in(&now->control, &c->kid[0]) &&
	    !(next && in(&next->control, &c->kid[0])))
		return ERR_AUTHORITY;
	add_some(c, &now->control, now->threshold);
	if (next)
		add_some(c, &next->control, next->threshold);
	if (guardian || (st->phase != PHASE_OPEN && st->backed))
		add_some(c, &now->guardians, policy_majority(now));
	return OK;
}

static enum err
cast_revoke(struct cast *c, const struct policy *now)
{
	if (in(&now->guardians, &c->kid[0]))
		add_some(c, &now->guardians, policy_majority(now));
	else if (in(&now->control, &c->kid[0]))
		add_some(c, &now->control, now->threshold);
	else
		return ERR_AUTHORITY;
	return OK;
}

static enum err
cast_all(struct cast *c, const struct state *st, const struct payload *p)
{
	struct policy now;

	if (p->kind == KIND_GENESIS) {
		const struct policy *own = &p->u.genesis.policy;

		if (!in(&own->control, &c->kid[0]))
			return ERR_AUTHORITY;
		add_some(c, &own->control, own->threshold);
		return OK;
	}
	if (p->kind != KIND_STAGE && p->kind != KIND_REVOKE)
		return ERR_KIND_UNKNOWN;
	if (st == NULL)
		return ERR_NOT_GENESIS;
	TRY(state_policy(st, &now));
	return p->kind == KIND_STAGE ? cast_stage(c, st, &now, &p->u.stage)
				     : cast_revoke(c, &now);
}

enum err
trial_part(const struct state *st, struct span payload, struct span blob,
    struct trial_space *w)
{
	struct trial t = { .st = st, .payload = payload };
	struct cast c = { .n = 0 };
	struct payload p;
	struct h32 kid;

	TRY(payload_decode(payload, &p));
	TRY(hash_sha256(blob, &kid));
	add(&c, blob, &kid);
	TRY(cast_all(&c, st, &p));
	t.blob = c.blob;
	t.blob_n = c.n;
	return trial_run(&t, w);
}
