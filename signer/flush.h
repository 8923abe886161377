/* SPDX-License-Identifier: ISC */
#ifndef FLUSH_H
#define FLUSH_H

#include <stdbool.h>

/* One fdatasync that the kernel does while the caller goes on: Linux's own
 * asynchronous IO.  Where there is none, nothing begins. */
struct flush {
	unsigned long context; /* 0: none */
};

void flush_open(struct flush *f);
void flush_close(struct flush *f);
/* False: it did not begin; call fdatasync instead. */
bool flush_begin(struct flush *f, int fd);
/* Waits for it.  False: what was written may not be on disk. */
bool flush_end(struct flush *f);

#endif
