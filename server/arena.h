/* SPDX-License-Identifier: ISC */
#ifndef ARENA_H
#define ARENA_H

#include "chain/span.h"

/*
 * Everything variable that one request makes, released in one call.  An arena
 * has a limit; past it arena_new answers NULL, which handlers turn into
 * ERR_OUT_OF_MEMORY.  Not for two threads at once.
 */
struct arena;

/* first: the size of the first block, limit: of all of them, in bytes. */
struct arena *arena_make(size_t first, size_t limit);
void arena_free(struct arena *a);
/* Keeps the first block. */
void arena_reset(struct arena *a);
/* The bytes of its blocks. */
size_t arena_taken(const struct arena *a);

/* n bytes, zeroed, aligned for anything, or NULL. */
MUST_USE void *arena_new(struct arena *a, size_t n);
/* A copy, or a span with p NULL. */
MUST_USE struct span arena_copy(struct arena *a, struct span s);
/* printf into the arena, or NULL. */
MUST_USE char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A C string of s (NULs refused: NULL). */
MUST_USE char *arena_string(struct arena *a, struct span s);
/* An empty buffer of cap bytes; cap 0 when there is no room. */
struct out arena_out(struct arena *a, size_t cap);

#endif
