/* SPDX-License-Identifier: ISC */
#include "late.h"

#include "db_revocation.h"
#include "server.h"
#include "view/view.h"

#define PAGE_BYTES ((size_t)1 << 20)

/* What is in the database was verified before it came there. */
static enum err
known_good(void *ctx, const struct check *k)
{
	(void)ctx;
	(void)k;
	return OK;
}

static bool
is_open(const struct state *st, const struct h32 *stage)
{
	return st->phase != PHASE_OPEN && h32_eq(&st->stage_id, stage);
}

static enum err
replay_page(const struct rules *rules, struct span page, struct entry *e,
    const struct h32 *stage, struct state *st)
{
	enum item kind;
	struct span item;

	while (page.n && !is_open(st, stage)) {
		TRY(entry_item(&page, &kind, &item));
		TRY(entry_decode(item, e));
		TRY(rules_next(rules, st, e));
	}
	return OK;
}

/* The chain as it was when the stage stood open.  ERR_NOT_FOUND. */
static enum err
go_back(struct req *q, const struct access *a, const struct h32 *stage,
    struct state *st)
{
	const struct server *s = q->server;
	const struct rules rules = { .root = s->root,
		.root_n = s->root_n,
		.level = LEVEL_SIGNED,
		.check = known_good };
	struct entry *e = arena_new(q->arena, sizeof *e);

	if (e == NULL)
		return ERR_OUT_OF_MEMORY;
	while (st->next_seq < a->view->next_seq && !is_open(st, stage)) {
		struct blob *page;
		uint64_t n;
		enum err err;

		TRY(chains_page(a->chains, q->db, a->view, st->next_seq, 500,
		    PAGE_BYTES, &page, &n));
		err = n ? replay_page(&rules, blob_bytes(page), e, stage, st)
			: ERR_INTERNAL;
		blob_drop(page);
		TRY(err);
	}
	return is_open(st, stage) ? OK : ERR_NOT_FOUND;
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
	return db_revocation_keep(q->db, &revoke->chain, &revoke->stage,
	    &signers, out_span(&o), q->request_id, &kept);
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
		err_code(why)));
}
