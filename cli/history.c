/* SPDX-License-Identifier: ISC */
#include "history.h"

#include "chain/hash.h"
#include "fail.h"
#include "mem.h"

struct telling {
	const struct rules rules;
	struct state *st;
	struct entry *e;
	struct payload *p;
	struct history_row *row;
	size_t n, cap;
	size_t open;     /* index of the open stage + 1, 0: none */
	size_t in_force; /* of the release in force + 1 */
};

/* target.c has verified all of it; this walk only tells the story. */
static enum err
verified_already(void *ctx, const struct check *k)
{
	(void)ctx;
	(void)k;
	return OK;
}

static enum err
add_stage(struct telling *w, const struct payload *p)
{
	struct history_row *r;

	if (w->open > 0)
		w->row[w->open - 1].end = HISTORY_REPLACED;
	if (w->n == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 16;
		w->row = mem_grow(w->row, w->n * sizeof *w->row,
		    w->cap * sizeof *w->row);
	}
	r = &w->row[w->n++];
	w->open = w->n;
	r->entry = w->e->id;
	r->seq = w->e->seq;
	r->g = p->u.stage;
	r->end = HISTORY_STAGED;
	return hash_sha256(w->e->payload, &r->stage);
}

static void
completed(struct telling *w)
{
	struct history_row *r = &w->row[w->open - 1];

	r->end = HISTORY_IN_FORCE;
	r->at = w->st->released_at;
	/* A policy is in force until the next one, a release likewise. */
	for (size_t i = 0; i + 1 < w->open; i++)
		if (w->row[i].end == HISTORY_IN_FORCE &&
		    w->row[i].g.has_release == r->g.has_release)
			w->row[i].end = HISTORY_RETIRED;
	w->open = 0;
}

static enum err
tell(struct telling *w, struct span bytes)
{
	struct payload *p = w->p;

	TRY(entry_decode(bytes, w->e));
	TRY(payload_decode(w->e->payload, p));
	TRY(rules_next(&w->rules, w->st, w->e));
	if (p->kind == KIND_STAGE)
		return add_stage(w, p);
	if (w->open == 0)
		return OK;
	if (p->kind == KIND_REVOKE) {
		w->row[w->open - 1].end = HISTORY_REVOKED;
		w->row[w->open - 1].reason = mem_string(p->u.revoke.reason);
		w->open = 0;
	} else if (p->kind == KIND_RECEIPT && w->st->phase == PHASE_OPEN) {
		if (p->u.receipt.role == ROLE_LAPSED) {
			w->row[w->open - 1].end = HISTORY_LAPSED;
			w->open = 0;
		} else {
			completed(w);
		}
	} else if (w->st->phase == PHASE_NOTICED) {
		w->row[w->open - 1].end = HISTORY_NOTICED;
	}
	return OK;
}

enum err
history_of(const struct target *t, const struct history_row **row, size_t *n)
{
	struct telling w = { .rules = { .root = &t->st->root,
				 .root_n = 1,
				 .level = LEVEL_ATTESTED,
				 .check = verified_already },
		.st = mem_new(sizeof *w.st),
		.e = mem_new(sizeof *w.e),
		.p = mem_new(sizeof *w.p) };
	struct span s = t->file, item;
	enum item kind;

	while (s.n > 0) {
		TRY(entry_item(&s, &kind, &item));
		if (kind == ITEM_ENTRY)
			TRY(tell(&w, item));
	}
	*row = w.row;
	*n = w.n;
	return OK;
}

static bool
is_called(const struct history_row *r, const char *what)
{
	size_t n = strlen(what);

	if (r->g.has_release && span_is(r->g.release.version, what))
		return true;
	return n >= 6 && n <= 64 &&
	       strncmp(mem_hex(h32_span(&r->stage)), what, n) == 0;
}

enum err
history_find(const struct target *t, const char *what,
    const struct history_row **row)
{
	const struct history_row *list;
	size_t n, hits = 0;

	TRY(history_of(t, &list, &n));
	for (size_t i = 0; what != NULL && i < n; i++)
		if (is_called(&list[i], what)) {
			*row = &list[i];
			hits++;
		}
	if (what == NULL && n > 0) {
		*row = &list[n - 1];
		hits = 1;
	}
	if (hits == 1)
		return OK;
	if (hits > 1)
		return fail_with(ERR_USAGE, "\"%s\" names %zu stages.", what,
		    hits);
	return fail_with(ERR_NOT_FOUND, "%s has no stage%s%s%s.", t->name,
	    what ? " \"" : "", what ? what : "", what ? "\"" : "");
}

const char *
history_end_text(enum history_end e)
{
	static const char *const text[] = {
		[HISTORY_STAGED] = "staged",
		[HISTORY_NOTICED] = "noticed",
		[HISTORY_IN_FORCE] = "in force",
		[HISTORY_RETIRED] = "retired",
		[HISTORY_REVOKED] = "revoked",
		[HISTORY_LAPSED] = "lapsed",
		[HISTORY_REPLACED] = "replaced",
	};

	return text[e];
}
