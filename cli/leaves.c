/* SPDX-License-Identifier: ISC */
#include "leaves.h"

#include "chain/entry.h"
#include "mem.h"

static void
add(struct leaves *l, const struct h32 *id)
{
	/* room for powers of two */
	if ((l->n & (l->n - 1)) == 0)
		l->id = mem_grow(l->id, l->n * sizeof *l->id,
		    (l->n ? 2 * l->n : 1) * sizeof *l->id);
	l->id[l->n++] = *id;
}

enum err
leaves_read(struct span s, uint64_t size, struct leaves *l)
{
	struct entry *e = mem_new(sizeof *e);
	struct span item;
	enum item kind;

	*l = (struct leaves){ 0 };
	while (s.n > 0 && (size == 0 || l->n < size)) {
		TRY(entry_item(&s, &kind, &item));
		if (kind != ITEM_ENTRY)
			continue;
		TRY(entry_decode(item, e));
		add(l, &e->id);
	}
	return l->n < size ? ERR_CHECKPOINT_SIZE : OK;
}

static enum err
node(void *ctx, unsigned level, uint64_t index, struct h32 *h)
{
	const struct leaves *l = ctx;
	struct h32 right;

	if (level == 0) {
		if (index >= l->n)
			return ERR_CHECKPOINT_SIZE;
		*h = l->id[index];
		return OK;
	}
	TRY(node(ctx, level - 1, 2 * index, h));
	TRY(node(ctx, level - 1, 2 * index + 1, &right));
	return merkle_node(h, &right, h);
}

struct merkle_source
leaves_source(struct leaves *l)
{
	return (struct merkle_source){ node, l };
}
