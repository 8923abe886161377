/* SPDX-License-Identifier: ISC */
#ifndef RULES_H
#define RULES_H

#include "check.h"
#include "state.h"

/*
 * The one judge: FORMAT.md sections 4 to 9.  The server accepts an entry with
 * this function, the enclave signs a receipt only when this function would
 * accept it, the verifier walks a chain with it.
 */
enum level {
	LEVEL_SIGNED, /* documents are read but not verified */
	/* Checkpoints are read and compared, but nobody's signature on them is
	 * verified. */
	LEVEL_ATTESTED,
	LEVEL_PUBLIC, /* everything in the chain */
	LEVEL_FRESH   /* and a checkpoint over its end: walk.h */
};

/* Everything here comes from the client itself; nothing that a server sent
 * can change it.  There is no switch for debug documents. */
struct rules {
	const struct h32 *root; /* trusted attestation roots */
	size_t root_n;
	enum level level;
	/* Called for every check; NULL: check_run at once, with cache.  What k
	 * points to (the entry, keys inside the state) is there during the
	 * call only: whoever runs it later copies the spans' bytes. */
	enum err (*check)(void *ctx, const struct check *k);
	void *ctx;
	struct attest_cache *cache; /* may be NULL */
};

/* The client trusts this attestation root. */
bool rules_trusts(const struct rules *r, const struct h32 *root);

/* Judges e as the next entry after st, and moves st.  On an error st is
 * unchanged.  For genesis st is all zero. */
MUST_USE enum err rules_next(const struct rules *r, struct state *st,
    const struct entry *e);

/*
 * What a statement of revocation means to st: OK when it revokes the open
 * stage with enough authority (its signatures are verified, at once),
 * ERR_STAGE_UNKNOWN when it names another stage, or why it is worth nothing.
 */
MUST_USE enum err rules_revocation(const struct rules *r,
    const struct state *st, const struct statement *t);

/*
 * The receipts that the chain would take now but for their time, in the order
 * in which to ask; `released` is not among them before `accepted` is there.
 * from and until are Unix ms, both inside: the NSM time of the document must
 * lie there.  of_stage: by the staged release, else by the one in force.
 * Endorsements that are missing keep `released` and a first `accepted` out of
 * the list.  Returns how many were written, at most 3.
 */
struct due {
	enum role role;
	uint64_t from, until;
	bool of_stage;
	bool witnessed; /* with a checkpoint of the entries so far */
};
size_t rules_due(const struct state *st, struct due due[3]);

#endif
