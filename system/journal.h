/* SPDX-License-Identifier: ISC */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * An append-only file of records that survives a crash at any moment.  What
 * is put is gathered into one frame, which is written and flushed at once.  The
 * file is made longer, with zeros, before it is needed, so that the flush finds
 * nothing else to write.
 *
 *   file  = "encl/journal/1" and two NULs, zeros to 4096 bytes; frames; zeros
 *   frame = "enclfram", number: u64, length: u64, check: 8 bytes over the 24
 *           before; body; zeros; check: 16 bytes over all before
 *   body  = records, each a u32 length and its bytes
 *
 * A frame is a multiple of 4096 bytes, so that it can go to the disk directly.
 * Numbers are little-endian, frames are counted from 1.  A check is BLAKE2b
 * under the journal's key, so nobody without it can make a frame.
 */
#define JOURNAL_KEY 32
#define JOURNAL_BODY ((size_t)1 << 20) /* bytes of a frame's body, most */

struct journal;

/* Called for each record in order; an error ends the opening. */
typedef enum err journal_take(void *ctx, struct span record);

/*
 * Opens the file, or makes it, and reads it.  A frame at the end that was not
 * written whole is cut off (*cut says how many bytes).  ERR_JOURNAL: damaged
 * anywhere else, nothing is changed then, and *at is the place.  ERR_FILE,
 * ERR_OUT_OF_MEMORY.
 */
MUST_USE enum err journal_open(int folder, const char *name,
    const uint8_t key[JOURNAL_KEY], journal_take *take, void *ctx,
    struct journal **j, size_t *cut, size_t *at);
/* The same, read only, while another process writes it: up to the first frame
 * that is not whole. */
MUST_USE enum err journal_read(int folder, const char *name,
    const uint8_t key[JOURNAL_KEY], journal_take *take, void *ctx);
void journal_close(struct journal *j);

/* Room for n bytes of records more, on disk and in the frame, so that the puts
 * and the write that follow cannot fail for want of it.  ERR_DISK_FULL: there
 * is none, and nothing was changed; ERR_FILE. */
MUST_USE enum err journal_reserve(struct journal *j, size_t n);
void journal_put(struct journal *j, struct span record);
/* Something was put that is not on disk yet. */
bool journal_pending(const struct journal *j);
/* Begins to write the frame and to flush it, so that the caller can work
 * meanwhile.  journal_sync before anything else is put. */
MUST_USE enum err journal_write(struct journal *j);
/* Everything that was written is on disk when this returned OK.  Once it or
 * journal_write failed, every further call of the three does. */
MUST_USE enum err journal_sync(struct journal *j);

/* Bytes of the file that are in use. */
size_t journal_size(const struct journal *j);

/* Puts another file in this one's place, atomically, with what fill puts by
 * calling journal_reserve and journal_put.  Nothing may be pending. */
MUST_USE enum err journal_replace(struct journal *j,
    enum err (*fill)(void *ctx, struct journal *new), void *ctx);

#endif
