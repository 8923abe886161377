/* SPDX-License-Identifier: ISC */
#include "watch_list.h"

#include "chain/text.h"
#include "fail.h"
#include "mem.h"
#include "view/view.h"

#define PAGE 100
#define CURSOR 256
#define PAGES 10000

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

/* A directory lists them in one order each time: the next is mostly the one
 * after the last. */
static bool
find(struct watch_list *l, const struct h32 *chain, size_t *at)
{
	for (size_t i = 0; i < l->n; i++) {
		*at = (l->hint + i) % l->n;
		if (h32_eq(&l->chain[*at].t.chain, chain)) {
			l->hint = *at + 1;
			return true;
		}
	}
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

static enum err
take_page(struct watch_list *l, char next[CURSOR],
    enum err (*moved)(void *ctx, size_t i), void *ctx)
{
	const char *more;
	enum err e = OK;
	json_t *j, *v;
	size_t i;

	TRY(api_get(l->directory,
	    mem_printf("/v1/chains?limit=%d%s%s", PAGE,
		next[0] ? "&after=" : "", api_segment(next)),
	    &j));
	json_array_foreach(json_object_get(j, "items"), i, v)
	{
		if (e == OK)
			e = take_item(l, v, moved, ctx);
	}
	more = json_string_value(json_object_get(j, "next"));
	next[0] = '\0';
	if (more != NULL && strlen(more) < CURSOR)
		memcpy(next, more, strlen(more) + 1);
	json_decref(j);
	return e;
}

enum err
watch_list_moved(struct watch_list *l, enum err (*moved)(void *ctx, size_t i),
    void *ctx)
{
	char next[CURSOR] = "";

	for (size_t page = 0; page == 0 || next[0] != '\0'; page++) {
		void *mark = mem_mark();
		size_t n = l->n;

		if (page == PAGES)
			return fail_with(ERR_ANSWER_BAD,
			    "The list of chains has no end.");
		TRY(take_page(l, next, moved, ctx));
		if (n == l->n) /* else the list has grown into it */
			mem_release(mark);
	}
	return OK;
}
