/* SPDX-License-Identifier: ISC */
#ifndef HTTP_H
#define HTTP_H

#include "route.h"

/*
 * The one place that knows libmicrohttpd.  loops threads, each with its own
 * daemon, listening socket (SO_REUSEPORT) and external epoll; workers threads
 * with a database connection each.  A request goes: header gate, route row,
 * caller, limits, body, handler on the loop or on a worker, reply.
 */
struct http;

struct http_config {
	const char *listen; /* "127.0.0.1:8420", "[::1]:0" */
	const struct route *table;
	size_t n;
	unsigned loops, workers;
	unsigned max_connections, max_connections_ip;
	/* What large replies may take in memory, bytes beside cached ones;
	 * 0: no limit.  Reads beyond it are answered ERR_BUSY. */
	size_t replies;
	const char *proxies;     /* see settings.h */
	struct metrics *metrics; /* NULL: not counted */
};

/* c is not needed afterwards, table is.  ERR_LISTEN. */
MUST_USE enum err http_start(struct server *s, const struct http_config *c,
    struct http **h);
/* The port that it listens on. */
uint16_t http_port(const struct http *h);
/* Stops listening, waits for the requests that run, and up to grace
 * milliseconds for the replies that are being sent. */
void http_stop(struct http *h, unsigned grace);

/*
 * Completes a request whose handler answered ERR_LATER, from any thread.
 * e OK: r as a handler would have filled it.  q is gone afterwards.
 */
void http_finish(struct req *q, struct reply *r, enum err e);

/*
 * The other way to go on after ERR_LATER, from any thread: the handler is
 * called once more, on a worker, with an empty reply and q->again one higher.
 */
void http_again(struct req *q, struct reply *r);

#endif
