/* SPDX-License-Identifier: ISC */
#include "watch_list.h"

#include "chain/text.h"
#include "fail.h"
#include "mem.h"
#include "view/view.h"

#define PAGE 100

static struct watch_chain *
room(struct watch_list *l)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 16;

		l->chain = mem_grow(l->chain, l->cap * sizeof *l->chain,
		    cap * sizeof *l->chain);
		l->cap = cap;
	}
	return &l->chain[l->n];
}

static bool
find(const struct watch_list *l, const struct h32 *chain, size_t *at)
{
	for (*at = 0; *at < l->n; ++*at)
		if (h32_eq(&l->chain[*at].t.chain, chain))
			return true;
	return false;
}

enum err
watch_list_add(const struct cli *c, struct watch_list *l, const char *arg)
{
	struct watch_chain *ch = room(l);
	size_t at;

	TRY(target_find(c, arg, &ch->t));
	if (!find(l, &ch->t.chain, &at))
		l->n++;
	return OK;
}

/* By its id alone: what the directory calls it is its own word. */
static size_t
add_listed(struct watch_list *l, const struct h32 *chain)
{
	struct watch_chain *ch = room(l);

	memset(ch, 0, sizeof *ch);
	ch->t.conf = l->directory;
	ch->t.chain = *chain;
	ch->t.name = mem_printf("%.12s", mem_hex(h32_span(chain)));
	return l->n++;
}

static enum err
add_known(void *ctx, const struct h32 *chain)
{
	struct watch_list *l = ctx;
	size_t at;

	if (!find(l, chain, &at))
		(void)add_listed(l, chain);
	return OK;
}

enum err
watch_list_known(struct watch_list *l, const char *dir)
{
	return watch_store_each(dir, add_known, l);
}

static enum err
take_item(struct watch_list *l, const json_t *j,
    enum err (*moved)(void *ctx, size_t i), void *ctx)
{
	const char *id = json_string_value(json_object_get(j, "chain"));
	const char *head = json_string_value(json_object_get(j, "head"));
	struct h32 chain, now;
	size_t at;

	if (id == NULL || head == NULL || !view_bytes_unh32(id, &chain) ||
	    !view_bytes_unh32(head, &now))
		return fail_with(ERR_ANSWER_BAD,
		    "The list of chains has an item without chain and head.");
	if (!find(l, &chain, &at))
		at = add_listed(l, &chain);
	return h32_eq(&l->chain[at].head, &now) ? OK : moved(ctx, at);
}

enum err
watch_list_moved(struct watch_list *l, enum err (*moved)(void *ctx, size_t i),
    void *ctx)
{
	const char *after = "";
	enum err e = OK;
	json_t *j, *v;
	size_t i;

	while (e == OK && after != NULL) {
		TRY(api_get(l->directory,
		    mem_printf("/v1/chains?limit=%d%s%s", PAGE,
			after[0] ? "&after=" : "", api_segment(after)),
		    &j));
		json_array_foreach(json_object_get(j, "items"), i, v)
		{
			if (e == OK)
				e = take_item(l, v, moved, ctx);
		}
		after = json_string_value(json_object_get(j, "next"));
		after = after != NULL ? mem_printf("%s", after) : NULL;
		json_decref(j);
	}
	return e;
}
