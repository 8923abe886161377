/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "accept.h"
#include "access.h"
#include "db_entry.h"
#include "handlers.h"
#include "page.h"
#include "tag.h"
#include "view/view.h"

#define PAGE_BYTES ((size_t)4 << 20)
#define JSON_PAGE_BYTES ((size_t)1 << 20) /* a view is several times larger */
#define CBOR_SEQ "application/cbor-seq"

/* Entries that stand back to back, as they are read. */
struct pages {
	struct req *q;
	const struct policy *policy;
	struct entry *e; /* large */
	struct span left;
	const uint64_t *received;
	size_t n, at;
};

static void
blob_auto(struct blob **b)
{
	blob_drop(*b);
}
#define BLOB_AUTO __attribute__((cleanup(blob_auto))) struct blob *

static enum err
next_view(struct pages *p, json_t **j)
{
	enum item kind;
	struct span item;

	TRY(entry_item(&p->left, &kind, &item));
	TRY(entry_decode(item, p->e));
	*j = view_entry(p->e, p->policy, p->at < p->n ? p->received[p->at] : 0);
	p->at++;
	return *j ? OK : ERR_OUT_OF_MEMORY;
}

/* The policy in force now gives proofs the names of their keys. */
static enum err
pages_of(struct req *q, const struct chain_view *v, struct blob *b,
    uint64_t from, uint64_t n, struct pages *p)
{
	struct policy *policy = arena_new(q->arena, sizeof *policy);
	struct state *st;
	uint64_t *received;

	*p = (struct pages){ .q = q, .left = blob_bytes(b) };
	p->e = arena_new(q->arena, sizeof *p->e);
	if (policy == NULL || p->e == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(access_state(q, v, &st));
	TRY(state_policy(st, policy));
	p->policy = policy;
	TRY(db_entry_received(q->db, q->arena, &v->chain, from, n, &received,
	    &p->n));
	p->received = received;
	return OK;
}

static enum err
list_json(struct req *q, struct reply *r, const struct chain_view *v,
    struct blob *b, uint64_t from, uint64_t n)
{
	bool more = from + n < v->next_seq && n > 0;
	json_auto_t *items = json_array();
	struct pages p;

	TRY(pages_of(q, v, b, from, n, &p));
	for (uint64_t i = 0; i < n; i++) {
		json_t *j;

		TRY(next_view(&p, &j));
		if (json_array_append_new(items, j) != 0)
			return ERR_OUT_OF_MEMORY;
	}
	return reply_json(q, r,
	    json_pack("{s:O,s:o}", "items", items, "next",
		more ? json_integer((json_int_t)(from + n)) : json_null()));
}

static void
link_next(struct req *q, struct reply *r, uint64_t from, uint64_t limit)
{
	snprintf(r->link_next, sizeof r->link_next,
	    "<%.*s?from=%llu&limit=%llu>; rel=\"next\"", (int)q->path.n,
	    (const char *)q->path.p, (unsigned long long)from,
	    (unsigned long long)limit);
}

/* A page that is full, or that something follows, is the same for ever. */
static void
head_of_page(struct req *q, struct reply *r, const struct access *a,
    uint64_t from, uint64_t limit, uint64_t n)
{
	const char *suffix = accept_json(q->accept) ? ".json" : "";
	bool more = n > 0 && from + n < a->view->next_seq;

	if (more)
		link_next(q, r, from + n, limit);
	if (more || n == limit) {
		r->cache = access_cache(a, CACHE_IMMUTABLE);
		tag_entries(r, a->view, from, n, suffix);
	} else {
		r->cache = access_cache(a, CACHE_REVALIDATE);
		tag_head(r, a->view, suffix);
	}
}

enum err
h_entries_list(struct req *q, struct reply *r)
{
	static const char *const names[] = { "from", "limit", NULL };
	ACCESS_AUTO struct access a = { 0 };
	BLOB_AUTO b = NULL;
	bool json = accept_json(q->accept);
	uint64_t from, limit, n;

	TRY(req_query_only(q, names));
	TRY(req_query_uint(q, "from", 0, CBOR_UINT_MAX, 0, &from));
	TRY(req_query_uint(q, "limit", 1, PAGE_MAX, 100, &limit));
	TRY(access_read(q, &a));
	if (json && q->db == NULL)
		return ERR_WANT_WORKER;
	TRY(chains_page(a.chains, q->db, a.view, from, limit,
	    json ? JSON_PAGE_BYTES : PAGE_BYTES, &b, &n));
	head_of_page(q, r, &a, from, limit, n);
	if (json)
		return list_json(q, r, a.view, b, from, n);
	reply_blob(r, CBOR_SEQ, blob_keep(b));
	return OK;
}

static enum err
seq_of(const struct req *q, uint64_t *seq)
{
	struct span s = q->arg[1];

	*seq = 0;
	if (s.n == 0 || s.n > 15 || (s.p[0] == '0' && s.n > 1))
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return ERR_NOT_FOUND;
		*seq = *seq * 10 + (uint64_t)(s.p[i] - '0');
	}
	return OK;
}

enum err
h_entries_get(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	BLOB_AUTO b = NULL;
	bool json = accept_json(q->accept);
	struct pages p;
	uint64_t seq, n;
	json_t *j;

	TRY(access_read(q, &a));
	TRY(seq_of(q, &seq));
	if (seq >= a.view->next_seq)
		return ERR_NOT_FOUND;
	if (json && q->db == NULL)
		return ERR_WANT_WORKER;
	TRY(chains_page(a.chains, q->db, a.view, seq, 1, PAGE_BYTES, &b, &n));
	if (n != 1)
		return ERR_NOT_FOUND;
	r->cache = access_cache(&a, CACHE_IMMUTABLE);
	tag_entries(r, a.view, seq, 1, json ? ".one.json" : ".one");
	if (!json) {
		reply_blob(r, "application/cbor", blob_keep(b));
		return OK;
	}
	TRY(pages_of(q, a.view, b, seq, 1, &p));
	TRY(next_view(&p, &j));
	return reply_json(q, r, j);
}
