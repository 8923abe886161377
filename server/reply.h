/* SPDX-License-Identifier: ISC */
#ifndef REPLY_H
#define REPLY_H

#include <jansson.h>

#include "blob.h"
#include "req.h"

enum cache {
	CACHE_NONE,       /* no-store: everything private, every error */
	CACHE_REVALIDATE, /* public, no-cache: with an ETag */
	CACHE_IMMUTABLE   /* public, max-age=31536000, immutable */
};

struct stream; /* stream.h */

/* Filled by the handler, sent by http.c.  Body: blob when set (one reference
 * is given away), else body (borrowed from the arena). */
struct reply {
	unsigned status; /* 0: the route's success status */
	const char *type;
	struct span body;
	struct blob *blob;
	struct stream *stream; /* set: it goes on, instead of a body */
	enum cache cache;
	char etag[80];        /* with its quotes; "" none */
	char location[256];   /* "" none */
	unsigned retry_after; /* seconds, 0 none */
	char link_next[256];  /* Link: <...>; rel="next"; "" none */
	/* For problems: what the error's sentence does not say, and members of
	 * the problem beside the standard ones (reference given away). */
	char detail[256];
	json_t *extra;
};

/* Dumps j (reference given away, also on error), compact, into the arena.
 * ERR_OUT_OF_MEMORY. */
MUST_USE enum err reply_json(struct req *q, struct reply *r, json_t *j);
void reply_bytes(struct reply *r, const char *type, struct span body);
/* Takes b over. */
void reply_blob(struct reply *r, const char *type, struct blob *b);
/* Sets the detail of the problem and returns e: `return reply_problem(...)`. */
MUST_USE enum err reply_problem(struct reply *r, enum err e, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/* The RFC 9457 document of e: type, title, status, code, detail, request_id
 * and extra's members; sets status, type, cache and Retry-After. */
void reply_error(struct req *q, struct reply *r, enum err e);
unsigned reply_status(enum err e);
/* RFC 9110 15: "Not Found". */
const char *reply_title(unsigned status);

#endif
