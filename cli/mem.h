/* SPDX-License-Identifier: ISC */
#ifndef MEM_H
#define MEM_H

#include "chain/span.h"

/*
 * The memory of one command: everything variable that it makes, given back at
 * once at its end.  None of these answers NULL: without memory the program
 * ends with exit 1.
 */

/* n bytes, zeroed, aligned for anything. */
__attribute__((returns_nonnull)) void *mem_new(size_t n);
/* The old bytes moved into room for n, the rest zeroed; p may be NULL. */
__attribute__((returns_nonnull)) void *mem_grow(void *p, size_t old, size_t n);
struct span mem_copy(struct span s);
__attribute__((returns_nonnull)) char *mem_string(struct span s);
__attribute__((returns_nonnull, format(printf, 1, 2))) char *
mem_printf(const char *fmt, ...);
/* An empty buffer of cap bytes. */
struct out mem_out(size_t cap);
/* Lower-case hex. */
__attribute__((returns_nonnull)) char *mem_hex(struct span s);

/* For a command that goes on for days: all that was made since the mark was
 * taken is given back.  Marks nest. */
MUST_USE void *mem_mark(void);
void mem_release(const void *mark);

void mem_free_all(void);

#endif
