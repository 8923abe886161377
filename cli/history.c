/* SPDX-License-Identifier: ISC */
#include "history.h"

#include "chain/hash.h"
#include "fail.h"
#include "mem.h"
#include "story.h"

struct telling {
	struct history_row *row;
	size_t n, cap;
	size_t open; /* index of the open stage + 1, 0: none */
};

static enum err
add_stage(struct telling *w, const struct story *s)
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
	r->entry = s->e->id;
	r->seq = s->e->seq;
	r->g = s->p->u.stage;
	r->end = HISTORY_STAGED;
	return hash_sha256(s->e->payload, &r->stage);
}

static void
completed(struct telling *w, uint64_t at)
{
	struct history_row *r = &w->row[w->open - 1];

	r->end = HISTORY_IN_FORCE;
	r->at = at;
	/* A policy is in force until the next one, a release likewise. */
	for (size_t i = 0; i + 1 < w->open; i++)
		if (w->row[i].end == HISTORY_IN_FORCE &&
		    w->row[i].g.has_release == r->g.has_release)
			w->row[i].end = HISTORY_RETIRED;
}

static void
vouched(struct history_row *r, const struct story *s)
{
	for (size_t i = 0; i < s->e->proof_n; i++) {
		const struct proof *f = &s->e->proof[i];
		const struct key *k =
		    f->kind == PROOF_KEY ? story_key(s, &f->kid) : NULL;
		struct history_vouch *v;

		if (k == NULL)
			continue;
		v = mem_new(sizeof *v);
		v->kid = f->kid;
		v->name = mem_copy(k->name);
		v->seq = s->e->seq;
		v->method = s->p->u.endorse.method;
		v->next = r->vouch;
		r->vouch = v;
	}
}

static enum err
tell(void *ctx, const struct story *s)
{
	struct telling *w = ctx;
	struct history_row *r;

	if (s->p->kind == KIND_STAGE)
		return add_stage(w, s);
	if (w->open == 0)
		return OK;
	r = &w->row[w->open - 1];
	if (s->p->kind == KIND_ENDORSE) {
		vouched(r, s);
		return OK;
	}
	if (s->p->kind == KIND_REVOKE) {
		r->end = HISTORY_REVOKED;
		r->reason = mem_string(s->p->u.revoke.reason);
		w->open = 0;
	} else if (s->now->phase == PHASE_NOTICED) {
		r->end = HISTORY_NOTICED;
	} else if (s->now->phase == PHASE_OPEN) {
		if (s->p->u.receipt.role == ROLE_LAPSED)
			r->end = HISTORY_LAPSED;
		else
			completed(w, s->now->released_at);
		w->open = 0;
	}
	return OK;
}

enum err
history_of(const struct target *t, const struct history_row **row, size_t *n)
{
	struct telling w = { 0 };

	TRY(story_tell(t, tell, &w));
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
	fail_hint("`encl upgrade list %s` shows the stages", t->name);
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
