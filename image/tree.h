/* SPDX-License-Identifier: ISC */
#ifndef TREE_H
#define TREE_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * A file system in memory, made of layers that lie on one another (OCI image
 * specification, layer.md).  File contents stay where they are, in files on
 * this machine; the tree holds the rest.  Nothing outside of it is ever
 * touched: a path with ".." is refused, and symbolic links in the middle of a
 * path are followed inside the tree, whose root nothing is above.
 */
#define TREE_PATH_MAX 4000U /* what fits into an initramfs with a prefix */
#define TREE_NAME_MAX 255U
#define TREE_NODES_MAX ((size_t)4 << 20)
#define TREE_LINKS_MAX 40U /* symbolic links on the way to one file */

enum tree_kind { TREE_DIR, TREE_FILE, TREE_SYMLINK };

/* Contents, which several names can share. */
struct tree_file {
	int fd;               /* where they are: size bytes from offset, or */
	const uint8_t *bytes; /* where not NULL, here */
	uint64_t offset, size;
	unsigned links;  /* names in the tree */
	unsigned number; /* for whoever writes it out; 0 until then */
	unsigned seen;
};

struct tree_node {
	enum tree_kind kind;
	unsigned mode; /* 07777 */
	uint32_t uid, gid;
	struct span name;         /* empty for the root */
	struct tree_file *file;   /* of TREE_FILE */
	struct span target;       /* of TREE_SYMLINK */
	unsigned layer;           /* that put it there */
	struct tree_node *up;     /* the root's is itself */
	struct tree_node **child; /* sorted by name, bytewise */
	size_t n, cap;
};

struct tree_block;

struct tree {
	struct tree_node *root;
	unsigned layer;
	size_t nodes;
	struct tree_block *blocks;
};

/* What is put: name and links are copied, file may be NULL and is copied. */
struct tree_entry {
	enum tree_kind kind;
	unsigned mode;
	uint32_t uid, gid;
	struct tree_file file;
	struct span target;
};

/* An empty tree, layer 0.  ERR_OUT_OF_MEMORY.  tree_close takes t as
 * tree_open left it, too. */
MUST_USE enum err tree_open(struct tree *t);
void tree_close(struct tree *t);

/* What comes now lies above what came before. */
void tree_layer(struct tree *t);

/* Puts a file, folder or link there, in the place of what was there; a folder
 * over a folder keeps what is in it.  Missing folders on the way are made,
 * 0755 and root's.  ERR_TREE_PATH, _LINK, _PARENT, _LARGE,
 * ERR_OUT_OF_MEMORY. */
MUST_USE enum err tree_put(struct tree *t, struct span path,
    const struct tree_entry *e);

/* A second name for a file.  ERR_TREE_HARDLINK where there is no such
 * file. */
MUST_USE enum err tree_hardlink(struct tree *t, struct span path,
    struct span target);

/* Takes away what lower layers put at path, or in the folder there: what this
 * layer put stays, before or after. */
MUST_USE enum err tree_whiteout(struct tree *t, struct span path);
MUST_USE enum err tree_opaque(struct tree *t, struct span path);

/* The node there, symbolic links on the way followed but not at the end; NULL
 * where there is none. */
struct tree_node *tree_find(const struct tree *t, struct span path);

#endif
