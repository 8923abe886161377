/* SPDX-License-Identifier: ISC */
#ifndef CPIO_H
#define CPIO_H

#include "tree.h"

/*
 * A tree as the kernel reads an initramfs: cpio "newc" (kernel documentation,
 * driver-api/early-userspace/buffer-format).  The same tree gives the same
 * bytes anywhere: folders before what is in them, names in bytewise order,
 * numbers 1, 2, 3... in that order (names of one file share one, and its
 * contents stand at the last of them), mtime 0, owner 0:0 unless asked,
 * device 0.
 */
struct cpio {
	struct span prefix; /* "rootfs": everything below that; or empty */
	struct tree
	    *outer;  /* what stands before it, without the prefix; NULL */
	bool owners; /* keep uid and gid */
};

/* Takes bytes in order. */
struct cpio_sink {
	enum err (*put)(void *ctx, struct span s);
	/* The same for n bytes of a file. */
	enum err (*put_file)(void *ctx, int fd, uint64_t offset, uint64_t n);
	void *ctx;
};

/* ERR_TREE_LARGE (a file of 4 GiB or more), ERR_TREE_PATH (with the prefix it
 * is too long), and what the sink says. */
MUST_USE enum err cpio_write(struct tree *t, const struct cpio *c,
    const struct cpio_sink *to);

#endif
