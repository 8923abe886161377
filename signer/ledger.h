/* SPDX-License-Identifier: ISC */
#ifndef LEDGER_H
#define LEDGER_H

#include "chain/state.h"
#include "system/journal.h"

/*
 * What the signer remembers: of each chain the state after the newest entry
 * that it saw and verified, and the payloads that it signed last.  All of it
 * is in memory and in the journal; what was changed is on disk once
 * ledger_write and ledger_sync returned OK.
 */
struct ledger;

/* A signature that was given. */
struct ledger_signed {
	struct h32 kid, from, payload; /* the payload's SHA-256 */
};

#define LEDGER_SIGNED 8 /* of one chain; the oldest gives way */

struct ledger_chain {
	struct h32 chain, head;
	uint64_t next_seq;
	struct span state;            /* state_encode's form */
	unsigned signed_n, signed_at; /* how many; where the next goes */
	struct ledger_signed *given;  /* LEDGER_SIGNED of them, or NULL */
	struct ledger_chain *same;    /* the ledger's own */
};

/* The journal `record` in the folder, which is made when it is not there.
 * max: bytes of memory for chains, the last quarter for those that the
 * journal has already.  *cut, *at: as journal_open. */
MUST_USE enum err ledger_open(int folder, const uint8_t key[JOURNAL_KEY],
    size_t max, struct ledger **l, size_t *cut, size_t *at);
/* The same, read only, beside a signer that runs. */
MUST_USE enum err ledger_read(int folder, const uint8_t key[JOURNAL_KEY],
    struct ledger **l);
void ledger_close(struct ledger *l);

/* NULL when nothing of this chain was seen. */
const struct ledger_chain *ledger_find(const struct ledger *l,
    const struct h32 *chain);
size_t ledger_count(const struct ledger *l);
void ledger_each(const struct ledger *l,
    void (*call)(void *ctx, const struct ledger_chain *c), void *ctx);

/* The chain has come to st.  ERR_SIGNER_FULL, ERR_DISK_FULL: nothing was
 * changed. */
MUST_USE enum err ledger_move(struct ledger *l, const struct state *st);

/* A signature is about to be given; chain NULL: of a genesis.  The same as
 * before is not written again.  *other: the chain's key signed another
 * payload for this `from` before, and here is its hash; else zero. */
MUST_USE enum err ledger_sign(struct ledger *l, const struct h32 *chain,
    const struct ledger_signed *s, struct h32 *other);

bool ledger_pending(const struct ledger *l);
/* Writes and begins to flush; waits until it is on disk.  After an error of
 * either what is in memory is ahead of the disk: give the process up. */
MUST_USE enum err ledger_write(struct ledger *l);
MUST_USE enum err ledger_sync(struct ledger *l);
/* Makes the journal short again when it has grown; nothing may be pending. */
MUST_USE enum err ledger_compact(struct ledger *l, bool always);

#endif
