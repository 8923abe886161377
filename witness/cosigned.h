/* SPDX-License-Identifier: ISC */
#ifndef COSIGNED_H
#define COSIGNED_H

#include "chain/checkpoint.h"
#include "system/journal.h"

/*
 * What the witness remembers: of each log the newest checkpoint that it
 * cosigned, as the note that says so.  All of it is in memory and in the
 * journal `cosigned`, whose records are the witness's vkey and then those
 * notes; what was put is on disk once cosigned_flush returned OK.
 */
struct cosigned;

#define COSIGNED_NOTE 4096 /* bytes of a note that is kept, most */

struct cosigned_log {
	struct h32 id; /* SHA-256 of the origin */
	uint64_t size, seconds;
	struct h32 root;
	struct span note; /* checkpoint, the log's signatures, ours */
	bool split;       /* it has shown two histories: told already */
	struct cosigned_log *same; /* the table's own */
};

/* A journal in the folder with nothing in it but whose it is.
 * ERR_FILE_EXISTS, and the journal's. */
MUST_USE enum err cosigned_init(int folder, const uint8_t key[JOURNAL_KEY],
    const struct note_key *self);
/* Reads it.  self: whose cosignature each note carries.  max: logs, most.
 * ERR_FILE_READ: it is not there; ERR_JOURNAL: of another witness, too.  *cut,
 * *at and the other errors: as journal_open. */
MUST_USE enum err cosigned_open(int folder, const uint8_t key[JOURNAL_KEY],
    const struct note_key *self, size_t max, struct cosigned **c, size_t *cut,
    size_t *at);
/* The same, read only, beside a witness that runs. */
MUST_USE enum err cosigned_read(int folder, const uint8_t key[JOURNAL_KEY],
    const struct note_key *self, struct cosigned **c);
void cosigned_close(struct cosigned *c);

/* NULL when nothing of this log was cosigned. */
struct cosigned_log *cosigned_find(const struct cosigned *c,
    const struct h32 *id);
size_t cosigned_count(const struct cosigned *c);
size_t cosigned_size(const struct cosigned *c);     /* bytes of the journal */
uint64_t cosigned_newest(const struct cosigned *c); /* seconds; 0 none */
void cosigned_each(const struct cosigned *c,
    void (*call)(void *ctx, const struct cosigned_log *l), void *ctx);

/* The log's newest is now this; its note is copied.  ERR_WITNESS_FULL,
 * ERR_DISK_FULL, ERR_OUT_OF_MEMORY: nothing was changed. */
MUST_USE enum err cosigned_put(struct cosigned *c,
    const struct cosigned_log *now);

/* Something was put that is not on disk yet: nothing that depends on it may be
 * said. */
bool cosigned_pending(const struct cosigned *c);
/* After an error what is in memory is ahead of the disk: give the process
 * up. */
MUST_USE enum err cosigned_flush(struct cosigned *c);

#endif
