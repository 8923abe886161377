/* SPDX-License-Identifier: ISC */
#ifndef REQ_H
#define REQ_H

#include "arena.h"
#include "chain/err.h"
#include "chain/span.h"

struct server;
struct db;
struct route;

/* What a token lets its bearer do.  The names are the wire names of the
 * scopes with ':' for '_': "enclave:read". */
enum scope {
	SCOPE_ENCLAVE_READ = 1 << 0,
	SCOPE_ENCLAVE_WRITE = 1 << 1,
	SCOPE_UPGRADE_STAGE = 1 << 2,
	SCOPE_KEY_MANAGE = 1 << 3,
	SCOPE_TOKEN_MANAGE = 1 << 4,
	SCOPE_MEMBER_MANAGE = 1 << 5,
	SCOPE_AUDIT_READ = 1 << 6,
	SCOPE_AGENT = 1 << 7
};

/* Who asks.  Organisation and rights come from the token alone. */
struct caller {
	bool known;     /* a valid token came along */
	int64_t org;    /* 0 when unknown */
	int64_t token;  /* 0 when unknown */
	int64_t member; /* that owns the token; 0 when unknown */
	uint32_t scopes;
	char name[65]; /* of the member */
	char org_name[65];
	uint64_t expires; /* Unix ms */
};

#define REQ_ARGS 5

/*
 * One request, as a handler sees it: no HTTP library in sight.  All spans are
 * borrowed from memory that lives as long as the request.
 */
struct req {
	const struct route *route;
	struct span method, path; /* as sent, path without the query */
	struct span
	    arg[REQ_ARGS]; /* of the {..} parts of the route, in order */
	struct span query; /* raw, after '?' */
	struct span body;
	struct span accept, content_type, authorization, if_none_match,
	    idempotency_key, last_event_id;
	char request_id[33]; /* of ours, or the X-Request-Id that came */
	char peer[64];       /* address for rate limits and logs */
	uint64_t now;        /* Unix ms, taken once */
	struct caller who;
	struct arena *arena;
	struct server *server;
	struct db *db;  /* NULL on a loop thread: ERR_WANT_WORKER goes there */
	unsigned again; /* how often http_again brought it back here */
	bool counted;   /* the rate limit of writes has heard of it */
	bool lost;      /* it was refused, and comes back to hear why */
};

/* The decoded value of a query parameter; found false when absent.
 * ERR_QUERY_BAD: twice, or bad escapes. */
MUST_USE enum err req_query(struct req *r, const char *name, bool *found,
    struct span *value);
/* A number in [min,max], or dflt when absent.  ERR_QUERY_BAD. */
MUST_USE enum err req_query_uint(struct req *r, const char *name, uint64_t min,
    uint64_t max, uint64_t dflt, uint64_t *value);
/* ERR_QUERY_BAD when a parameter is not one of these names (NULL-ended). */
MUST_USE enum err req_query_only(struct req *r, const char *const *names);
/* 64 lower-case hex digits of arg[i]; ERR_NOT_FOUND otherwise. */
MUST_USE enum err req_arg_h32(const struct req *r, size_t i, struct h32 *h);

#endif
