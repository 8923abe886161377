/* SPDX-License-Identifier: ISC */
#include "chain/walk.h"
#include "fail.h"
#include "mem.h"
#include "watch_look.h"

#define LIST_BYTES (1U << 20)

static bool
is_kept(const struct look *l, struct span s)
{
	for (size_t i = 0; i < l->k.loose_n; i++)
		if (span_eq(l->k.loose[i], s))
			return true;
	return false;
}

/* Keeps those that are new; *past: one of them is not of the open stage. */
static enum err
keep_new(struct look *l, struct span list, size_t *n, bool *past)
{
	const struct state *st = &l->k.st;
	struct walk_revocation r;
	enum item kind;
	struct span item;

	*n = 0;
	*past = false;
	while (list.n > 0) {
		TRY(entry_item(&list, &kind, &item));
		if (walk_revocation(item, &r) != OK || is_kept(l, item) ||
		    l->k.loose_n == WATCH_STORE_LOOSE)
			continue;
		l->k.loose[l->k.loose_n++] = mem_copy(item);
		(*n)++;
		*past = *past || st->phase == PHASE_OPEN ||
			!h32_eq(&r.stage, &st->stage_id);
	}
	return OK;
}

/* Whether what is kept holds the open stage. */
static enum err
judge_open(struct look *l, bool *held)
{
	struct span *s =
	    mem_new((WATCH_STORE_LOOSE + l->w->revocation_n) * sizeof *s);
	struct chain_verify_opts o = watch_entries_opts(l, s);
	struct chain_verify *v;
	enum err e;

	o.threads = 0;
	TRY(chain_verify_open(&o, &v));
	e = chain_verify_end(v);
	*held = chain_verify_result(v)->held;
	chain_verify_free(v);
	return e;
}

static enum err
judge_past(struct look *l)
{
	bool disputed;
	struct h32 stage;

	if (l->k.disputed)
		return OK;
	TRY(watch_entries_again(l, &disputed, &stage));
	if (!disputed)
		return OK;
	l->k.disputed = true;
	l->k.disputed_stage = stage;
	return watch_look_tell(l, "upgrade.disputed", ERR_DISPUTED,
	    mem_printf("Stage %s took effect, and a valid revocation of it has "
		       "come.",
		mem_hex(h32_span(&stage))),
	    NULL, NULL);
}

enum err
watch_loose_take(struct look *l)
{
	struct span list;
	size_t n;
	bool past, held;

	TRY(watch_look_get(l, "/revocations", "application/cbor-seq",
	    LIST_BYTES, &list));
	TRY(keep_new(l, list, &n, &past));
	if (n == 0)
		return OK;
	TRY(judge_open(l, &held));
	if (held && !l->held)
		TRY(watch_look_tell(l, "upgrade.held", OK,
		    "A valid revocation of the open stage is at hand, and is "
		    "not in the chain yet: no enclave that knows it lets go.",
		    NULL, NULL));
	l->held = held;
	if (past)
		TRY(judge_past(l));
	return watch_store_write(l->w->dir, &l->k);
}
