/* SPDX-License-Identifier: ISC */
#ifndef CHECKPOINTS_H
#define CHECKPOINTS_H

#include "http.h"
#include "tiles.h"
#include "witness_list.h"

/*
 * Keeps every chain that moved covered by a checkpoint, signed by encl-signer
 * and cosigned by the witnesses that the chain's policy names: on a thread of
 * its own, off the way of appends, at most one checkpoint a chain and second.
 * Of several servers on one database one does it, and the others take over when
 * it ends.
 */
struct checkpoints;

/* The witnesses that can be asked, and the name of the logs: as the settings
 * have them.  ERR_SETTING, and why says where.  l must not be moved. */
#define CHECKPOINTS_NAME 65
struct settings;
MUST_USE enum err checkpoints_settings(const struct settings *set,
    struct witness_list *l, char name[CHECKPOINTS_NAME], char *why,
    size_t why_n);

/* s->signer is there.  ERR_SETTING, and why says where. */
MUST_USE enum err checkpoints_make(struct server *s, struct checkpoints **c,
    char *why, size_t why_n);
MUST_USE enum err checkpoints_start(struct checkpoints *c);
/* Ends every wait. */
void checkpoints_stop(struct checkpoints *c);
void checkpoints_free(struct checkpoints *c);

/* The chain moved (NULL: any may have).  From any thread, never blocks; c may
 * be NULL. */
void checkpoints_moved(struct checkpoints *c, const struct h32 *chain);

/* The log's public key, once the signer told it. */
MUST_USE bool checkpoints_key(struct checkpoints *c, struct h32 *key);
/* The name of the logs of this server. */
const char *checkpoints_name(const struct checkpoints *c);
const struct witness_list *checkpoints_witnesses(const struct checkpoints *c);
struct tiles *checkpoints_tiles(struct checkpoints *c);

/*
 * A reader who waits for cosignatures of `since` or later.  done runs
 * once, on a thread of checkpoints.c, with the row as it is then: OK, or
 * ERR_WITNESSES_WAIT when the deadline passed.
 */
struct db_checkpoint;
struct checkpoint_wait {
	struct req *q;
	struct reply *r;
	struct h32 chain;
	uint64_t size;            /* over as many entries, at least */
	uint64_t since, deadline; /* Unix ms */
	void (*done)(struct checkpoint_wait *w, enum err e,
	    const struct db_checkpoint *row);
	struct checkpoint_wait *next; /* checkpoints.c's own */
};
void checkpoints_wait(struct checkpoints *c, struct checkpoint_wait *w);

#endif
