/* SPDX-License-Identifier: ISC */
#include "decide.h"

#include "chain/hash.h"
#include "chain/witness.h"

static bool
trusted(const struct decide *d, const struct h32 *root)
{
	for (size_t i = 0; i < d->root_n; i++)
		if (h32_eq(&d->root[i], root))
			return true;
	return false;
}

/* The state that the ledger has of the chain; zero when it has none. */
static enum err
remembered(const struct decide *d, const struct h32 *chain, struct state *st)
{
	const struct ledger_chain *c = ledger_find(d->ledger, chain);

	if (c)
		return state_decode(c->state, st);
	memset(st, 0, sizeof *st);
	return OK;
}

/* *old: the entry was seen before. */
static enum err
in_place(const struct decide *d, bool *old)
{
	const struct entry *e = &d->entry;
	const struct state *st = &d->st;

	*old = e->seq < st->next_seq;
	if (e->seq > st->next_seq)
		return ERR_SIGNER_BEHIND;
	if (e->seq + 1 == st->next_seq && !h32_eq(&e->id, &st->head))
		return ERR_SIGNER_FORK;
	if (e->seq == st->next_seq && e->seq > 0 &&
	    !h32_eq(&e->prev, &st->head))
		return ERR_SIGNER_FORK;
	return OK;
}

static enum err
walk(struct decide *d, struct span entries, const struct h32 *chain,
    bool *moved)
{
	const struct rules rules = { .root = d->root,
		.root_n = d->root_n,
		.level = LEVEL_PUBLIC,
		.cache = &d->cache };
	bool begun = false, old;

	while (entries.n > 0) {
		enum item kind;
		struct span item;

		TRY(entry_item(&entries, &kind, &item));
		if (kind != ITEM_ENTRY)
			return ERR_ITEM_UNKNOWN;
		TRY(entry_decode(item, &d->entry));
		if (chain && !h32_eq(chain, &d->entry.chain))
			return ERR_CHAIN_FOREIGN;
		if (!begun)
			TRY(remembered(d, &d->entry.chain, &d->st));
		else if (!h32_eq(&d->entry.chain, &d->st.chain))
			return ERR_CHAIN_FOREIGN;
		begun = true;
		TRY(in_place(d, &old));
		if (old)
			continue;
		TRY(rules_next(&rules, &d->st, &d->entry));
		*moved = true;
	}
	return OK;
}

enum err
decide_feed(struct decide *d, struct span entries, const struct h32 *chain,
    uint64_t *next)
{
	bool moved = false;
	enum err e, kept = OK;

	memset(&d->st, 0, sizeof d->st);
	e = walk(d, entries, chain, &moved);
	if (moved)
		kept = ledger_move(d->ledger, &d->st);
	*next = kept == OK ? d->st.next_seq : 0;
	return kept == OK ? e : kept;
}

/* Both chains stand at the same place. */
static enum err
same_place(struct decide *d, const struct h32 *chain, uint64_t next_seq,
    const struct h32 *head, uint64_t *next)
{
	const struct ledger_chain *c = ledger_find(d->ledger, chain);

	*next = c ? c->next_seq : 0;
	if (c == NULL || next_seq > c->next_seq)
		return ERR_SIGNER_BEHIND;
	if (next_seq < c->next_seq)
		return ERR_SIGNER_AHEAD;
	return h32_eq(head, &c->head) ? OK : ERR_SIGNER_FORK;
}

enum err
decide_sign(struct decide *d, const struct decide_wanted *w,
    struct decide_found *f)
{
	const struct h32 *chain;

	memset(f, 0, sizeof *f);
	TRY(hash_sha256(w->payload, &f->hash));
	TRY(payload_decode(w->payload, &f->payload));
	switch (f->payload.kind) {
	case KIND_GENESIS:
		if (!trusted(d, &f->payload.u.genesis.root))
			return ERR_ROOT_FOREIGN;
		return trial_part(NULL, w->payload, w->blob, &d->trial);
	case KIND_STAGE:
	case KIND_REVOKE:
		chain = payload_chain(&f->payload);
		TRY(same_place(d, chain, w->next_seq, &w->head, &f->next));
		TRY(remembered(d, chain, &d->trial.st));
		return trial_part(&d->trial.st, w->payload, w->blob, &d->trial);
	case KIND_ENDORSE: /* a server did not rebuild anything */
	case KIND_RECEIPT:
		break;
	}
	return ERR_SIGNER_REFUSED;
}

static enum err
names_log(const struct decide *d, const struct decide_log *w)
{
	struct policy now;

	TRY(state_policy(&d->st, &now));
	return !now.has_witnesses || (span_eq(now.log_name, w->name) &&
					 h32_eq(&now.log_key, &w->key))
		   ? OK
		   : ERR_SIGNER_REFUSED;
}

enum err
decide_checkpoint(struct decide *d, const struct decide_log *w,
    struct out *text, uint64_t *next)
{
	uint8_t buf[WITNESS_ORIGIN_MAX];
	struct out origin = out_of(buf, sizeof buf);
	struct h32 root;

	TRY(same_place(d, &w->chain, w->next_seq, &w->head, next));
	TRY(remembered(d, &w->chain, &d->st));
	TRY(names_log(d, w));
	TRY(merkle_root(&d->st.tree, &root));
	witness_origin(&origin, w->name, &w->chain);
	checkpoint_text(text, out_span(&origin), d->st.next_seq, &root);
	return origin.full || text->full ? ERR_NO_SPACE : OK;
}

enum err
decide_record(struct decide *d, const struct decide_wanted *w,
    struct decide_found *f)
{
	struct ledger_signed s = { .kid = *w->kid, .payload = f->hash };

	if (f->payload.kind == KIND_STAGE)
		s.from = f->payload.u.stage.from;
	else if (f->payload.kind == KIND_REVOKE)
		s.from = f->payload.u.revoke.stage;
	return ledger_sign(d->ledger, payload_chain(&f->payload), &s,
	    &f->other);
}
