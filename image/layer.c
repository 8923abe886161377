/* SPDX-License-Identifier: ISC */
#include "layer.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive_lib.h"

#define BLOCK ((size_t)1 << 20)
#define CONTENTS_MAX (UINT64_C(64) << 30)
#define PROBE 64

static const struct archive_lib *lib;

struct reader {
	const struct layer *l;
	struct layer_spool *spool;
	uint64_t at; /* bytes of the archive given so far */
	uint8_t *block;
	struct archive *a;
	locale_t utf8, before;
};

void
layer_spool_open(struct layer_spool *s)
{
	*s = (struct layer_spool){ .fd = -1 };
}

void
layer_spool_close(struct layer_spool *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

const char *
layer_spool_folder(void)
{
	const char *dir = getenv("TMPDIR");

	return dir != NULL && dir[0] != '\0' ? dir : "/var/tmp";
}

static enum err
spool_need(struct layer_spool *s)
{
	char name[4096];
	int n;

	if (s->fd >= 0)
		return OK;
	n = snprintf(name, sizeof name, "%s/encl-XXXXXX", layer_spool_folder());
	if (n < 0 || (size_t)n >= sizeof name)
		return ERR_FILE_WRITE;
	s->fd = mkstemp(name);
	if (s->fd < 0)
		return ERR_FILE_WRITE;
	(void)fcntl(s->fd, F_SETFD, FD_CLOEXEC);
	return unlink(name) == 0 ? OK : ERR_FILE_WRITE;
}

static ssize_t
pread_some(int fd, void *p, size_t n, uint64_t at)
{
	ssize_t r;

	do
		r = pread(fd, p, n, (off_t)at);
	while (r < 0 && errno == EINTR);
	return r;
}

static la_ssize_t
on_read(struct archive *a, void *ctx, const void **p)
{
	struct reader *r = ctx;
	uint64_t left = r->l->size - r->at;
	size_t n = left < BLOCK ? (size_t)left : BLOCK;
	ssize_t got =
	    n == 0 ? 0
		   : pread_some(r->l->fd, r->block, n, r->l->offset + r->at);

	if (got < 0)
		lib->archive_set_error(a, errno, "read");
	else
		r->at += (uint64_t)got;
	*p = r->block;
	return got;
}

static la_int64_t
on_skip(struct archive *a, void *ctx, la_int64_t want)
{
	struct reader *r = ctx;
	uint64_t left = r->l->size - r->at;

	(void)a;
	if (want < 0)
		return 0;
	if ((uint64_t)want < left)
		left = (uint64_t)want;
	r->at += left;
	return (la_int64_t)left;
}

/* Names in archives are bytes, or UTF-8 in newer ones; libarchive turns the
 * latter into what the locale says, which must not depend on the user. */
static bool
reader_locale(struct reader *r)
{
	r->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (r->utf8 == (locale_t)0)
		return false;
	r->before = uselocale(r->utf8);
	return true;
}

static enum err
reader_open(struct reader *r, const struct layer *l, struct layer_spool *spool)
{
	*r = (struct reader){ .l = l, .spool = spool };
	TRY(archive_lib_load(&lib));
	r->block = malloc(BLOCK);
	r->a = lib->archive_read_new();
	if (r->block == NULL || r->a == NULL || !reader_locale(r))
		return ERR_OUT_OF_MEMORY;
	if (lib->archive_read_support_filter_gzip(r->a) < ARCHIVE_WARN ||
	    lib->archive_read_support_filter_zstd(r->a) < ARCHIVE_WARN ||
	    lib->archive_read_support_format_tar(r->a) != ARCHIVE_OK ||
	    lib->archive_read_set_read_callback(r->a, on_read) != ARCHIVE_OK ||
	    lib->archive_read_set_skip_callback(r->a, on_skip) != ARCHIVE_OK ||
	    lib->archive_read_set_callback_data(r->a, r) != ARCHIVE_OK)
		return ERR_OUT_OF_MEMORY;
	return lib->archive_read_open1(r->a) == ARCHIVE_OK ? OK : ERR_TAR_BAD;
}

static void
reader_close(struct reader *r)
{
	if (r->utf8 != (locale_t)0) {
		(void)uselocale(r->before);
		freelocale(r->utf8);
	}
	if (r->a != NULL)
		(void)lib->archive_read_free(r->a);
	free(r->block);
}

static bool
pwrite_all(int fd, const uint8_t *p, size_t n, uint64_t at)
{
	while (n > 0) {
		ssize_t w = pwrite(fd, p, n, (off_t)at);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		p += w;
		n -= (size_t)w;
		at += (uint64_t)w;
	}
	return true;
}

enum err
layer_spool_copy(struct layer_spool *s, int fd, struct tree_file *f)
{
	uint8_t *block = malloc(BLOCK);
	enum err e = block == NULL ? ERR_OUT_OF_MEMORY : spool_need(s);
	uint64_t n = 0;
	ssize_t got = 1;

	*f = (struct tree_file){ .fd = s->fd, .offset = s->size };
	while (e == OK && (got = pread_some(fd, block, BLOCK, n)) > 0) {
		if ((uint64_t)got > CONTENTS_MAX - s->size)
			e = ERR_TREE_LARGE;
		else if (!pwrite_all(s->fd, block, (size_t)got, s->size))
			e = ERR_FILE_WRITE;
		n += (uint64_t)got;
		s->size += (uint64_t)got;
	}
	f->size = n;
	free(block);
	return e == OK && got < 0 ? ERR_FILE_READ : e;
}

/* Copies the contents of the present entry to the end of the spool, from its
 * first block on; holes stay holes. */
static enum err
spool_contents(struct reader *r, int first, const void *p, size_t n,
    la_int64_t at, struct tree_file *f)
{
	struct layer_spool *s = r->spool;
	int got = first;

	TRY(spool_need(s));
	f->fd = s->fd;
	f->offset = s->size;
	while (got == ARCHIVE_OK) {
		if (at < 0 || (uint64_t)at + n > f->size)
			return ERR_TAR_BAD;
		if (!pwrite_all(s->fd, p, n, f->offset + (uint64_t)at))
			return ERR_FILE_WRITE;
		got = lib->archive_read_data_block(r->a, &p, &n, &at);
	}
	if (got != ARCHIVE_EOF)
		return ERR_TAR_BAD;
	s->size += f->size;
	return ftruncate(s->fd, (off_t)s->size) == 0 ? OK : ERR_FILE_WRITE;
}

/* Whether the contents lie at this place of a plain archive as they are:
 * libarchive says the place, and the first bytes there must be the same. */
static bool
lies_at(const struct reader *r, struct archive_entry *e, uint64_t at,
    uint64_t size, struct span first)
{
	uint8_t probe[PROBE];
	size_t n = first.n < PROBE ? first.n : PROBE;

	if (lib->archive_filter_code(r->a, 0) != ARCHIVE_FILTER_NONE ||
	    lib->archive_entry_sparse_count(e) > 0 || at > r->l->size ||
	    size > r->l->size - at)
		return false;
	return pread_some(r->l->fd, probe, n, r->l->offset + at) ==
		   (ssize_t)n &&
	       memcmp(probe, first.p, n) == 0;
}

static enum err
contents(struct reader *r, struct archive_entry *e, struct tree_file *f)
{
	la_int64_t size = lib->archive_entry_size(e), at = 0;
	la_int64_t here = lib->archive_filter_bytes(r->a, 0);
	const void *p = NULL;
	size_t n = 0;
	int got;

	*f = (struct tree_file){ .fd = -1 };
	if (size < 0 || (uint64_t)size > CONTENTS_MAX - r->spool->size)
		return ERR_TREE_LARGE;
	f->size = (uint64_t)size;
	if (size == 0)
		return OK;
	got = lib->archive_read_data_block(r->a, &p, &n, &at);
	if (got == ARCHIVE_OK && at == 0 && here >= 0 &&
	    lies_at(r, e, (uint64_t)here, f->size, span_of(p, n))) {
		f->fd = r->l->fd;
		f->offset = r->l->offset + (uint64_t)here;
		return lib->archive_read_data_skip(r->a) == ARCHIVE_OK
			   ? OK
			   : ERR_TAR_BAD;
	}
	return spool_contents(r, got, p, n, at, f);
}

/* The text that an entry has for something, as bytes; empty where none. */
static struct span
text(const char *mbs, const char *utf8)
{
	const char *s = mbs != NULL ? mbs : utf8;

	return s != NULL ? span_str(s) : span_of(NULL, 0);
}

static struct span
path_of(struct archive_entry *e)
{
	return text(lib->archive_entry_pathname(e),
	    lib->archive_entry_pathname_utf8(e));
}

/* The last part of a path, and what is before it. */
static struct span
last_part(struct span path, struct span *dir)
{
	size_t n = path.n, k;

	while (n > 0 && path.p[n - 1] == '/')
		n--;
	for (k = n; k > 0 && path.p[k - 1] != '/';)
		k--;
	*dir = span_of(path.p, k);
	return span_of(path.p + k, n - k);
}

/* A name that begins with ".wh." (layer.md, "Whiteouts"). */
static enum err
whiteout(struct tree *t, struct span path, bool *is)
{
	struct span dir, last = last_part(path, &dir), name;
	char buf[TREE_PATH_MAX + 1];

	*is = last.n >= 4 && memcmp(last.p, ".wh.", 4) == 0;
	if (!*is)
		return OK;
	if (span_is(last, ".wh..wh..opq"))
		return tree_opaque(t, dir);
	name = span_of(last.p + 4, last.n - 4);
	if (name.n == 0 || span_is(name, ".") || span_is(name, "..") ||
	    (name.n >= 4 && memcmp(name.p, ".wh.", 4) == 0))
		return ERR_TREE_WHITEOUT;
	if (dir.n + name.n > TREE_PATH_MAX)
		return ERR_TREE_PATH;
	if (dir.n > 0)
		memcpy(buf, dir.p, dir.n);
	memcpy(buf + dir.n, name.p, name.n);
	return tree_whiteout(t, span_of(buf, dir.n + name.n));
}

static enum err
put(struct reader *r, struct tree *t, struct archive_entry *e, struct span path)
{
	struct tree_entry n = { .mode = (unsigned)lib->archive_entry_perm(e) };
	la_int64_t uid = lib->archive_entry_uid(e),
		   gid = lib->archive_entry_gid(e);

	if (uid < 0 || uid > UINT32_MAX || gid < 0 || gid > UINT32_MAX)
		return ERR_TAR_BAD;
	n.uid = (uint32_t)uid;
	n.gid = (uint32_t)gid;
	if (lib->archive_entry_hardlink(e) != NULL ||
	    lib->archive_entry_hardlink_utf8(e) != NULL)
		return tree_hardlink(t, path,
		    text(lib->archive_entry_hardlink(e),
			lib->archive_entry_hardlink_utf8(e)));
	switch (lib->archive_entry_filetype(e)) {
	case AE_IFDIR:
		n.kind = TREE_DIR;
		return tree_put(t, path, &n);
	case AE_IFLNK:
		n.kind = TREE_SYMLINK;
		n.target = text(lib->archive_entry_symlink(e),
		    lib->archive_entry_symlink_utf8(e));
		n.mode = 0777;
		return tree_put(t, path, &n);
	case AE_IFREG:
		n.kind = TREE_FILE;
		TRY(contents(r, e, &n.file));
		return tree_put(t, path, &n);
	default:
		return ERR_TREE_DEVICE;
	}
}

static enum err
entry(struct reader *r, struct tree *t, struct archive_entry *e,
    struct layer_result *to)
{
	struct span path = path_of(e);
	bool is_whiteout;

	(void)snprintf(to->at, sizeof to->at, "%.*s",
	    (int)(path.n < LAYER_AT ? path.n : LAYER_AT), (const char *)path.p);
	if (r->l->whiteouts) {
		TRY(whiteout(t, path, &is_whiteout));
		if (is_whiteout)
			return OK;
	} else {
		struct span dir, last = last_part(path, &dir);

		if (last.n >= 4 && memcmp(last.p, ".wh.", 4) == 0)
			return ERR_TREE_WHITEOUT;
	}
	to->lost_xattrs += lib->archive_entry_xattr_count(e) > 0;
	return put(r, t, e, path);
}

/* An archive without any entry is none, except for the two blocks of zeros
 * that `tar` makes of nothing. */
static enum err
read_all(struct reader *r, struct tree *t, struct layer_result *to)
{
	struct archive_entry *e;
	int got;

	while ((got = lib->archive_read_next_header(r->a, &e)) == ARCHIVE_OK ||
	       got == ARCHIVE_WARN)
		TRY(entry(r, t, e, to));
	return got == ARCHIVE_EOF ? OK : ERR_TAR_BAD;
}

enum err
layer_read(struct tree *t, const struct layer *l, struct layer_spool *spool,
    struct layer_result *r)
{
	struct reader in;
	enum err e;

	*r = (struct layer_result){ .lost_xattrs = 0 };
	tree_layer(t);
	e = reader_open(&in, l, spool);
	if (e == OK)
		e = read_all(&in, t, r);
	reader_close(&in);
	return e;
}

static enum err
member(struct reader *r, struct archive_entry *e, layer_member_fn fn, void *ctx)
{
	const char *name = lib->archive_entry_pathname(e);
	struct tree_file f;

	if (lib->archive_entry_filetype(e) != AE_IFREG || name == NULL)
		return OK;
	TRY(contents(r, e, &f));
	return fn(ctx, name, f.fd, f.offset, f.size);
}

enum err
layer_members(const struct layer *l, struct layer_spool *spool,
    layer_member_fn fn, void *ctx)
{
	struct reader in;
	struct archive_entry *e;
	enum err err = reader_open(&in, l, spool);
	int got = ARCHIVE_OK;

	while (err == OK) {
		got = lib->archive_read_next_header(in.a, &e);
		if (got != ARCHIVE_OK && got != ARCHIVE_WARN)
			break;
		err = member(&in, e, fn, ctx);
	}
	if (err == OK && got != ARCHIVE_EOF)
		err = ERR_TAR_BAD;
	reader_close(&in);
	return err;
}
