/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "image/cpio.h"
#include "image/layer.h"
#include "tests/fuzz/fuzz.h"

struct sum {
	uint64_t n, files;
};

static enum err
put(void *ctx, struct span s)
{
	struct sum *sum = ctx;

	sum->n += s.n;
	return OK;
}

static enum err
put_file(void *ctx, int fd, uint64_t offset, uint64_t n)
{
	struct sum *sum = ctx;
	uint8_t b;

	/* The last byte must be where the tree says. */
	if (n == 0 || pread(fd, &b, 1, (off_t)(offset + n - 1)) != 1)
		abort();
	sum->n += n;
	sum->files++;
	return OK;
}

static void
check(const struct tree_node *n)
{
	for (size_t i = 0; i < n->n; i++) {
		const struct tree_node *c = n->child[i];

		if (c->up != n || c->name.n == 0 || c->name.n > TREE_NAME_MAX ||
		    span_is(c->name, ".") || span_is(c->name, "..") ||
		    memchr(c->name.p, '/', c->name.n) != NULL)
			abort();
		if (i > 0 && span_cmp(n->child[i - 1]->name, c->name) >= 0)
			abort();
		if (c->kind != TREE_DIR && c->n > 0)
			abort();
		check(c);
	}
}

/* Two layers of the same archive, the second with deletions. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static int fd = -1;
	struct layer l = { .size = n };
	struct layer_result r;
	struct layer_spool spool;
	struct cpio c = { .prefix = span_str("rootfs") };
	struct sum sum = { 0, 0 };
	struct cpio_sink to = { put, put_file, &sum };
	struct tree t;

	if (fd < 0)
		fd = fileno(tmpfile());
	if (ftruncate(fd, 0) != 0 || pwrite(fd, p, n, 0) != (ssize_t)n)
		abort();
	l.fd = fd;
	layer_spool_open(&spool);
	if (tree_open(&t) != OK)
		abort();
	for (int i = 0; i < 2; i++) {
		l.whiteouts = i == 1;
		if (layer_read(&t, &l, &spool, &r) != OK)
			break;
	}
	check(t.root);
	if (cpio_write(&t, &c, &to) == OK && sum.n % 4 != 0)
		abort();
	tree_close(&t);
	layer_spool_close(&spool);
	return 0;
}
