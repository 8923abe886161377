/* SPDX-License-Identifier: ISC */
#ifndef WATCH_LIST_H
#define WATCH_LIST_H

#include "watch_chain.h"

/* The chains that are followed. */
struct watch_list {
	const struct conf *directory; /* its server lists them; NULL: none */
	size_t n, cap, hint;
	struct watch_chain *chain;
};

/* CHAIN as target_find takes it. */
MUST_USE enum err watch_list_add(const struct cli *c, struct watch_list *l,
    const char *arg);
/* Every chain that was followed before, also when the directory names it no
 * more, and every one that it names.  What it says of a chain counts for
 * nothing but when to look. */
MUST_USE enum err watch_list_known(struct watch_list *l, const char *dir);

/* Asks the directory for what is new or has moved: moved(ctx, i) is called for
 * chain i of the list where its head is another, and for new ones. */
MUST_USE enum err watch_list_moved(struct watch_list *l,
    enum err (*moved)(void *ctx, size_t i), void *ctx);

#endif
