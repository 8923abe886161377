/* SPDX-License-Identifier: ISC */
#ifndef DECIDE_H
#define DECIDE_H

#include "chain/trial.h"
#include "ledger.h"

/*
 * What the signer takes for true, and what it signs.  Every rule is
 * chain/rules.h's, asked with what the ledger remembers; here stands only that
 * a chain never goes back and never forks.
 */
struct decide {
	struct ledger *ledger;
	const struct h32 *root; /* trusted attestation roots */
	size_t root_n;
	/* While one request is judged. */
	struct attest_cache cache;
	struct state st;
	struct entry entry;
	struct trial_space trial;
};

/*
 * Walks entries of one chain, back to back, from where the ledger stands; those
 * that it saw before are passed over.  chain: the only one that is wanted, or
 * NULL.  *next: the first entry that is lacking then, also after an error (what
 * was good before the bad one is kept).  ERR_SIGNER_BEHIND: entries are missing
 * before these.  ERR_SIGNER_FORK: another entry stands where one was seen.
 * ERR_CHAIN_FOREIGN, and whatever rules_next says.
 */
MUST_USE enum err decide_feed(struct decide *d, struct span entries,
    const struct h32 *chain, uint64_t *next);

/* What is about to be signed. */
struct decide_wanted {
	struct span payload, blob; /* the key's */
	const struct h32 *kid;
	/* Where the asker's chain stands; not looked at for a genesis. */
	uint64_t next_seq;
	struct h32 head;
};

struct decide_found {
	struct payload payload; /* decoded, when that could be done */
	struct h32 hash;        /* its SHA-256 */
	struct h32 other; /* signed for the same `from` before; zero: none */
	uint64_t next;    /* with ERR_SIGNER_BEHIND */
};

/* OK: this key may sign it, so far as the chain's rules go.
 * ERR_SIGNER_BEHIND: entries from f->next on are lacking.  ERR_SIGNER_AHEAD,
 * ERR_SIGNER_FORK: the asker's chain is older, or another.
 * ERR_SIGNER_REFUSED: no statement that a server's key makes.  ERR_AUTHORITY:
 * the key has no part in it.  Else what the judge says. */
MUST_USE enum err decide_sign(struct decide *d, const struct decide_wanted *w,
    struct decide_found *f);

/* A checkpoint of the log that a chain is. */
struct decide_log {
	struct span name; /* without the chain */
	struct h32 key, chain;
	/* Where the asker's chain stands. */
	uint64_t next_seq;
	struct h32 head;
};

/* What the log says of the chain as the ledger has it: checkpoint_text.  The
 * ledger never goes back and never forks, so neither does the log.  *next as
 * in decide_found.  ERR_SIGNER_BEHIND, ERR_SIGNER_AHEAD, ERR_SIGNER_FORK.
 * ERR_SIGNER_REFUSED: the chain's policy names another log. */
MUST_USE enum err decide_checkpoint(struct decide *d,
    const struct decide_log *w, struct out *text, uint64_t *next);

/* Puts it down in the ledger, before the signature leaves. */
MUST_USE enum err decide_record(struct decide *d, const struct decide_wanted *w,
    struct decide_found *f);

#endif
