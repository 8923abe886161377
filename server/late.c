/* SPDX-License-Identifier: ISC */
#include "late.h"

#include <pthread.h>

#include "db_entry.h"
#include "db_revocation.h"
#include "deliver.h"
#include "events.h"
#include "notify.h"
#include "past.h"
#include "server.h"
#include "view/view.h"

#define PAGE_BYTES ((size_t)1 << 20)

static bool
is_open(const struct state *st, const struct h32 *stage)
{
	return st->phase != PHASE_OPEN && h32_eq(&st->stage_id, stage);
}

static enum err
replay_page(const struct server *s, struct span page, struct entry *e,
    const struct h32 *stage, struct state *st)
{
	enum item kind;
	struct span item;

	while (page.n && !is_open(st, stage)) {
		TRY(entry_item(&page, &kind, &item));
		TRY(past_next(s, item, e, st));
	}
	return OK;
}

/* The entry that the stage stands in.  ERR_NOT_FOUND: anybody can name a stage
 * that never was, so that must cost no more than a look. */
static enum err
place_of(struct req *q, const struct access *a, const struct h32 *stage,
    uint64_t *seq)
{
	const struct db_entry_wanted w = { .chain = a->view->chain,
		.payload = *stage };
	struct db_entry_found *f;
	size_t n;

	TRY(db_entry_find(q->db, q->arena, &w, 1, &f, &n));
	if (n == 0)
		return ERR_NOT_FOUND;
	*seq = f[0].entry.seq;
	return OK;
}

static enum err
replay(struct req *q, const struct access *a, uint64_t last,
    const struct h32 *stage, struct state *st)
{
	struct entry *e = arena_new(q->arena, sizeof *e);

	if (e == NULL)
		return ERR_OUT_OF_MEMORY;
	while (st->next_seq <= last && !is_open(st, stage)) {
		struct blob *page;
		uint64_t n;
		enum err err;

		TRY(chains_page(a->chains, q->db, a->view, st->next_seq, 500,
		    PAGE_BYTES, &page, &n));
		err = n ? replay_page(q->server, blob_bytes(page), e, stage, st)
			: ERR_INTERNAL;
		blob_drop(page);
		TRY(err);
	}
	return is_open(st, stage) ? OK : ERR_NOT_FOUND;
}

/* The chain as it was when the stage stood open.  ERR_NOT_FOUND.  Who asks has
 * shown nothing yet, and a long chain takes its time: one at once, so that the
 * rest of the server has the other processors. */
static enum err
go_back(struct req *q, const struct access *a, const struct h32 *stage,
    struct state *st)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	uint64_t last;
	enum err e;

	TRY(place_of(q, a, stage, &last));
	if (pthread_mutex_trylock(&one) != 0)
		return ERR_BUSY;
	e = replay(q, a, last, stage, st);
	pthread_mutex_unlock(&one);
	return e;
}

static enum err
keep(struct req *q, const struct statement *t, const struct revoke *revoke)
{
	struct proof proof[ENTRY_PROOFS];
	struct out o = arena_out(q->arena, ENTRY_MAX);
	struct h32 signers;
	bool kept;

	memcpy(proof, t->proof, t->proof_n * sizeof proof[0]);
	TRY(entry_statement_encode(&o, t->payload, proof, t->proof_n));
	TRY(db_revocation_signers(t, &signers));
	TRY(db_revocation_keep(q->db, &revoke->chain, &revoke->stage, &signers,
	    out_span(&o), q->request_id, &kept));
	if (!kept)
		return OK;
	deliver_wake(q->server->deliver);
	events_happened(q->server->events, &revoke->chain);
	if (q->server->notify)
		notify_chain(q->server->notify, &revoke->chain);
	return OK;
}

enum err
late_revocation(struct req *q, struct reply *r, const struct access *a,
    const struct statement *t, const struct revoke *revoke, enum err why)
{
	const struct rules rules = { .level = LEVEL_SIGNED };
	struct state *st = arena_new(q->arena, sizeof *st);
	enum err e;

	if (st == NULL)
		return ERR_OUT_OF_MEMORY;
	e = go_back(q, a, &revoke->stage, st);
	if (e == OK)
		e = rules_revocation(&rules, st, t);
	if (e == ERR_NOT_FOUND)
		return why;
	TRY(e);
	TRY(keep(q, t, revoke));
	r->status = 202;
	return reply_json(q, r,
	    json_pack("{s:o,s:o,s:b,s:s}", "chain",
		view_bytes_h32(&revoke->chain), "stage",
		view_bytes_h32(&revoke->stage), "kept", 1, "code",
		err_code(ERR_NOT_REVOCABLE)));
}
