/* SPDX-License-Identifier: ISC */
#ifndef WATCH_STORE_H
#define WATCH_STORE_H

#include "chain/state.h"

/*
 * What a watcher remembers, in a folder of its own: for each chain DIR/CHAIN
 * with the file `state`, every checkpoint that it saw in `checkpoints`, and
 * `evidence` of what was wrong.  A state is written whole or not at all, and
 * never by something that does not go on from it.
 */
#define WATCH_STORE_LOOSE 64 /* revocations of a chain */

struct watch_kept {
	struct h32 chain;
	struct state st; /* next_seq 0: nothing was verified yet */
	bool caught_up;  /* all that the server had was seen once */
	bool disputed;
	struct h32 disputed_stage;
	enum err wrong; /* that was told; OK: nothing is */
	/* Statements of revocation that are not in the chain. */
	size_t loose_n;
	struct span loose[WATCH_STORE_LOOSE];
};

/* The bytes of the file `state`. */
#define WATCH_STORE_MAX \
	(STATE_ENCODED_MAX + WATCH_STORE_LOOSE * ENTRY_MAX + 1024)
/* One spelling each.  The spans are borrowed.  Errors of chain/cbor.h and
 * state_decode; ERR_ENTRY_SHAPE. */
MUST_USE enum err watch_store_decode(struct span s, struct watch_kept *k);
/* ERR_NO_SPACE. */
MUST_USE enum err watch_store_encode(const struct watch_kept *k, struct out *o);

/* Makes the folder and locks it until the program ends.  ERR_WATCHED: another
 * program has it; ERR_FILE_WRITE. */
MUST_USE enum err watch_store_open(const char *dir);

/* chain and nothing else when there is nothing yet.  The spans live as long as
 * the command.  ERR_WATCH_STATE: the file is not what was written. */
MUST_USE enum err watch_store_read(const char *dir, const struct h32 *chain,
    struct watch_kept *k);
/* On the disk when this returns.  ERR_FILE_WRITE. */
MUST_USE enum err watch_store_write(const char *dir,
    const struct watch_kept *k);

/* Keeps bytes that show what is wrong as DIR/CHAIN/evidence/NAME; the same
 * bytes under the same name once, others beside them, a few: a server that
 * shows something else each time must not fill the disk.  path: where; NULL: no
 * more is kept. */
MUST_USE enum err watch_store_evidence(const char *dir, const struct h32 *chain,
    const char *name, struct span s, const char **path);

/* A checkpoint that was seen, by its size.  The first of a size stays;
 * *other: those bytes, when they are not these. */
MUST_USE enum err watch_store_checkpoint(const char *dir,
    const struct h32 *chain, uint64_t size, struct span note,
    struct span *other);
/* The one that was seen of this size; *found. */
MUST_USE enum err watch_store_seen(const char *dir, const struct h32 *chain,
    uint64_t size, struct span *note, bool *found);

/* Calls each for every chain that there is a folder of. */
MUST_USE enum err watch_store_each(const char *dir,
    enum err (*each)(void *ctx, const struct h32 *chain), void *ctx);

#endif
