/* SPDX-License-Identifier: ISC */
#ifndef FLUSH_H
#define FLUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One write that is on disk when it ends, and that the kernel does while the
 * caller goes on: Linux's own asynchronous IO, with RWF_DSYNC, which is
 * fdatasync for what it writes.  Where there is none the caller does both.
 */
struct flush {
	unsigned long context; /* 0: none */
};

void flush_open(struct flush *f);
void flush_close(struct flush *f);
/* False: it did not begin.  The bytes stay as they are until flush_end. */
bool flush_begin(struct flush *f, int fd, const uint8_t *p, size_t n,
    size_t at);
/* Waits for it.  False: those n bytes may not be on disk. */
bool flush_end(struct flush *f, size_t n);

#endif
