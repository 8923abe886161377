/* SPDX-License-Identifier: ISC */
#include "repeat.h"

#include "chain/attest.h"
#include "chain/hash.h"
#include "db_entry.h"

static bool
has_signer(const struct entry *e, const struct h32 *kid)
{
	for (size_t i = 0; i < e->proof_n; i++)
		if (e->proof[i].kind == PROOF_KEY &&
		    h32_eq(&e->proof[i].kid, kid))
			return true;
	return false;
}

/* Kids are distinct in an entry, so the same number of them, each there, is
 * the same set. */
static bool
same_signers(const struct entry *e, const struct statement *t)
{
	if (e->proof_n != t->proof_n)
		return false;
	for (size_t i = 0; i < t->proof_n; i++)
		if (!has_signer(e, &t->proof[i].kid))
			return false;
	return true;
}

/* A receipt's document says itself which entry it follows. */
static bool
same_place(const struct entry *e, const struct statement *t)
{
	enum role role;
	struct h32 chain, prev;
	struct attest doc;

	return t->proof_n == 1 && t->proof[0].kind == PROOF_DOCUMENT &&
	       attest_parse(t->proof[0].body, &doc) == OK &&
	       receipt_user_data_parse(doc.user_data.v, &role, &chain, &prev) ==
		   OK &&
	       h32_eq(&prev, &e->prev);
}

enum err
repeat_find(struct db *db, struct arena *a, const struct h32 *chain,
    const struct statement *t, const struct payload *p, bool *is,
    struct appended *got)
{
	struct entry *e = arena_new(a, sizeof *e);
	struct db_entry *row;
	struct h32 payload;
	size_t n;

	*is = false;
	if (e == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(hash_sha256(t->payload, &payload));
	TRY(db_entry_of_payload(db, a, chain, &payload, &row, &n));
	for (size_t i = 0; i < n && !*is; i++) {
		TRY(entry_decode(row[i].bytes, e));
		*is = p->kind == KIND_RECEIPT ? same_place(e, t)
					      : same_signers(e, t);
		*got = (struct appended){ .chain = *chain,
			.entry = row[i].id,
			.seq = row[i].seq,
			.repeated = true };
	}
	return OK;
}
