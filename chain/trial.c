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
		enum key_type type;

		TRY(key_parse(t->blob[i], &type, NULL, NULL));
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
		.level = LEVEL_ATTESTED,
		.check = pass };
	size_t n;

	TRY(root_of(t, &root));
	TRY(likely_proofs(t, w->proof, &n));
	if (t->st != NULL)
		w->st = *t->st;
	else
		memset(&w->st, 0, sizeof w->st);
	TRY(entry_encode(&o, t->st ? &t->st->chain : NULL, w->st.next_seq,
	    t->st ? &t->st->head : NULL, t->payload, w->proof, n));
	TRY(entry_decode(out_span(&o), &w->entry));
	return rules_next(&rules, &w->st, &w->entry);
}
