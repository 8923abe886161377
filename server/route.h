/* SPDX-License-Identifier: ISC */
#ifndef ROUTE_H
#define ROUTE_H

#include "reply.h"
#include "req.h"

enum who {
	WHO_ANYONE, /* public; a token that comes along is checked all the same
		     */
	WHO_TOKEN,  /* a valid token with the row's scopes */
	WHO_EITHER  /* public chains to anyone, private ones to their owners */
};

enum limit { /* which rate limit counts a call */
	LIMIT_READ,
	LIMIT_WRITE,
	LIMIT_NONE /* appends decide themselves: a revoke is never limited */
};

/*
 * One row per operation; openapi/encl.json has the same rows, and a test
 * fails on a difference in either direction.
 */
struct route {
	const char *method; /* "GET" */
	const char *path;   /* "/v1/chains/{chain}/entries/{seq}" */
	const char *id;     /* operationId */
	enum who who;
	uint32_t scopes; /* all of them, with WHO_TOKEN */
	enum limit limit;
	unsigned status;  /* on success */
	size_t body_max;  /* 0: a body is an error */
	const char *body; /* exact media type: "application/json", or NULL;
			   * several parted by a space */
	bool on_loop; /* may be tried on a loop thread first, without a db */
	bool idempotent_key; /* Idempotency-Key is honoured */
	/* ERR_LATER: the handler gave the request to somebody who will call
	 * http_finish; ERR_WANT_WORKER: call again with a db. */
	enum err (*handler)(struct req *q, struct reply *r);
};

extern const struct route routes[]; /* routes.c */
extern const size_t route_count;

/* Where a path leads.  allow, for ERR_METHOD, is "GET, HEAD, POST", and row the
 * first row of another method; else "". */
#define ROUTE_ALLOW 64
struct route_found {
	const struct route *row; /* NULL: ERR_NOT_FOUND */
	struct span arg[REQ_ARGS];
	char allow[ROUTE_ALLOW];
};

/* ERR_NOT_FOUND, ERR_METHOD.  HEAD finds GET rows. */
MUST_USE enum err route_find(const struct route *table, size_t n,
    struct span method, struct span path, struct route_found *f);

#endif
