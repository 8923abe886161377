/* SPDX-License-Identifier: ISC */
#include "folder.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A file with several names, and the first of them that was met. */
struct linked {
	dev_t dev;
	ino_t ino;
	char *path; /* NULL: a free slot */
};

struct walk {
	struct tree *t;
	struct layer_spool *spool;
	struct layer_result *r;
	char path[TREE_PATH_MAX + 1];
	size_t n;
	struct linked *link; /* cap is a power of two, at most half is used */
	size_t links, cap;
};

static struct linked *
slot(struct linked *of, size_t cap, dev_t dev, ino_t ino)
{
	size_t i = (size_t)(ino * 0x9e3779b97f4a7c15U) & (cap - 1);

	while (of[i].path != NULL && (of[i].dev != dev || of[i].ino != ino))
		i = (i + 1) & (cap - 1);
	return &of[i];
}

static enum err
grow(struct walk *w)
{
	size_t cap = w->cap ? 2 * w->cap : 64;
	struct linked *more;

	if (2 * (w->links + 1) <= w->cap)
		return OK;
	more = calloc(cap, sizeof *more);
	if (more == NULL)
		return ERR_OUT_OF_MEMORY;
	for (size_t i = 0; i < w->cap; i++)
		if (w->link[i].path != NULL)
			*slot(more, cap, w->link[i].dev, w->link[i].ino) =
			    w->link[i];
	free(w->link);
	w->link = more;
	w->cap = cap;
	return OK;
}

/* A further name of a file that is in the tree already. */
static enum err
put_link(struct walk *w, const struct stat *st, bool *is)
{
	struct linked *l;

	*is = false;
	if (st->st_nlink < 2)
		return OK;
	TRY(grow(w));
	l = slot(w->link, w->cap, st->st_dev, st->st_ino);
	*is = l->path != NULL;
	if (*is)
		return tree_hardlink(w->t, span_of(w->path, w->n),
		    span_str(l->path));
	*l = (struct linked){ st->st_dev, st->st_ino, strdup(w->path) };
	w->links++;
	return l->path != NULL ? OK : ERR_OUT_OF_MEMORY;
}

static enum err
put_file(struct walk *w, int dir, const char *name, struct tree_entry *e)
{
	struct stat st;
	bool is = false;
	int fd =
	    openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	enum err x = fd < 0 || fstat(fd, &st) != 0 ? ERR_FILE_READ : OK;

	if (x == OK && !S_ISREG(st.st_mode))
		x = ERR_TREE_DEVICE; /* it was a file a moment ago */
	if (x == OK)
		x = put_link(w, &st, &is);
	if (x == OK && !is) {
		if (fgetxattr(fd, "security.capability", NULL, 0) > 0)
			w->r->lost_xattrs++;
		e->kind = TREE_FILE;
		x = layer_spool_copy(w->spool, fd, &e->file);
		if (x == OK)
			x = tree_put(w->t, span_of(w->path, w->n), e);
	}
	if (fd >= 0)
		(void)close(fd);
	return x;
}

static enum err
put_symlink(struct walk *w, int dir, const char *name, struct tree_entry *e)
{
	char target[TREE_PATH_MAX + 2];
	ssize_t n = readlinkat(dir, name, target, sizeof target);

	if (n < 0)
		return ERR_FILE_READ;
	if ((size_t)n == sizeof target)
		return ERR_TREE_LINK;
	e->kind = TREE_SYMLINK;
	e->mode = 0777;
	e->target = span_of(target, (size_t)n);
	return tree_put(w->t, span_of(w->path, w->n), e);
}

static enum err walk_folder(struct walk *w, int fd);

static enum err
walk_entry(struct walk *w, int dir, const char *name)
{
	struct tree_entry e = { .kind = TREE_DIR };
	struct stat st;
	int fd;

	if (strncmp(name, ".wh.", 4) == 0)
		return ERR_TREE_WHITEOUT;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return ERR_FILE_READ;
	e.mode = st.st_mode & 07777;
	e.uid = st.st_uid;
	e.gid = st.st_gid;
	if (S_ISREG(st.st_mode))
		return put_file(w, dir, name, &e);
	if (S_ISLNK(st.st_mode))
		return put_symlink(w, dir, name, &e);
	if (!S_ISDIR(st.st_mode))
		return ERR_TREE_DEVICE;
	TRY(tree_put(w->t, span_of(w->path, w->n), &e));
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? ERR_FILE_READ : walk_folder(w, fd);
}

/* Takes fd. */
static enum err
walk_folder(struct walk *w, int fd)
{
	DIR *d = fdopendir(fd);
	size_t was = w->n;
	struct dirent *x;
	enum err e = OK;
	int why;

	if (d == NULL) {
		(void)close(fd);
		return ERR_FILE_READ;
	}
	while (e == OK && (errno = 0, x = readdir(d)) != NULL) {
		size_t n = strlen(x->d_name);

		if (strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0)
			continue;
		if (was + 1 + n > TREE_PATH_MAX) {
			e = ERR_TREE_PATH;
			break;
		}
		w->n = was + (size_t)sprintf(w->path + was, "%s%s",
				 was > 0 ? "/" : "", x->d_name);
		(void)snprintf(w->r->at, sizeof w->r->at, "%.199s", w->path);
		e = walk_entry(w, dirfd(d), x->d_name);
		w->n = was;
	}
	if (e == OK && errno != 0)
		e = ERR_FILE_READ;
	w->path[was] = '\0';
	why = errno;
	(void)closedir(d);
	errno = why;
	return e;
}

enum err
folder_read(struct tree *t, const char *path, struct layer_spool *spool,
    struct layer_result *r)
{
	struct walk *w = calloc(1, sizeof *w);
	struct tree_entry root = { .kind = TREE_DIR };
	struct stat st;
	enum err e = ERR_FILE_READ;
	int fd, why;

	*r = (struct layer_result){ .at = "." };
	if (w == NULL)
		return ERR_OUT_OF_MEMORY;
	w->t = t;
	w->spool = spool;
	w->r = r;
	tree_layer(t);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0) {
		root.mode = st.st_mode & 07777;
		root.uid = st.st_uid;
		root.gid = st.st_gid;
		e = tree_put(t, span_str("."), &root);
	}
	if (e == OK)
		e = walk_folder(w, fd);
	else if (fd >= 0)
		(void)close(fd);
	why = errno;
	for (size_t i = 0; i < w->cap; i++)
		free(w->link[i].path);
	free(w->link);
	free(w);
	errno = why;
	return e;
}
