/* SPDX-License-Identifier: ISC */
#ifndef SERVE_H
#define SERVE_H

#include "http.h"
#include "system/gate.h"

/*
 * The way of one request from its header to its answer, with no HTTP library
 * in sight: http.c calls these in order and moves the bytes.
 */
#define SERVE_HEADERS 20

struct serve_header {
	const char *name, *value;
};

struct serve {
	struct req q;
	struct reply r;
	char allow[ROUTE_ALLOW]; /* for 405 and OPTIONS; "" none */
	char retry_after[12];
	bool is_head;    /* HEAD: as GET, without the body */
	bool given_id;   /* q.request_id came with the request */
	bool is_public;  /* the row may be read by pages of other origins */
	bool is_last;    /* the connection must not be used again */
	uint64_t length; /* of the body; UINT64_MAX: not known before its end */
	struct span forwarded; /* X-Forwarded-For, the last of them */
	uint64_t began;        /* monotonic microseconds */
	unsigned header_n;
	struct serve_header header[SERVE_HEADERS];
};

/* Fills x->q from a request that passed the gate, whose bytes outlive it; x is
 * zero but for q.arena, q.server, q.peer, q.now and began.  seed makes the
 * request id where none came. */
void serve_begin(struct serve *x, const struct gate_request *g, uint64_t seed);

/* Finds the row.  ERR_NOT_FOUND, ERR_METHOD. */
MUST_USE enum err serve_route(struct serve *x, const struct route *table,
    size_t n);

/* Who calls, may they, and not too often.  ERR_WANT_WORKER: again with
 * q.db. */
MUST_USE enum err serve_caller(struct serve *x);

/* Before a byte of the body is read. */
MUST_USE enum err serve_body(const struct serve *x);

/* Calls the handler, with q.body whole. */
MUST_USE enum err serve_run(struct serve *x);

/* What the handler, or a step before it, answered becomes a reply: problems,
 * status, 304.  Counts and logs it. */
void serve_end(struct serve *x, enum err e, struct metrics *m);

/* Fills x->header for x->r; the values live as long as x. */
void serve_headers(struct serve *x);

#endif
