/* SPDX-License-Identifier: ISC */
#ifndef CLIENT_H
#define CLIENT_H

#include "chain/span.h"

/*
 * An HTTP/1.1 client for benches and fault runs: one thread, one epoll, many
 * connections that are kept, one request at a time on each.  It expects
 * answers with a Content-Length.
 */
struct client {
	unsigned connections;
	char address[64]; /* "127.0.0.1:8420" */
	void *ctx;
	/* The next request on connection i, whole; it must stay until it is
	 * answered.  False: there is none, now and later. */
	bool (*next)(void *ctx, unsigned i, struct span *request);
	/* Status 0: the connection broke, and no answer came.  Such a
	 * connection is made anew for its next request.  A NUL
	 * follows the body. */
	void (
	    *answer)(void *ctx, unsigned i, unsigned status, struct span body);
};

/* Runs until no connection has a request.  Returns the seconds between the
 * first request and the last answer, without the time to connect at first. */
double client_run(const struct client *c);

/* One request on a connection of its own; the body goes into buf. */
unsigned client_once(const char *address, struct span request, void *buf,
    size_t *n);

/* A POST with this body, into o. */
void client_post(struct out *o, const char *path, const char *token,
    const char *type, struct span body);

/* An answer function that takes 200 alone: at any other status the program
 * ends with 3, and says what came. */
void client_expect_ok(void *ctx, unsigned i, unsigned status, struct span body);

double client_clock(void); /* monotonic seconds */

#endif
