/* SPDX-License-Identifier: ISC */
#include "act_held.h"

#include "chain/hash.h"
#include "fail.h"
#include "mem.h"
#include "out.h"
#include "view/view.h"

static bool
any_held(const struct act *a)
{
	for (size_t i = 0; i < a->key_n; i++)
		if (a->key[i].signer.sign == NULL)
			return true;
	return false;
}

static enum err
take_one(struct act *a, const struct act_key *k, const struct statement *s)
{
	struct h32 kid;

	TRY(hash_sha256(k->signer.blob, &kid));
	for (size_t i = 0; i < s->proof_n; i++) {
		const struct proof *f = &s->proof[i];

		if (f->kind != PROOF_KEY || !h32_eq(&f->kid, &kid) ||
		    sshsig_verify(k->signer.blob, a->p.bytes, f->body) != OK)
			continue;
		if (a->proof_n == ENTRY_PROOFS)
			return ERR_TOO_LARGE;
		a->proof[a->proof_n++] = *f;
		a->made++;
		out_talk("signed by %s, in the server\n",
		    out_name(act_called(a, k)));
		return OK;
	}
	return fail_with(ERR_ANSWER_BAD,
	    "The server's draft has no signature by %s that verifies.",
	    out_name(k->name));
}

static enum err
take(struct act *a, const json_t *draft)
{
	const char *text =
	    json_string_value(json_object_get(draft, "statement"));
	struct statement *s = mem_new(sizeof *s);
	struct out o = mem_out(ENTRY_MAX);

	if (text == NULL || view_bytes_unbase64(span_str(text), &o) != OK ||
	    entry_statement_decode(out_span(&o), s) != OK)
		return fail_with(ERR_ANSWER_BAD,
		    "The server's draft has no statement.");
	for (size_t i = 0; i < a->key_n; i++)
		if (a->key[i].signer.sign == NULL)
			TRY(take_one(a, &a->key[i], s));
	return OK;
}

static enum err
ask(struct act *a)
{
	json_t *draft;
	enum err e;

	TRY(act_draft(a, &draft));
	e = take(a, draft);
	act_draft_end(a, json_string_value(json_object_get(draft, "id")));
	json_decref(draft);
	return e;
}

enum err
act_held_sign(struct act *a)
{
	enum err e = any_held(a) ? ask(a) : OK;

	if (e != OK && a->made > 0)
		fail_hint(
		    "nothing was sent; leave out the server's key, and the "
		    "other signatures can go without it");
	return e;
}
