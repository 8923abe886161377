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

MUST_USE enum err http_start(struct server *s, struct http **h);
/* Stops listening, lets what runs end within grace milliseconds. */
void http_stop(struct http *h, unsigned grace);

/*
 * Completes a request whose handler answered ERR_LATER, from any thread.
 * e OK: r as a handler would have filled it.  q is gone afterwards.
 */
void http_finish(struct req *q, struct reply *r, enum err e);

#endif
