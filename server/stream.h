/* SPDX-License-Identifier: ISC */
#ifndef STREAM_H
#define STREAM_H

#include "req.h"

/*
 * A reply that goes on for as long as its reader stays.  Whoever makes one
 * embeds it, fills read, close and q, and gives it away in reply.stream of an
 * answer with status 200.  A reader that does not take what it was given within
 * some seconds is cut.
 */
struct stream {
	/* On a thread of http: writes up to n bytes to p and says how many.
	 * 0: nothing now, http_stream_wake will tell; below 0: it is over. */
	int (*read)(struct stream *s, char *p, size_t n);
	/* On a thread of http: nobody reads any more; frees it.
	 * http_stream_wake must not be called afterwards. */
	void (*close)(struct stream *s);
	struct req *q;
};

/* There may be something to read.  From any thread, never blocks. */
void http_stream_wake(struct stream *s);

#endif
