/* SPDX-License-Identifier: ISC */
#include "story.h"

#include "mem.h"
#include "pubkey.h"

struct teller {
	struct entry *e;
	struct payload *p;
	struct state *was, *now;
	struct policy *policy;
	struct rules rules;
};

static enum err
verified_already(void *ctx, const struct check *k)
{
	(void)ctx;
	(void)k;
	return OK;
}

static enum err
next(struct teller *w, struct span bytes, struct story *s)
{
	TRY(entry_decode(bytes, w->e));
	TRY(payload_decode(w->e->payload, w->p));
	*w->was = *w->now;
	TRY(rules_next(&w->rules, w->now, w->e));
	*s = (struct story){ .e = w->e,
		.p = w->p,
		.was = w->was,
		.now = w->now };
	if (w->was->next_seq > 0) {
		TRY(state_policy(w->was, w->policy));
		s->policy = w->policy;
	}
	return OK;
}

enum err
story_go_on(const struct state *from, const struct h32 *root,
    struct span entries, enum err (*each)(void *ctx, const struct story *s),
    void *ctx)
{
	struct teller w = { .e = mem_new(sizeof *w.e),
		.p = mem_new(sizeof *w.p),
		.was = mem_new(sizeof *w.was),
		.now = mem_new(sizeof *w.now),
		.policy = mem_new(sizeof *w.policy),
		.rules = { .root = root,
		    .root_n = 1,
		    .level = LEVEL_PUBLIC,
		    .check = verified_already } };
	struct span item;
	struct story s;
	enum item kind;

	if (from != NULL)
		*w.now = *from;
	while (entries.n > 0) {
		TRY(entry_item(&entries, &kind, &item));
		if (kind != ITEM_ENTRY)
			continue;
		TRY(next(&w, item, &s));
		TRY(each(ctx, &s));
	}
	return OK;
}

enum err
story_tell(const struct target *t,
    enum err (*each)(void *ctx, const struct story *s), void *ctx)
{
	return story_go_on(NULL, &t->st->root, t->file, each, ctx);
}

const struct key *
story_key(const struct story *s, const struct h32 *kid)
{
	const struct payload *p = s->p;
	const struct key *k = NULL;

	if (s->policy != NULL)
		k = pubkey_in_policy(s->policy, kid);
	if (k == NULL && p->kind == KIND_GENESIS)
		k = pubkey_in_policy(&p->u.genesis.policy, kid);
	if (k == NULL && p->kind == KIND_STAGE && !p->u.stage.has_release)
		k = pubkey_in_policy(&p->u.stage.policy, kid);
	return k;
}
