/* SPDX-License-Identifier: ISC */
#include "repeat.h"

#include "chain/attest.h"
#include "chain/hash.h"

/* What the document of a receipt says it is. */
static bool
receipt_prev(const struct statement *t, struct h32 *prev)
{
	struct attest a;
	struct h32 chain;
	enum role role;

	/* a document stands before the checkpoint that may go with it */
	return t->proof_n > 0 && t->proof[0].kind == PROOF_DOCUMENT &&
	       attest_parse(t->proof[0].body, &a) == OK &&
	       a.user_data.present &&
	       receipt_user_data_parse(a.user_data.v, &role, &chain, prev) ==
		   OK;
}

void
repeat_wanted(const struct h32 *chain, const struct statement *t,
    const struct payload *p, struct db_entry_wanted *w, bool *is)
{
	w->chain = *chain;
	w->is_prev = p->kind == KIND_RECEIPT;
	if (w->is_prev)
		*is = receipt_prev(t, &w->payload);
	else
		*is = hash_sha256(t->payload, &w->payload) == OK;
}

static bool
has_kid(const struct entry *e, const struct h32 *kid)
{
	for (size_t i = 0; i < e->proof_n; i++)
		if (e->proof[i].kind == PROOF_KEY &&
		    h32_eq(&e->proof[i].kid, kid))
			return true;
	return false;
}

bool
repeat_is(const struct statement *t, const struct payload *p,
    const struct entry *e)
{
	/* A receipt's payload is its role; its place was looked up. */
	if (!span_eq(t->payload, e->payload))
		return false;
	if (p->kind == KIND_RECEIPT)
		return true;
	if (t->proof_n != e->proof_n)
		return false;
	for (size_t i = 0; i < t->proof_n; i++)
		if (t->proof[i].kind != PROOF_KEY ||
		    !has_kid(e, &t->proof[i].kid))
			return false;
	return true;
}

enum err
repeat_find(struct db *db, struct arena *a, const struct h32 *chain,
    const struct statement *t, const struct payload *p, bool *is,
    struct appended *got)
{
	struct entry *e = arena_new(a, sizeof *e);
	struct db_entry_wanted w;
	struct db_entry_found *f;
	bool sought;
	size_t n;

	*is = false;
	if (!e)
		return ERR_OUT_OF_MEMORY;
	repeat_wanted(chain, t, p, &w, &sought);
	if (!sought)
		return OK;
	TRY(db_entry_find(db, a, &w, 1, &f, &n));
	for (size_t i = 0; i < n && !*is; i++) {
		TRY(entry_decode(f[i].entry.bytes, e));
		*is = repeat_is(t, p, e);
		*got = (struct appended){ *chain, e->id, e->seq, true };
	}
	return OK;
}
