/* SPDX-License-Identifier: ISC */
#ifndef LAYER_H
#define LAYER_H

#include "tree.h"

/*
 * Tar archives, plain or compressed with gzip or zstd, read into a tree.  The
 * one file that knows libarchive.  File contents are used where they lie in a
 * plain archive, and else copied to a temporary file without a name.
 */
struct layer_spool {
	int fd; /* -1 until it is needed */
	uint64_t size;
};

/* An archive: size bytes of fd from offset. */
struct layer {
	int fd;
	uint64_t offset, size;
	bool whiteouts; /* ".wh." names delete, as in layers; else refused */
};

#define LAYER_AT 200

struct layer_result {
	char at[LAYER_AT];  /* the name of the entry that was read last */
	size_t lost_xattrs; /* entries with attributes that have no place */
};

/* Where temporary files go: $TMPDIR, else /var/tmp. */
const char *layer_spool_folder(void);
void layer_spool_open(struct layer_spool *s);
void layer_spool_close(struct layer_spool *s);

/* Copies a file to the end of the spool.  ERR_FILE_READ, ERR_FILE_WRITE,
 * ERR_TREE_LARGE, ERR_OUT_OF_MEMORY. */
MUST_USE enum err layer_spool_copy(struct layer_spool *s, int fd,
    struct tree_file *f);

/* Reads the archive as the next layer of t.  The tree then points into l->fd
 * and the spool, which stay open as long as it is used.  What tree.h says,
 * ERR_TREE_DEVICE, ERR_TREE_WHITEOUT, ERR_TAR_BAD, ERR_FILE_WRITE (no room for
 * the spool), ERR_OUT_OF_MEMORY. */
MUST_USE enum err layer_read(struct tree *t, const struct layer *l,
    struct layer_spool *spool, struct layer_result *r);

/* One member of an archive, for layouts that lie in a tar themselves: name is
 * borrowed for the call; contents are size bytes of fd from offset. */
typedef enum err (*layer_member_fn)(void *ctx, const char *name, int fd,
    uint64_t offset, uint64_t size);
MUST_USE enum err layer_members(const struct layer *l,
    struct layer_spool *spool, layer_member_fn fn, void *ctx);

#endif
