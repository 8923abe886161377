/* SPDX-License-Identifier: ISC */
#include "tip.h"

#include "chain/instant.h"
#include "chain/text.h"
#include "chain/walk.h"
#include "mem.h"
#include "value.h"

/* Of a chain whose policy names no log: then the origin's end alone tells that
 * it is about this chain, and nobody's signature is verified. */
static enum err
check_origin(const struct state *st, struct span origin)
{
	uint8_t hex[65];
	struct out o = out_of(hex, sizeof hex);

	out_put(&o, "/", 1);
	text_hex(&o, h32_span(&st->chain));
	if (origin.n > o.n && memcmp(origin.p + origin.n - o.n, o.p, o.n) == 0)
		return OK;
	return ERR_CHECKPOINT_ORIGIN;
}

static enum err
read_cosigners(struct tip *t, const struct witness_set *w)
{
	t->n = w->n;
	t->threshold = w->threshold;
	for (size_t i = 0; i < w->n; i++) {
		struct tip_witness *by = &t->by[i];

		by->name = w->key[i].name;
		by->err =
		    checkpoint_cosigned_by(&t->c, &w->key[i], &by->seconds);
		if (by->err == OK && by->seconds > TIME_MAX / 1000)
			by->err = ERR_TIME_RANGE;
		if (by->err != OK)
			by->seconds = 0;
	}
	return OK;
}

static enum err
read_signers(const struct state *st, struct tip *t)
{
	struct policy *p = mem_new(sizeof *p);
	struct witness_set *w = mem_new(sizeof *w);

	TRY(state_policy(st, p));
	if (!p->has_witnesses)
		return check_origin(st, t->c.origin);
	TRY(witness_set_of(p, &st->chain, w));
	if (!span_eq(t->c.origin, w->log.name))
		return ERR_CHECKPOINT_ORIGIN;
	TRY(checkpoint_verify(&t->c, &w->log));
	t->named = true;
	return read_cosigners(t, w);
}

static enum err
judge_over(const struct state *st, struct span note, uint64_t now,
    uint64_t max_age, struct tip *t)
{
	struct walk *w = mem_new(sizeof *w);
	struct walk_opts o = { .rules = { .root = &st->root,
				   .root_n = 1,
				   .level = LEVEL_FRESH },
		.fresh = { note, now, max_age },
		.from = st };
	struct h32 root;
	enum err e;

	TRY(merkle_root(&st->tree, &root));
	if (!h32_eq(&root, &t->c.root))
		return ERR_CHECKPOINT_ROOT;
	if (!t->named)
		return OK;
	walk_init(w, &o);
	e = walk_end(w);
	t->witnessed = w->witnessed;
	return e;
}

enum err
tip_judge(const struct state *st, struct span note, uint64_t now,
    uint64_t max_age, struct tip *t)
{
	memset(t, 0, sizeof *t);
	TRY(checkpoint_decode(note, &t->c));
	t->place = t->c.size == st->next_seq  ? TIP_OVER
		   : t->c.size < st->next_seq ? TIP_BEHIND
					      : TIP_AHEAD;
	TRY(read_signers(st, t));
	return t->place == TIP_OVER ? judge_over(st, note, now, max_age, t)
				    : OK;
}

enum err
tip_prefix(const struct tip *t, struct span chain_file)
{
	struct merkle *tree = mem_new(sizeof *tree);
	struct entry *e = mem_new(sizeof *e);
	struct span item;
	enum item kind;
	struct h32 root;

	while (chain_file.n > 0 && tree->n < t->c.size) {
		TRY(entry_item(&chain_file, &kind, &item));
		if (kind != ITEM_ENTRY)
			continue;
		TRY(entry_decode(item, e));
		TRY(merkle_add(tree, &e->id));
	}
	if (tree->n < t->c.size)
		return ERR_CHECKPOINT_SIZE;
	TRY(merkle_root(tree, &root));
	return h32_eq(&root, &t->c.root) ? OK : ERR_CHECKPOINT_ROOT;
}

const char *
tip_text(const struct tip *t)
{
	const char *s = "";

	for (size_t i = 0; i < t->n; i++)
		if (t->by[i].seconds > 0)
			s = mem_printf("%s%s%s %s", s, *s ? ", " : "",
			    mem_string(t->by[i].name),
			    value_time_text(t->by[i].seconds * 1000));
	return s;
}

static const char *
names(const struct tip *t, bool have)
{
	const char *s = "";

	for (size_t i = 0; i < t->n; i++)
		if ((t->by[i].seconds > 0) == have)
			s = mem_printf("%s%s%s", s, *s ? ", " : "",
			    mem_string(t->by[i].name));
	return s;
}

const char *
tip_names(const struct tip *t)
{
	return names(t, true);
}

const char *
tip_missing(const struct tip *t)
{
	return names(t, false);
}
