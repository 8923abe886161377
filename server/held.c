/* SPDX-License-Identifier: ISC */
#include "held.h"

#include "append.h"
#include "chain/hash.h"
#include "feed.h"
#include "idem.h"

static bool
has_signed(const struct statement *t, const struct h32 *kid)
{
	for (size_t i = 0; i < t->proof_n; i++)
		if (t->proof[i].kind == PROOF_KEY &&
		    h32_eq(&t->proof[i].kid, kid))
			return true;
	return false;
}

/* The statement is verified whole before it goes anywhere. */
static enum err
sign_one(struct req *q, struct reply *r, const struct h32 *chain,
    const char *name, struct statement *t)
{
	struct signer_call_answer *a = arena_new(q->arena, sizeof *a);
	struct proof proof = { .kind = PROOF_KEY };
	enum err e;

	if (a == NULL)
		return ERR_OUT_OF_MEMORY;
	if (t->proof_n == ENTRY_PROOFS)
		return ERR_PROOF_SURPLUS;
	e = feed_sign(q, chain, name, t->payload, a);
	if (e == ERR_RATE_LIMITED)
		r->retry_after = (unsigned)(a->wait / 1000 + 1);
	TRY(e);
	TRY(hash_sha256(span_of(a->key, a->key_n), &proof.kid));
	proof.body = span_of(a->sig, a->sig_n);
	if (!has_signed(t, &proof.kid))
		t->proof[t->proof_n++] = proof;
	return OK;
}

static bool
is_judged(enum err e)
{
	enum err_class class = err_class(e);

	return class == ERR_CLASS_VERIFY || class == ERR_CLASS_POLICY ||
	       class == ERR_CLASS_CONFLICT;
}

enum err
held_sign(struct req *q, struct reply *r, const struct h32 *chain,
    const json_t *names, struct statement *t)
{
	size_t i;
	json_t *name;

	if (names && !q->db)
		return ERR_WANT_WORKER;
	json_array_foreach(names, i, name)
	{
		const char *text = json_string_value(name);
		char *mine = arena_string(q->arena, span_str(text));
		enum err e =
		    mine ? sign_one(q, r, chain, mine, t) : ERR_OUT_OF_MEMORY;

		if (e == ERR_KEY_MISSING)
			return reply_problem(r, ERR_NOT_FOUND,
			    "This server holds no key %s for you.", text);
		if (is_judged(e) && e != ERR_KEYS_OFF)
			return reply_problem(r, e,
			    "The signer does not sign this with the key %s.",
			    text);
		TRY(e);
	}
	return OK;
}

static enum err
append(struct req *q, struct reply *r, const struct h32 *chain,
    struct span bytes)
{
	struct statement *t = arena_new(q->arena, sizeof *t);

	if (t == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(entry_statement_decode(bytes, t));
	return append_statement(q, r, chain, t);
}

enum err
held_retry(struct req *q, struct reply *r, const struct h32 *chain, bool *is)
{
	struct span bytes;

	TRY(idem_earlier(q, is, &bytes));
	return *is ? append(q, r, chain, bytes) : OK;
}

enum err
held_append(struct req *q, struct reply *r, const struct h32 *chain,
    const json_t *names, struct statement *t)
{
	struct out o = arena_out(q->arena, ENTRY_MAX);
	struct span bytes;

	TRY(held_sign(q, r, chain, names, t));
	if (o.cap == 0)
		return ERR_OUT_OF_MEMORY;
	TRY(entry_statement_encode(&o, t->payload, t->proof, t->proof_n));
	bytes = out_span(&o);
	TRY(idem_statement(q, &bytes));
	return append(q, r, chain, bytes);
}
