/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "access.h"
#include "bundles.h"
#include "chain/entry.h"
#include "chain/evidence.h"
#include "chain/note.h"
#include "chain/text.h"
#include "db_checkpoint.h"
#include "db_definition.h"
#include "db_entry.h"
#include "db_evidence.h"
#include "db_revocation.h"
#include "handlers.h"
#include "limit.h"
#include "server.h"

#define BUNDLE_MAX ((size_t)128 << 20)
#define PAGE_BYTES ((size_t)1 << 20)
#define LARGE ((size_t)8 << 20)      /* one such is made at once */
#define CALL_BYTES ((size_t)1 << 16) /* as many made count as one more call */
#define CBOR_SEQ "application/cbor-seq"

/* Bytes that grow; the arena of a request is too small for a long chain. */
struct pile {
	uint8_t *p;
	size_t n, cap;
	/* SHA-256 of the definitions that the chain's releases name: an
	 * organisation may have others, which are nobody's business yet. */
	struct pile *named;
	bool large;
};

static pthread_mutex_t one_large = PTHREAD_MUTEX_INITIALIZER;

static void
pile_drop(struct pile *p)
{
	if (p->large)
		pthread_mutex_unlock(&one_large);
	p->large = false;
	free(p->p);
	p->p = NULL;
}
#define PILE_AUTO __attribute__((cleanup(pile_drop))) struct pile

static enum err
pile_add(struct pile *p, struct span s)
{
	if (s.n > BUNDLE_MAX - p->n)
		return ERR_BUNDLE_TOO_LARGE;
	if (!p->large && p->n + s.n > LARGE) {
		if (pthread_mutex_trylock(&one_large) != 0)
			return ERR_BUSY;
		p->large = true;
	}
	if (s.n > p->cap - p->n) {
		size_t cap = 2 * p->cap + s.n + 65536;
		uint8_t *more = realloc(p->p, cap);

		if (more == NULL)
			return ERR_OUT_OF_MEMORY;
		p->p = more;
		p->cap = cap;
	}
	if (s.n)
		memcpy(p->p + p->n, s.p, s.n);
	p->n += s.n;
	return OK;
}

static enum err
add_revocations(const struct db_revocation *loose, size_t n, struct pile *p)
{
	for (size_t i = 0; i < n; i++)
		TRY(pile_add(p, loose[i].statement));
	return OK;
}

static enum err
note_definition(struct pile *named, struct span bytes, struct entry *e)
{
	struct payload p;

	TRY(entry_decode(bytes, e));
	TRY(payload_decode(e->payload, &p));
	if (p.kind != KIND_STAGE || !p.u.stage.has_release)
		return OK;
	return pile_add(named, h32_span(&p.u.stage.release.definition));
}

static enum err
note_definitions(struct req *q, struct pile *named, struct span page)
{
	struct entry *e = arena_new(q->arena, sizeof *e);
	enum item kind;
	struct span item;

	if (e == NULL)
		return ERR_OUT_OF_MEMORY;
	while (page.n) {
		TRY(entry_item(&page, &kind, &item));
		TRY(note_definition(named, item, e));
	}
	return OK;
}

static bool
is_named(const struct pile *named, const struct h32 *sha256)
{
	for (size_t i = 0; i + 32 <= named->n; i += 32)
		if (memcmp(named->p + i, sha256->b, 32) == 0)
			return true;
	return false;
}

static enum err
add_entries(struct req *q, const struct access *a, struct pile *p)
{
	uint64_t from = 0;

	while (from < a->view->next_seq) {
		struct blob *b;
		uint64_t n;
		enum err e;

		TRY(chains_page(a->chains, q->db, a->view, from, 500,
		    PAGE_BYTES, &b, &n));
		e = n ? pile_add(p, blob_bytes(b)) : ERR_INTERNAL;
		if (e == OK)
			e = note_definitions(q, p->named, blob_bytes(b));
		blob_drop(b);
		TRY(e);
		from += n;
	}
	return OK;
}

/* Only one over the head, by enough witnesses: with it the bundle is fresh for
 * a while, for readers without a network. */
static enum err
find_checkpoint(struct req *q, const struct chain_view *v,
    struct bundle_key *key, struct span *note)
{
	struct db_checkpoint c;
	enum err e = db_checkpoint_get(q->db, q->arena, &v->chain, &c);

	*note = span_of(NULL, 0);
	if (e == ERR_NOT_FOUND)
		return OK;
	TRY(e);
	if (c.size != v->next_seq || c.witnessed == 0)
		return OK;
	*note = c.note;
	key->witnessed = c.witnessed;
	key->missing = c.missing;
	return OK;
}

static enum err
add_checkpoint(struct span note, struct pile *p)
{
	uint8_t item[NOTE_MAX + 32];
	struct out o = out_of(item, sizeof item);

	if (note.n == 0)
		return OK;
	entry_checkpoint_encode(&o, note);
	return o.full ? ERR_INTERNAL : pile_add(p, out_span(&o));
}

static enum err
add_definitions(struct req *q, const struct chain_view *v, struct pile *p)
{
	struct db_definition *d;
	size_t n;

	TRY(db_definition_all(q->db, q->arena, &v->chain, &d, &n));
	for (size_t i = 0; i < n; i++) {
		struct out o;

		if (!is_named(p->named, &d[i].sha256))
			continue;
		o = arena_out(q->arena, d[i].cbor.n + 64);
		entry_definition_encode(&o, d[i].cbor);
		if (o.full)
			return ERR_OUT_OF_MEMORY;
		TRY(pile_add(p, out_span(&o)));
	}
	return OK;
}

/* Nothing is stored that no key of the chain's history names. */
static enum err
add_evidence(struct req *q, const struct chain_view *v, struct pile *p)
{
	uint8_t item[EVIDENCE_MAX + 32];
	struct db_evidence *e;
	size_t n;

	if (v->evidence == 0)
		return OK;
	TRY(db_evidence_names(q->db, q->arena, &v->chain, &e, &n));
	for (size_t i = 0; i < n; i++) {
		struct out o = out_of(item, sizeof item);

		TRY(db_evidence_get(q->db, q->arena, &v->chain, &e[i].sha256,
		    &e[i].bundle));
		entry_evidence_encode(&o, e[i].bundle);
		TRY(pile_add(p, out_span(&o)));
	}
	return OK;
}

/* The head, the size and the checkpoint tell bundles apart: revocations and
 * evidence are only ever added. */
static void
tag(struct reply *r, const struct chain_view *v, const struct bundle_key *key,
    size_t n)
{
	char head[65];
	struct out o = out_of(head, sizeof head);

	text_hex(&o, h32_span(&v->head));
	snprintf(r->etag, sizeof r->etag, "\"%.32s.bundle.%zu.%llu\"", head, n,
	    (unsigned long long)key->witnessed);
}

static enum err
make(struct req *q, const struct access *a, const struct db_revocation *loose,
    size_t n, struct span note, struct blob **b)
{
	PILE_AUTO named = { 0 };
	PILE_AUTO p = { .named = &named };

	TRY(add_revocations(loose, n, &p));
	TRY(add_entries(q, a, &p));
	TRY(add_checkpoint(note, &p));
	TRY(add_definitions(q, a->view, &p));
	TRY(add_evidence(q, a->view, &p));
	limit_spend(q->server->limits, q, LIMIT_READ, p.n / CALL_BYTES);
	*b = blob_make(span_of(p.p, p.n));
	return *b ? OK : ERR_OUT_OF_MEMORY;
}

enum err
h_bundle_get(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	struct db_revocation *loose;
	struct bundle_key key;
	struct span note;
	struct blob *b;

	TRY(access_read(q, &a));
	key = (struct bundle_key){ .chain = a.view->chain,
		.head = a.view->head,
		.evidence = a.view->evidence };
	TRY(find_checkpoint(q, a.view, &key, &note));
	TRY(db_revocation_list(q->db, q->arena, &key.chain, &loose,
	    &key.revocations));
	b = bundles_find(&key);
	if (b == NULL) {
		TRY(make(q, &a, loose, key.revocations, note, &b));
		bundles_keep(&key, b);
	}
	reply_blob(r, CBOR_SEQ, b);
	r->cache = access_cache(&a, CACHE_REVALIDATE);
	tag(r, a.view, &key, blob_bytes(b).n);
	return OK;
}
