/* SPDX-License-Identifier: ISC */
#include "cpio.h"

#include <stdio.h>

#define HEAD 110
#define NAME_MAX_HERE 4095 /* longer ones are passed over by the kernel */
#define S_DIR 0040000U
#define S_FILE 0100000U
#define S_LINK 0120000U

static const uint8_t zeros[4];

struct writer {
	const struct cpio *c;
	const struct cpio_sink *to;
	unsigned number;
	size_t name_n;
	uint8_t name[NAME_MAX_HERE + 1];
};

struct head {
	unsigned number, mode, uid, gid, links;
	uint64_t size;
};

static enum err
put_zeros(const struct writer *w, uint64_t after)
{
	size_t n = (size_t)(-after & 3);

	return n > 0 ? w->to->put(w->to->ctx, span_of(zeros, n)) : OK;
}

static enum err
put_head(const struct writer *w, const struct head *h, struct span name)
{
	char b[HEAD + 1];

	(void)snprintf(b, sizeof b,
	    "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
	    h->number, h->mode, h->uid, h->gid, h->links, 0U, (unsigned)h->size,
	    0U, 0U, 0U, 0U, (unsigned)name.n + 1, 0U);
	TRY(w->to->put(w->to->ctx, span_of(b, HEAD)));
	TRY(w->to->put(w->to->ctx, name));
	TRY(w->to->put(w->to->ctx, span_of(zeros, 1)));
	return put_zeros(w, HEAD + name.n + 1);
}

static enum err
put_contents(const struct writer *w, const struct tree_file *f)
{
	if (f->bytes != NULL)
		TRY(w->to->put(w->to->ctx, span_of(f->bytes, (size_t)f->size)));
	else if (f->size > 0)
		TRY(w->to->put_file(w->to->ctx, f->fd, f->offset, f->size));
	return put_zeros(w, f->size);
}

static enum err
put_file(struct writer *w, struct tree_file *f, struct head *h)
{
	bool last;

	if (f->size > UINT32_MAX)
		return ERR_TREE_LARGE;
	if (f->number == 0)
		f->number = w->number++;
	last = ++f->seen == f->links;
	h->number = f->number;
	h->mode |= S_FILE;
	h->links = f->links;
	h->size = last ? f->size : 0;
	TRY(put_head(w, h, span_of(w->name, w->name_n)));
	return last ? put_contents(w, f) : OK;
}

static enum err
put_node(struct writer *w, const struct tree_node *n)
{
	struct head h = { .mode = n->mode, .links = 1 };
	struct span name = span_of(w->name, w->name_n);

	if (w->c->owners) {
		h.uid = n->uid;
		h.gid = n->gid;
	}
	if (n->kind == TREE_FILE)
		return put_file(w, n->file, &h);
	h.number = w->number++;
	if (n->kind == TREE_DIR) {
		h.mode |= S_DIR;
		h.links = 2;
		return put_head(w, &h, name);
	}
	h.mode |= S_LINK;
	h.size = n->target.n;
	TRY(put_head(w, &h, name));
	TRY(w->to->put(w->to->ctx, n->target));
	return put_zeros(w, n->target.n);
}

static bool
enter(struct writer *w, struct span name)
{
	if (w->name_n + name.n + 1 > NAME_MAX_HERE)
		return false;
	if (w->name_n > 0)
		w->name[w->name_n++] = '/';
	memcpy(w->name + w->name_n, name.p, name.n);
	w->name_n += name.n;
	return true;
}

static enum err
put_children(struct writer *w, const struct tree_node *d)
{
	size_t here = w->name_n;

	for (size_t i = 0; i < d->n; i++) {
		if (!enter(w, d->child[i]->name))
			return ERR_TREE_PATH;
		TRY(put_node(w, d->child[i]));
		TRY(put_children(w, d->child[i]));
		w->name_n = here;
	}
	return OK;
}

static void
forget_numbers(const struct tree_node *n)
{
	if (n->kind == TREE_FILE)
		n->file->number = n->file->seen = 0;
	for (size_t i = 0; i < n->n; i++)
		forget_numbers(n->child[i]);
}

enum err
cpio_write(struct tree *t, const struct cpio *c, const struct cpio_sink *to)
{
	struct writer w = { .c = c, .to = to, .number = 1 };
	struct head trailer = { .links = 1 };

	forget_numbers(t->root);
	if (c->outer != NULL) {
		forget_numbers(c->outer->root);
		TRY(put_children(&w, c->outer->root));
	}
	if (c->prefix.n > 0) {
		if (!enter(&w, c->prefix))
			return ERR_TREE_PATH;
		TRY(put_node(&w, t->root));
	}
	TRY(put_children(&w, t->root));
	return put_head(&w, &trailer, span_str("TRAILER!!!"));
}
