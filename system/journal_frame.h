/* SPDX-License-Identifier: ISC */
#ifndef JOURNAL_FRAME_H
#define JOURNAL_FRAME_H

#include "journal.h"

/* The bytes of a journal's file: what journal.c writes and how it is read. */
#define JOURNAL_FRAME_BLOCK ((size_t)4096)
#define JOURNAL_FRAME_FILE "encl/journal/1\0"
#define JOURNAL_FRAME_FILE_N ((size_t)16)
#define JOURNAL_FRAME_HEAD ((size_t)32)
#define JOURNAL_FRAME_CHECK ((size_t)16)
#define JOURNAL_FRAME_MAX (JOURNAL_BODY + JOURNAL_FRAME_BLOCK)

/* v as four bytes, least significant first. */
void journal_frame_u32(uint8_t *p, uint32_t v);

/* The bytes of a whole frame around a body of n bytes. */
size_t journal_frame_size(size_t n);

/* Puts head, zeros and check around a body of n bytes that stands in its place.
 * Returns the bytes of the whole frame. */
size_t journal_frame_close(uint8_t *frame, const uint8_t key[JOURNAL_KEY],
    uint64_t number, size_t n);

struct journal_frame_file {
	int fd;
	const uint8_t *key;
	uint64_t number; /* of the next frame */
	size_t end;      /* after the last whole frame */
	size_t length;   /* of the file */
	size_t torn;     /* the end of one that was not written whole, or 0 */
};

/* Reads every frame, each into room (JOURNAL_FRAME_MAX), and gives its records
 * to take.  ERR_JOURNAL: damaged at f->end.  ERR_FILE, or what take says. */
MUST_USE enum err journal_frame_read_all(struct journal_frame_file *f,
    uint8_t *room, journal_take *take, void *ctx);

#endif
