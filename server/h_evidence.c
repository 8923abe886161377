/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "access.h"
#include "audit.h"
#include "chain/entry.h"
#include "chain/evidence.h"
#include "chain/hash.h"
#include "chain/pem.h"
#include "chain/text.h"
#include "db_evidence.h"
#include "evidence_named.h"
#include "handlers.h"
#include "idem.h"
#include "limit.h"
#include "notify.h"
#include "server.h"
#include "view/view.h"

#define PEM "application/pem-certificate-chain" /* RFC 8555, 9.1 */
#define PAGE_BYTES ((size_t)1 << 20)
#define CALL_BYTES ((size_t)1 << 16) /* as many read count as one more call */

/* A chain's policies stand in its genesis and in its policy stages. */
struct search {
	const struct h32 *sha256;
	struct entry *e;
	struct payload *p;
	bool found;
};

static enum err
search_page(struct search *s, struct span page)
{
	enum item kind;
	struct span item;

	while (page.n && !s->found) {
		TRY(entry_item(&page, &kind, &item));
		TRY(entry_decode(item, s->e));
		TRY(payload_decode(s->e->payload, s->p));
		s->found = evidence_named_by(s->p, s->sha256);
	}
	return OK;
}

/* Some key of some policy that was ever staged names it.  ERR_EVIDENCE_HASH. */
static enum err
is_named(struct req *q, const struct access *a, const struct h32 *sha256)
{
	struct search s = { .sha256 = sha256,
		.e = arena_new(q->arena, sizeof *s.e),
		.p = arena_new(q->arena, sizeof *s.p) };
	uint64_t from = 0;

	if (s.e == NULL || s.p == NULL)
		return ERR_OUT_OF_MEMORY;
	while (from < a->view->next_seq && !s.found) {
		struct blob *b;
		uint64_t n;
		enum err e;

		TRY(chains_page(a->chains, q->db, a->view, from, 500,
		    PAGE_BYTES, &b, &n));
		e = n ? search_page(&s, blob_bytes(b)) : ERR_INTERNAL;
		limit_spend(q->server->limits, q, LIMIT_WRITE,
		    blob_bytes(b).n / CALL_BYTES);
		blob_drop(b);
		TRY(e);
		from += n;
	}
	return s.found ? OK : ERR_EVIDENCE_HASH;
}

/* Certificates in PEM and nothing else: other things are not served here.
 * Whether they show anything is for readers to judge. */
static enum err
check_form(struct span s)
{
	uint8_t buf[EVIDENCE_MAX];
	struct span der;

	if (s.n == 0)
		return ERR_BODY_MISSING;
	while (!pem_end(s)) {
		if (!pem_next(&s, buf, sizeof buf, &der))
			return ERR_EVIDENCE_BAD;
	}
	return OK;
}

static enum err
keep(struct req *q, struct reply *r, const struct h32 *chain,
    const struct h32 *sha256, bool *kept)
{
	char id[65], name[65];
	struct out i = out_of(id, sizeof id), n = out_of(name, sizeof name);

	text_hex(&i, h32_span(chain));
	text_hex(&n, h32_span(sha256));
	TRY(db_evidence_add(q->db, chain, q->body, q->request_id, kept));
	if (*kept)
		TRY(audit_add(q, "evidence.publish",
		    arena_printf(q->arena, "%s/%s", id, name)));
	r->status = *kept ? 201 : 200;
	snprintf(r->location, sizeof r->location, "/v1/chains/%s/evidence/%s",
	    id, name);
	return reply_json(q, r,
	    json_pack("{s:s,s:s,s:b}", "chain", id, "evidence", name,
		"repeated", !*kept));
}

enum err
h_evidence_create(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	struct h32 chain, sha256;
	bool again, kept = false;

	TRY(req_arg_h32(q, 0, &chain));
	TRY(access_own(q, &chain, &a));
	TRY(check_form(q->body));
	TRY(hash_sha256(q->body, &sha256));
	TRY(is_named(q, &a, &sha256));
	TRY(idem_begin(q, r, &again));
	if (again)
		return OK;
	TRY(idem_end(q, r, keep(q, r, &chain, &sha256, &kept)));
	if (kept) {
		/* The view says how many there are, here and elsewhere. */
		chains_moved(a.chains, &chain);
		notify_chain(q->server->notify, &chain);
	}
	return OK;
}

enum err
h_evidence_get(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	struct span bundle;
	struct h32 sha256;

	TRY(access_read(q, &a));
	TRY(req_arg_h32(q, 1, &sha256));
	TRY(db_evidence_get(q->db, q->arena, &a.view->chain, &sha256, &bundle));
	r->cache = access_cache(&a, CACHE_IMMUTABLE);
	snprintf(r->etag, sizeof r->etag, "\"%.*s\"", (int)q->arg[1].n,
	    (const char *)q->arg[1].p);
	reply_bytes(r, PEM, bundle);
	return OK;
}
