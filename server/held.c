/* SPDX-License-Identifier: ISC */
#include "held.h"

#include "append.h"
#include "db_key.h"
#include "idem.h"
#include "server.h"
#include "signers.h"

static bool
has_signed(const struct statement *t, const struct h32 *kid)
{
	for (size_t i = 0; i < t->proof_n; i++)
		if (t->proof[i].kind == PROOF_KEY &&
		    h32_eq(&t->proof[i].kid, kid))
			return true;
	return false;
}

static enum err
sign_one(struct req *q, enum kind kind, const struct h32 *chain,
    const char *name, struct statement *t)
{
	struct signers_key k = { .signers = q->server->signers,
		.of = { q->who.org, name },
		.kind = kind };
	struct proof *proof = &t->proof[t->proof_n];
	uint8_t *sig = arena_new(q->arena, KEY_SIG_MAX);
	struct signer signer;
	struct db_key row;
	size_t n;

	TRY(db_key_find(q->db, q->arena, q->who.org, name, &row));
	if (has_signed(t, &row.kid))
		return OK;
	if (t->proof_n == ENTRY_PROOFS)
		return ERR_PROOF_SURPLUS;
	if (sig == NULL)
		return ERR_OUT_OF_MEMORY;
	if (chain)
		k.chain = *chain;
	k.blob = row.blob;
	k.sealed = row.sealed;
	TRY(signers_signer(&k, &signer));
	TRY(signer_sign(&signer, t->payload, sig, &n));
	*proof = (struct proof){ .kind = PROOF_KEY,
		.kid = row.kid,
		.body = span_of(sig, n) };
	t->proof_n++;
	return OK;
}

enum err
held_sign(struct req *q, struct reply *r, enum kind kind,
    const struct h32 *chain, const json_t *names, struct statement *t)
{
	size_t i;
	json_t *name;

	json_array_foreach(names, i, name)
	{
		const char *text = json_string_value(name);
		char *mine = arena_string(q->arena, span_str(text));
		enum err e = mine ? sign_one(q, kind, chain, mine, t)
				  : ERR_OUT_OF_MEMORY;

		if (e == ERR_NOT_FOUND || e == ERR_AUTHORITY)
			return reply_problem(r, e,
			    e == ERR_NOT_FOUND
				? "This server holds no key %s for you."
				: "The key %s must not sign this.",
			    text);
		if (e != OK)
			return e;
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
held_append(struct req *q, struct reply *r, enum kind kind,
    const struct h32 *chain, const json_t *names, struct statement *t)
{
	struct out o = arena_out(q->arena, ENTRY_MAX);
	struct span bytes;

	TRY(held_sign(q, r, kind, chain, names, t));
	if (o.cap == 0)
		return ERR_OUT_OF_MEMORY;
	TRY(entry_statement_encode(&o, t->payload, t->proof, t->proof_n));
	bytes = out_span(&o);
	TRY(idem_statement(q, &bytes));
	return append(q, r, chain, bytes);
}
