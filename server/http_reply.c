/* SPDX-License-Identifier: ISC */
#include <microhttpd.h>
#include <stdlib.h>

#include "http_stream.h"

#define LARGE ((size_t)256 << 10)

/* A reply that was made once and is sent to many: what it depends on. */
struct wire {
	struct MHD_Response *response;
	enum cache cache;
	bool is_public;
	char type[64], etag[80], link[256];
};

static bool
wire_fits(const struct wire *w, const struct serve *s)
{
	const struct reply *r = &s->r;

	return w->cache == r->cache && w->is_public == s->is_public &&
	       strcmp(w->etag, r->etag) == 0 && strcmp(w->type, r->type) == 0 &&
	       strcmp(w->link, r->link_next) == 0;
}

static void
wire_free(void *arg)
{
	struct wire *w = arg;

	MHD_destroy_response(w->response);
	free(w);
}

static struct MHD_Response *
response_bare(struct serve *s)
{
	struct span body = s->r.blob ? blob_bytes(s->r.blob) : s->r.body;
	void *bytes; /* the library takes what it does not write to */

	memcpy(&bytes, &body.p, sizeof bytes);
	return MHD_create_response_from_buffer(body.n, bytes,
	    MHD_RESPMEM_PERSISTENT);
}

static struct MHD_Response *
response_make(struct exchange *x)
{
	struct serve *s = &x->s;
	struct MHD_Response *m =
	    s->r.stream ? http_stream_response(x) : response_bare(s);

	if (!m)
		return NULL;
	serve_headers(s);
	for (unsigned i = 0; i < s->header_n; i++) {
		if (MHD_add_response_header(m, s->header[i].name,
			s->header[i].value) != MHD_YES) {
			MHD_destroy_response(m);
			return NULL;
		}
	}
	return m;
}

static bool
shareable(const struct serve *s)
{
	return s->r.blob && s->r.status == 200 && s->r.cache != CACHE_NONE &&
	       !s->given_id && !s->is_last && !s->r.location[0] &&
	       strlen(s->r.type) < sizeof((struct wire *)0)->type;
}

/* A response with one reference for the caller.  Each exchange in flight
 * holds the blob, so its bytes outlive the response that borrows them. */
static struct MHD_Response *
response_take(struct exchange *x)
{
	struct serve *s = &x->s;
	struct MHD_Response *m;
	struct wire *w;

	if (!shareable(s) || blob_wire(s->r.blob))
		return response_make(x);
	m = response_make(x);
	w = m ? calloc(1, sizeof *w) : NULL;
	if (!w)
		return m;
	w->response = m;
	w->cache = s->r.cache;
	w->is_public = s->is_public;
	memcpy(w->type, s->r.type, strlen(s->r.type));
	memcpy(w->etag, s->r.etag, sizeof w->etag);
	memcpy(w->link, s->r.link_next, sizeof w->link);
	if (blob_wire_set(s->r.blob, w, wire_free) == w)
		return NULL; /* the blob's now: found by the caller */
	free(w);
	return m;
}

static struct MHD_Response *
response_shared(const struct serve *s)
{
	const struct wire *w = shareable(s) ? blob_wire(s->r.blob) : NULL;

	return w && wire_fits(w, s) ? w->response : NULL;
}

static size_t
taken(struct http *h)
{
	return atomic_load_explicit(&h->held, memory_order_relaxed) +
	       blob_live();
}

unsigned
http_reply_load(struct http *h)
{
	return h->held_max ? (unsigned)(taken(h) / (h->held_max / 4 + 1)) : 0;
}

/* A large reply stays in memory until its reader has taken it.  What was read
 * can be read again, so when there are too many of them a read is told to come
 * back; what was written was written, and is answered. */
static enum err
hold(struct exchange *x, enum err e)
{
	struct http *h = x->conn->loop->h;
	struct reply *r = &x->s.r;
	const struct route *row = x->s.q.route;
	size_t n = arena_taken(x->arena);

	if (n + (r->blob ? blob_bytes(r->blob).n : 0) < LARGE)
		return e;
	x->held = n;
	x->sent = x->conn->loop->now;
	atomic_fetch_add_explicit(&h->held, n, memory_order_relaxed);
	if (e != OK || !row || row->limit != LIMIT_READ || h->held_max == 0 ||
	    taken(h) <= h->held_max)
		return e;
	blob_drop(r->blob);
	r->blob = NULL;
	return ERR_BUSY;
}

bool
http_reply_queue(struct exchange *x, enum err e)
{
	struct conn *c = x->conn;
	struct MHD_Response *m, *own = NULL;
	bool queued;

	serve_end(&x->s, hold(x, e), c->loop->h->metrics);
	if (x->s.r.status != 200)
		http_stream_end(x);
	m = response_shared(&x->s);
	if (!m) {
		own = response_take(x);
		m = own ? own : response_shared(&x->s);
	}
	if (!m)
		return false;
	x->at = AT_SENT;
	c->loop->sending++;
	http_conn_wait_move(c,
	    x->s.r.blob ? blob_bytes(x->s.r.blob).n : x->s.r.body.n);
	queued = MHD_queue_response(c->mhd, x->s.r.status, m) == MHD_YES;
	if (own)
		MHD_destroy_response(own);
	return queued;
}
