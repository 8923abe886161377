/* SPDX-License-Identifier: ISC */
#ifndef TRIAL_H
#define TRIAL_H

#include "rules.h"

/*
 * Would the chain take this payload, signed so?  The judge itself, on an entry
 * whose newest signatures do not exist yet: whoever is about to sign asks it
 * first, be it a person's tool or the process that holds keys for a server.
 */
struct trial {
	/* The verified state, which may stand in the space where the work is
	 * done; NULL: the payload is a genesis. */
	const struct state *st;
	struct span payload;
	const struct proof *made; /* signatures that exist; not verified here */
	size_t made_n;
	const struct span *blob; /* public keys that are about to sign */
	size_t blob_n;
};

/* Where the work is done; about 200 KB. */
struct trial_space {
	struct state st;
	struct entry entry;
	struct proof proof[ENTRY_PROOFS];
	uint8_t bytes[ENTRY_MAX];
};

/*
 * What rules_next says of the entry.  ERR_AUTHORITY and ERR_PROOF_SURPLUS (a
 * guardian's signature counts on a stage only beside others) may only mean
 * that more people are still to sign; everything else was in order then.
 * On OK w->st is the state after it.
 */
MUST_USE enum err trial_run(const struct trial *t, struct trial_space *w);

/*
 * The same, with as many others beside this one key as the chain needs: OK
 * means that the key has a part in this statement and that nothing else stands
 * against it.  Genesis, stage and revoke; st as in struct trial.
 * ERR_AUTHORITY: the key has no part in it; ERR_KIND_UNKNOWN: another kind.
 */
MUST_USE enum err trial_part(const struct state *st, struct span payload,
    struct span blob, struct trial_space *w);

#endif
