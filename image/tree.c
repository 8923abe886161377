/* SPDX-License-Identifier: ISC */
#include "tree.h"

#include <stdlib.h>

#define BLOCK ((size_t)1 << 20)

struct tree_block {
	struct tree_block *next;
	size_t n, cap;
	max_align_t p[];
};

/* Memory that goes back all at once, in tree_close. */
static void *
take(struct tree *t, size_t n)
{
	struct tree_block *b = t->blocks;
	size_t cap = n > BLOCK ? n : BLOCK;
	void *p;

	n = (n + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (b == NULL || b->cap - b->n < n) {
		cap = (cap + sizeof(max_align_t) - 1) &
		      ~(sizeof(max_align_t) - 1);
		b = malloc(sizeof *b + cap);
		if (b == NULL)
			return NULL;
		*b = (struct tree_block){ t->blocks, 0, cap };
		t->blocks = b;
	}
	p = (uint8_t *)b->p + b->n;
	b->n += n;
	memset(p, 0, n);
	return p;
}

static bool
copy(struct tree *t, struct span s, struct span *to)
{
	uint8_t *p = take(t, s.n + 1);

	if (p == NULL)
		return false;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	*to = span_of(p, s.n);
	return true;
}

enum err
tree_open(struct tree *t)
{
	*t = (struct tree){ .root = NULL };
	t->root = take(t, sizeof *t->root);
	if (t->root == NULL)
		return ERR_OUT_OF_MEMORY;
	t->root->mode = 0755;
	t->root->up = t->root;
	return OK;
}

void
tree_close(struct tree *t)
{
	while (t->blocks != NULL) {
		struct tree_block *next = t->blocks->next;

		free(t->blocks);
		t->blocks = next;
	}
}

void
tree_layer(struct tree *t)
{
	t->layer++;
}

/* The place of a name among the children: where it is, or would be. */
static size_t
place(const struct tree_node *d, struct span name, bool *there)
{
	size_t a = 0, b = d->n;

	while (a < b) {
		size_t m = a + (b - a) / 2;
		int c = span_cmp(d->child[m]->name, name);

		if (c == 0) {
			*there = true;
			return m;
		}
		if (c < 0)
			a = m + 1;
		else
			b = m;
	}
	*there = false;
	return a;
}

static struct tree_node *
child(const struct tree_node *d, struct span name)
{
	bool there;
	size_t i = place(d, name, &there);

	return there ? d->child[i] : NULL;
}

static enum err
grow(struct tree *t, struct tree_node *d)
{
	size_t cap = d->cap > 0 ? 2 * d->cap : 8;
	struct tree_node **p = take(t, cap * sizeof(struct tree_node *));

	if (p == NULL)
		return ERR_OUT_OF_MEMORY;
	if (d->n > 0)
		memcpy(p, d->child, d->n * sizeof(struct tree_node *));
	d->child = p;
	d->cap = cap;
	return OK;
}

/* A new folder, 0755 and root's, below d, where there is no such name. */
static enum err
add(struct tree *t, struct tree_node *d, struct span name,
    struct tree_node **out)
{
	struct tree_node *n;
	bool there;
	size_t i = place(d, name, &there);

	if (++t->nodes > TREE_NODES_MAX)
		return ERR_TREE_LARGE;
	if (d->n == d->cap)
		TRY(grow(t, d));
	n = take(t, sizeof *n);
	if (n == NULL || !copy(t, name, &n->name))
		return ERR_OUT_OF_MEMORY;
	n->mode = 0755;
	n->up = d;
	n->layer = t->layer;
	memmove(d->child + i + 1, d->child + i,
	    (d->n - i) * sizeof(struct tree_node *));
	d->child[i] = n;
	d->n++;
	*out = n;
	return OK;
}

static void
forget_contents(struct tree_node *n)
{
	if (n->kind == TREE_FILE)
		n->file->links--;
	n->file = NULL;
	for (size_t i = 0; i < n->n; i++)
		forget_contents(n->child[i]);
	n->n = 0;
}

static void
unlink_child(struct tree_node *d, size_t i)
{
	forget_contents(d->child[i]);
	memmove(d->child + i, d->child + i + 1,
	    (d->n - i - 1) * sizeof(struct tree_node *));
	d->n--;
}

/* The first part of a path, and what is behind it; "" and "." are passed
 * over.  False at the end. */
static bool
part(struct span *path, struct span *name)
{
	while (path->n > 0) {
		const uint8_t *slash = memchr(path->p, '/', path->n);
		size_t n = slash != NULL ? (size_t)(slash - path->p) : path->n;

		*name = span_of(path->p, n);
		n += slash != NULL;
		*path = span_of(path->p + n, path->n - n);
		if (name->n > 0 && !span_is(*name, "."))
			return true;
	}
	return false;
}

/* A path as archives may give it. */
static enum err
check(struct span path)
{
	struct span rest = path, name;

	if (path.n == 0 || path.n > TREE_PATH_MAX || path.p[0] == '/' ||
	    memchr(path.p, 0, path.n) != NULL)
		return ERR_TREE_PATH;
	while (part(&rest, &name))
		if (span_is(name, "..") || name.n > TREE_NAME_MAX)
			return ERR_TREE_PATH;
	return OK;
}

/* One walk: where it may make folders, and how many links it may follow. */
struct walk {
	struct tree *t;
	bool make;
	unsigned links;
};

static enum err walk_to(struct walk *w, struct tree_node **at,
    struct span path);

/* From *at into the folder of this name; *at NULL where there is none. */
static enum err
step(struct walk *w, struct tree_node **at, struct span name)
{
	struct tree_node *d = *at, *c;

	if (span_is(name, "..")) {
		*at = d->up;
		return OK;
	}
	c = child(d, name);
	if (c == NULL) {
		*at = NULL;
		if (!w->make)
			return OK;
		return name.n > TREE_NAME_MAX ? ERR_TREE_PATH
					      : add(w->t, d, name, at);
	}
	if (c->kind == TREE_FILE)
		return ERR_TREE_PARENT;
	*at = c;
	if (c->kind == TREE_DIR)
		return OK;
	if (w->links-- == 0)
		return ERR_TREE_LINK;
	*at = c->target.n > 0 && c->target.p[0] == '/' ? w->t->root : d;
	return walk_to(w, at, c->target);
}

static enum err
walk_to(struct walk *w, struct tree_node **at, struct span path)
{
	struct span name;

	while (*at != NULL && part(&path, &name))
		TRY(step(w, at, name));
	return OK;
}

/* The folder that a path lies in, and its last part, which is empty for the
 * root itself. */
static enum err
parent(struct walk *w, struct span path, struct tree_node **dir,
    struct span *last)
{
	struct span name;

	*dir = w->t->root;
	*last = span_of(NULL, 0);
	while (*dir != NULL && part(&path, &name)) {
		if (last->n > 0)
			TRY(step(w, dir, *last));
		*last = name;
	}
	return OK;
}

static struct walk
walk(struct tree *t, bool make)
{
	return (struct walk){ t, make, TREE_LINKS_MAX };
}

static unsigned
depth(const struct tree_node *n)
{
	unsigned k = 0;

	for (; n->up != n; n = n->up)
		k += (unsigned)n->name.n + 1;
	return k;
}

/* The node to fill, empty but for the children of a folder that stays. */
static enum err
slot(struct tree *t, struct span path, bool folder, struct tree_node **out)
{
	struct walk w = walk(t, true);
	struct tree_node *d;
	struct span last;

	TRY(check(path));
	TRY(parent(&w, path, &d, &last));
	if (last.n == 0) {
		*out = t->root;
		return folder ? OK : ERR_TREE_PATH;
	}
	if (depth(d) + last.n > TREE_PATH_MAX)
		return ERR_TREE_PATH;
	*out = child(d, last);
	if (*out == NULL)
		return add(t, d, last, out);
	if (!folder || (*out)->kind != TREE_DIR)
		forget_contents(*out);
	(*out)->layer = t->layer;
	return OK;
}

enum err
tree_put(struct tree *t, struct span path, const struct tree_entry *e)
{
	struct tree_node *n;
	struct span target = { NULL, 0 };
	struct tree_file *f = NULL;

	if (e->kind == TREE_SYMLINK &&
	    (e->target.n == 0 || e->target.n > TREE_PATH_MAX ||
		!copy(t, e->target, &target)))
		return ERR_TREE_LINK;
	if (e->kind == TREE_FILE) {
		f = take(t, sizeof *f);
		if (f == NULL)
			return ERR_OUT_OF_MEMORY;
		*f = e->file;
		f->links = 1;
		f->number = f->seen = 0;
	}
	TRY(slot(t, path, e->kind == TREE_DIR, &n));
	n->kind = e->kind;
	n->mode = e->mode & 07777;
	n->uid = e->uid;
	n->gid = e->gid;
	n->target = target;
	n->file = f;
	return OK;
}

enum err
tree_hardlink(struct tree *t, struct span path, struct span target)
{
	struct tree_node *from, *n;
	struct tree_file *f;

	TRY(check(target));
	from = tree_find(t, target);
	if (from == NULL || from->kind != TREE_FILE)
		return ERR_TREE_HARDLINK;
	f = from->file;
	f->links++; /* it may be put over its own last name */
	TRY(slot(t, path, false, &n));
	n->kind = TREE_FILE;
	n->mode = from->mode;
	n->uid = from->uid;
	n->gid = from->gid;
	n->file = f;
	return OK;
}

/* Drops what lower layers put into n; whether something of this layer is
 * left of it. */
static bool
drop_lower(const struct tree *t, struct tree_node *n)
{
	bool own = n->layer == t->layer;

	for (size_t i = n->n; i-- > 0;)
		if (drop_lower(t, n->child[i]))
			own = true;
		else
			unlink_child(n, i);
	if (own && n->layer != t->layer) {
		/* A folder that this layer needs and does not describe. */
		n->mode = 0755;
		n->uid = n->gid = 0;
		n->layer = t->layer;
	}
	return own;
}

enum err
tree_whiteout(struct tree *t, struct span path)
{
	struct walk w = walk(t, false);
	struct tree_node *d;
	struct span last;
	bool there;
	size_t i;

	TRY(check(path));
	TRY(parent(&w, path, &d, &last));
	if (last.n == 0)
		return ERR_TREE_PATH;
	if (d == NULL)
		return OK;
	i = place(d, last, &there);
	if (there && !drop_lower(t, d->child[i]))
		unlink_child(d, i);
	return OK;
}

enum err
tree_opaque(struct tree *t, struct span path)
{
	struct walk w = walk(t, true);
	struct tree_node *d = t->root;

	if (path.n > 0)
		TRY(check(path));
	TRY(walk_to(&w, &d, path));
	for (size_t i = d->n; i-- > 0;)
		if (!drop_lower(t, d->child[i]))
			unlink_child(d, i);
	return OK;
}

struct tree_node *
tree_find(const struct tree *t, struct span path)
{
	struct tree same = *t;
	struct walk w = walk(&same, false);
	struct tree_node *d;
	struct span last;

	if (parent(&w, path, &d, &last) != OK || d == NULL)
		return NULL;
	return last.n == 0 ? d : child(d, last);
}
