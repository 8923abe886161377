/* SPDX-License-Identifier: ISC */
#include "witness.h"

#include "text.h"

void
witness_origin(struct out *o, struct span name, const struct h32 *chain)
{
	uint8_t hex[2 * sizeof chain->b + 1];
	struct out h = out_of(hex, sizeof hex);

	text_hex(&h, h32_span(chain));
	out_put(o, name.p, name.n);
	out_put(o, "/", 1);
	out_put(o, hex, h.n);
}

/* The i-th witness, after those before it. */
static bool
add_witness(struct witness_set *w, struct span vkey)
{
	struct note_key *k = &w->key[w->n];

	if (note_vkey_shape(vkey, k) != OK || k->type != NOTE_COSIGNATURE ||
	    h32_eq(&k->public, &w->log.public))
		return false;
	for (size_t i = 0; i < w->n; i++) {
		if (h32_eq(&k->public, &w->key[i].public) ||
		    span_eq(k->name, w->key[i].name))
			return false;
	}
	w->n++;
	return true;
}

enum err
witness_set_of(const struct policy *p, const struct h32 *chain,
    struct witness_set *w)
{
	struct out o = out_of(w->origin_bytes, sizeof w->origin_bytes);

	if (!p->has_witnesses)
		return ERR_POLICY_WITNESSES;
	witness_origin(&o, p->log_name, chain);
	if (o.full || note_key_make(&w->log, out_span(&o), NOTE_ED25519,
			  p->log_key.b) != OK)
		return ERR_POLICY_WITNESSES;
	w->n = 0;
	w->threshold = p->witness_threshold;
	for (size_t i = 0; i < p->witness_n; i++) {
		if (!add_witness(w, p->witness[i]))
			return ERR_POLICY_WITNESSES;
	}
	return OK;
}

static enum err
point(const struct note_key *k)
{
	return curve_check(CURVE_ED25519, h32_span(&k->public)) == OK
		   ? OK
		   : ERR_POLICY_WITNESSES;
}

enum err
witness_points(const struct witness_set *w)
{
	TRY(point(&w->log));
	for (size_t i = 0; i < w->n; i++)
		TRY(point(&w->key[i]));
	return OK;
}

/* A checkpoint, read against the policy. */
struct reading {
	struct witness_set set;
	struct checkpoint c;
	uint64_t second[POLICY_KEYS]; /* of set.key[i]; 0: has not cosigned */
	uint8_t sig[POLICY_KEYS][64], log_sig[64];
};

/* The log, the size and the root. */
static enum err
compare(const struct state *st, struct reading *r)
{
	const struct note_signature *line;
	struct h32 root;

	if (!span_eq(r->c.origin, r->set.log.name))
		return ERR_CHECKPOINT_ORIGIN;
	if (r->c.size != st->next_seq)
		return ERR_CHECKPOINT_SIZE;
	TRY(merkle_root(&st->tree, &root));
	if (!h32_eq(&r->c.root, &root))
		return ERR_CHECKPOINT_ROOT;
	TRY(note_find(&r->c.note, &r->set.log, sizeof r->log_sig, r->log_sig,
	    &line));
	return line ? OK : ERR_CHECKPOINT_SIG;
}

/* The k-th smallest of the times that are there, k the threshold. */
static enum err
when(const struct reading *r, uint64_t *ms)
{
	uint64_t sorted[POLICY_KEYS];
	size_t n = 0;

	for (size_t i = 0; i < r->set.n; i++) {
		size_t at = n;

		if (r->second[i] == 0)
			continue;
		for (; at > 0 && sorted[at - 1] > r->second[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = r->second[i];
		n++;
	}
	if (n < r->set.threshold)
		return ERR_WITNESSES_FEW;
	*ms = sorted[r->set.threshold - 1] * 1000 + 999;
	return OK;
}

static enum err
cosignatures(struct reading *r)
{
	for (size_t i = 0; i < r->set.n; i++) {
		TRY(checkpoint_cosignature(&r->c, &r->set.key[i], &r->second[i],
		    r->sig[i]));
		if (r->second[i] > TIME_MAX / 1000)
			return ERR_TIME_RANGE;
	}
	return OK;
}

/* The log's signature and the cosignatures that are there, all of them. */
static enum err
verify(const struct state *st, const struct reading *r,
    enum err (*run)(void *ctx, const struct check *k), void *ctx)
{
	struct check k = { .what = CHECK_NOTE,
		.seq = st->next_seq,
		.payload = r->c.note.text,
		.sig = span_of(r->log_sig, sizeof r->log_sig),
		.key = r->set.log.public };

	TRY(run(ctx, &k));
	for (size_t i = 0; i < r->set.n; i++) {
		if (r->second[i] == 0)
			continue;
		k.key = r->set.key[i].public;
		k.seconds = r->second[i];
		k.sig = span_of(r->sig[i], sizeof r->sig[i]);
		TRY(run(ctx, &k));
	}
	return OK;
}

enum err
witness_judge(const struct state *st, const struct policy *now,
    struct span checkpoint, enum err (*run)(void *ctx, const struct check *k),
    void *ctx, uint64_t *ms)
{
	struct reading r;

	TRY(witness_set_of(now, &st->chain, &r.set));
	TRY(checkpoint_decode(checkpoint, &r.c));
	TRY(compare(st, &r));
	TRY(cosignatures(&r));
	TRY(when(&r, ms));
	return run ? verify(st, &r, run, ctx) : OK;
}

bool
witness_needed(const struct state *st, const struct policy *now,
    const struct stage *g, enum role role)
{
	if (!now->has_witnesses || role == ROLE_LAPSED || role == ROLE_LIVE ||
	    (role == ROLE_ACCEPTED && st->release_n == 0))
		return false;
	return g->has_release || !st->backed ||
	       !policy_same_but_witnesses(now, &g->policy);
}
