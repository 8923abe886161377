/* SPDX-License-Identifier: ISC */
#include "serve.h"

#include <stdio.h>
#include <strings.h>

#include "auth.h"
#include "limit.h"
#include "log.h"
#include "metrics.h"
#include "server.h"
#include "system/clock.h"

#define REQUEST_ID_MAX 32
#define CALL_BYTES 65536 /* that an answer may have made for it */

static bool
id_fits(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			(c >= 'a' && c <= 'z') || c == '-' || c == '_'))
			return false;
	}
	return s.n > 0 && s.n <= REQUEST_ID_MAX;
}

static void
make_id(char id[REQUEST_ID_MAX + 1], uint64_t seed)
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 16; i-- > 0; seed >>= 4)
		id[i] = hex[seed & 15];
	id[16] = '\0';
}

static bool
named(struct span name, const char *text, size_t n)
{
	return name.n == n && strncasecmp((const char *)name.p, text, n) == 0;
}

#define NAMED(h, text) named((h)->name, text, sizeof(text) - 1)

/* The gate has seen that it is 1 to 18 digits. */
static uint64_t
number(struct span s)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	return v;
}

static void
take_header(struct serve *x, const struct gate_header *h)
{
	struct req *q = &x->q;

	if (NAMED(h, "accept")) {
		q->accept = h->value;
	} else if (NAMED(h, "authorization")) {
		q->authorization = h->value;
	} else if (NAMED(h, "content-type")) {
		q->content_type = h->value;
	} else if (NAMED(h, "if-none-match")) {
		q->if_none_match = h->value;
	} else if (NAMED(h, "idempotency-key")) {
		q->idempotency_key = h->value;
	} else if (NAMED(h, "last-event-id")) {
		q->last_event_id = h->value;
	} else if (NAMED(h, "x-forwarded-for")) {
		x->forwarded = h->value;
	} else if (NAMED(h, "content-length")) {
		x->length = number(h->value);
	} else if (NAMED(h, "transfer-encoding")) {
		/* The library ends chunk lines at a bare LF too: what follows
		 * such a body is never taken for a request. */
		x->length = UINT64_MAX;
		x->is_last = true;
	} else if (NAMED(h, "x-request-id") && id_fits(h->value)) {
		memcpy(q->request_id, h->value.p, h->value.n);
		x->given_id = true;
	}
}

void
serve_begin(struct serve *x, const struct gate_request *g, uint64_t seed)
{
	const uint8_t *mark =
	    g->target.n ? memchr(g->target.p, '?', g->target.n) : NULL;

	x->q.method = g->method;
	x->q.path = g->target;
	if (mark) {
		x->q.path.n = (size_t)(mark - g->target.p);
		x->q.query = span_of(mark + 1, g->target.n - x->q.path.n - 1);
	}
	x->is_head = span_is(g->method, "HEAD");
	for (size_t i = 0; i < g->n; i++)
		take_header(x, &g->header[i]);
	if (!x->given_id)
		make_id(x->q.request_id, seed);
}

static bool
row_public(const struct route *r)
{
	return r->who != WHO_TOKEN;
}

/* The browser asks before it lets a page of another origin send something. */
static enum err
preflight(struct serve *x, const struct route_found *f, enum err e)
{
	if (e != ERR_METHOD)
		return e;
	x->is_public = row_public(f->row);
	x->r.status = 204;
	return OK;
}

enum err
serve_route(struct serve *x, const struct route *table, size_t n)
{
	struct route_found f;
	enum err e = route_find(table, n, x->q.method, x->q.path, &f);

	memcpy(x->allow, f.allow, sizeof x->allow);
	if (span_is(x->q.method, "OPTIONS"))
		return preflight(x, &f, e);
	if (e != OK)
		return e;
	x->q.route = f.row;
	memcpy(x->q.arg, f.arg, sizeof x->q.arg);
	x->is_public = row_public(f.row);
	return OK;
}

static enum err
take_limit(struct serve *x, enum limit kind)
{
	enum err e =
	    limit_take(x->q.server->limits, &x->q, kind, &x->r.retry_after);

	if (e != OK)
		metrics_add(x->q.server->metrics, METRIC_RATE_LIMITED, 1);
	return e;
}

/* A token that is not known from the last seconds costs a question to the
 * database, so that is counted against the address it comes from. */
static enum err
know_caller(struct serve *x)
{
	struct metrics *m = x->q.server->metrics;
	enum err e;

	if (!x->q.authorization.p || x->q.who.known)
		return OK;
	if (x->q.db) {
		metrics_add(m, METRIC_AUTH_CACHE_MISS, 1);
		TRY(take_limit(x, x->q.route->limit));
	}
	e = auth_caller(x->q.server->auth, &x->q);
	if (e == OK && !x->q.db)
		metrics_add(m, METRIC_AUTH_CACHE_HIT, 1);
	return e;
}

enum err
serve_caller(struct serve *x)
{
	const struct route *row = x->q.route;

	if (!row)
		return OK;
	TRY(know_caller(x));
	if (row->who == WHO_TOKEN) {
		if (!x->q.who.known)
			return ERR_TOKEN_MISSING;
		if ((x->q.who.scopes & row->scopes) != row->scopes)
			return ERR_SCOPE;
	}
	return take_limit(x, row->limit);
}

/* The media type, with a charset of UTF-8 at most behind it. */
static bool
type_is(struct span given, const char *type, size_t n)
{
	static const char *const tail[] = { "", ";charset=utf-8",
		"; charset=utf-8", "; charset=\"utf-8\"" };

	if (given.n < n || strncasecmp((const char *)given.p, type, n) != 0)
		return false;
	for (size_t i = 0; i < sizeof tail / sizeof *tail; i++) {
		if (given.n - n == strlen(tail[i]) &&
		    strncasecmp((const char *)given.p + n, tail[i],
			given.n - n) == 0)
			return true;
	}
	return false;
}

static bool
type_fits(struct span given, const char *types)
{
	while (*types) {
		size_t n = strcspn(types, " ");

		if (type_is(given, types, n))
			return true;
		types += n + (types[n] == ' ');
	}
	return false;
}

enum err
serve_body(const struct serve *x)
{
	const struct route *row = x->q.route;

	if (x->length == 0)
		return row && row->body ? ERR_BODY_MISSING : OK;
	if (!row || row->body_max == 0)
		return ERR_BODY_TOO_LARGE;
	if (x->length != UINT64_MAX && x->length > row->body_max)
		return ERR_BODY_TOO_LARGE;
	if (row->body && !type_fits(x->q.content_type, row->body))
		return ERR_MEDIA_TYPE;
	return OK;
}

enum err
serve_run(struct serve *x)
{
	const struct route *row = x->q.route;

	if (!row)
		return OK;
	if (row->body && x->q.body.n == 0)
		return ERR_BODY_MISSING;
	return row->handler(&x->q, &x->r);
}

/* RFC 9110 13.1.2: a list, compared weakly. */
static bool
etag_matches(struct span list, const char *etag)
{
	size_t n = strlen(etag);

	if (span_is(list, "*"))
		return true;
	for (size_t i = 0; i + n <= list.n; i++) {
		if (memcmp(list.p + i, etag, n) == 0 &&
		    (i + n == list.n || list.p[i + n] == ',' ||
			list.p[i + n] == ' '))
			return true;
	}
	return false;
}

static void
not_modified(struct serve *x)
{
	bool read = span_is(x->q.method, "GET") || x->is_head;

	if (x->r.status != 200 || !read || !x->r.etag[0] ||
	    !x->q.if_none_match.p ||
	    !etag_matches(x->q.if_none_match, x->r.etag))
		return;
	x->r.status = 304;
	x->r.body = (struct span){ 0 };
	blob_drop(x->r.blob);
	x->r.blob = NULL;
}

static void
tell(const struct serve *x, enum err e, uint64_t us)
{
	bool bug = x->r.status >= 500;
	bool read = span_is(x->q.method, "GET") || x->is_head;
	enum log_level level = bug                         ? LOG_LEVEL_ERROR
			       : read && x->r.status < 400 ? LOG_LEVEL_DEBUG
							   : LOG_LEVEL_INFO;

	if (!log_wants(level))
		return;
	log_event(level, x->q.request_id, "request",
	    LOG_TEXT("route", x->q.route ? x->q.route->id : ""),
	    LOG_NUMBER("status", x->r.status), LOG_TEXT("code", err_code(e)),
	    LOG_NUMBER("us", us), LOG_TEXT("actor", x->q.who.name),
	    LOG_TEXT("peer", x->q.peer),
	    LOG_TEXT("detail", bug ? x->r.detail : ""));
}

/* What is not kept is made again for each reader. */
static void
spend(const struct serve *x)
{
	if (x->q.route && !x->r.blob) {
		limit_spend(x->q.server->limits, &x->q, x->q.route->limit,
		    x->r.body.n / CALL_BYTES);
	}
}

void
serve_end(struct serve *x, enum err e, struct metrics *m)
{
	uint64_t us = clock_steady_us() - x->began;

	if (e != OK) {
		reply_error(&x->q, &x->r, e);
	} else {
		spend(x);
		json_decref(x->r.extra);
		x->r.extra = NULL;
		if (x->r.status == 0)
			x->r.status = x->q.route ? x->q.route->status : 200;
		not_modified(x);
	}
	metrics_request(m, x->q.route, x->r.status, us);
	tell(x, e, us);
}

static void
put(struct serve *x, const char *name, const char *value)
{
	if (x->header_n < SERVE_HEADERS && value && *value)
		x->header[x->header_n++] = (struct serve_header){ name, value };
}

static void
put_cors(struct serve *x)
{
	if (!x->is_public)
		return;
	put(x, "Access-Control-Allow-Origin", "*");
	if (x->r.status != 204) {
		put(x, "Access-Control-Expose-Headers",
		    "ETag, Link, Location, Retry-After, X-Request-Id");
		return;
	}
	put(x, "Access-Control-Allow-Methods", x->allow);
	put(x, "Access-Control-Allow-Headers",
	    "Accept, Authorization, Content-Type, Idempotency-Key, "
	    "If-None-Match, Last-Event-ID, X-Request-Id");
	put(x, "Access-Control-Max-Age", "86400");
}

static const char *
cache_control(enum cache c)
{
	switch (c) {
	case CACHE_REVALIDATE:
		return "public, no-cache";
	case CACHE_IMMUTABLE:
		return "public, max-age=31536000, immutable";
	case CACHE_NONE:
		break;
	}
	return "no-store";
}

void
serve_headers(struct serve *x)
{
	const struct reply *r = &x->r;
	bool shared = r->blob && r->cache != CACHE_NONE;

	x->header_n = 0;
	if (r->status != 304)
		put(x, "Content-Type", r->type);
	put(x, "Cache-Control", cache_control(r->cache));
	put(x, "ETag", r->etag);
	if (r->cache != CACHE_NONE)
		put(x, "Vary", "Accept");
	put(x, "Location", r->location);
	put(x, "Link", r->link_next);
	if (r->retry_after) {
		(void)snprintf(x->retry_after, sizeof x->retry_after, "%u",
		    r->retry_after);
		put(x, "Retry-After", x->retry_after);
	}
	put(x, "Allow", x->allow);
	if (r->status == 401) {
		put(x, "WWW-Authenticate",
		    x->q.authorization.p ? "Bearer error=\"invalid_token\""
					 : "Bearer");
	}
	/* A reply that caches keep belongs to many requests. */
	if (!shared || x->given_id)
		put(x, "X-Request-Id", x->q.request_id);
	put_cors(x);
	if (r->stream) /* nginx: pass it on as it comes */
		put(x, "X-Accel-Buffering", "no");
	put(x, "X-Content-Type-Options", "nosniff");
	put(x, "Content-Security-Policy",
	    "default-src 'none'; frame-ancestors 'none'");
	put(x, "Referrer-Policy", "no-referrer");
	if (x->is_last)
		put(x, "Connection", "close");
}
