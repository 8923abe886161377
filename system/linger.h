/* SPDX-License-Identifier: ISC */
#ifndef LINGER_H
#define LINGER_H

#include "chain/span.h"

/*
 * A socket that is closed with bytes unread resets the connection, and the
 * other side may lose the answer that said why.  So the socket of a refused
 * request lives a little longer under a second descriptor, and what still
 * comes is dropped.  One list a loop, of fixed size; a value, zeroed first.
 */
#define LINGER_MAX 128

struct lingering {
	size_t n;
	struct {
		int fd;
		uint64_t until; /* steady ms */
		size_t left;    /* bytes that are still dropped */
	} item[LINGER_MAX];
};

/* fd is about to be closed by its owner. */
void linger_add(struct lingering *l, int fd, uint64_t now);
/* Drops what came, and lets go of those that are done. */
void linger_sweep(struct lingering *l, uint64_t now);
void linger_end(struct lingering *l);

#endif
