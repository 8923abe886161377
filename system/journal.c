/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* O_DIRECT */
#include "journal.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "flush.h"
#include "journal_frame.h"

#define GROW ((size_t)1 << 20)
#define NAME_MAX_ 32

struct journal {
	int folder, fd;
	char name[NAME_MAX_];
	uint8_t key[JOURNAL_KEY];
	uint64_t number; /* of the next frame */
	size_t end;      /* where it goes */
	size_t length;   /* of the file */
	size_t n;        /* bytes of the body so far */
	bool dirty;
	bool broken;     /* a write failed: nothing is answered any more */
	size_t flushing; /* bytes that are on their way, 0: none */
	struct flush flush;
	uint8_t *frame; /* JOURNAL_FRAME_MAX, aligned */
};

static bool
write_at(int fd, const uint8_t *p, size_t n, size_t at)
{
	while (n > 0) {
		ssize_t put = pwrite(fd, p, n, (off_t)at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		p += put;
		n -= (size_t)put;
		at += (size_t)put;
	}
	return true;
}

/* Zeros to the next multiple of GROW that leaves room for n more, on disk.  A
 * file that is written directly takes whole blocks. */
static enum err
grow(struct journal *j, size_t n)
{
	_Alignas(4096) static const uint8_t zero[65536];
	size_t want = (j->end + n + GROW) / GROW * GROW;
	size_t before = j->length / JOURNAL_FRAME_BLOCK * JOURNAL_FRAME_BLOCK;

	for (j->length = before; j->length < want;) {
		size_t piece = want - j->length;

		if (piece > sizeof zero)
			piece = sizeof zero;
		if (!write_at(j->fd, zero, piece, j->length)) {
			enum err e =
			    errno == ENOSPC || errno == EDQUOT || errno == EFBIG
				? ERR_DISK_FULL
				: ERR_FILE;

			(void)!ftruncate(j->fd, (off_t)before);
			j->length = before;
			return e;
		}
		j->length += piece;
	}
	return fsync(j->fd) == 0 ? OK : ERR_FILE;
}

enum err
journal_reserve(struct journal *j, size_t n)
{
	size_t all;

	if (j->broken)
		return ERR_FILE;
	if (j->n + n + 4 > JOURNAL_BODY) {
		TRY(journal_write(j));
		TRY(journal_sync(j));
	}
	all = journal_frame_size(j->n + n + 4);
	return j->end + all <= j->length ? OK : grow(j, all);
}

void
journal_put(struct journal *j, struct span record)
{
	uint8_t *to = j->frame + JOURNAL_FRAME_HEAD + j->n;

	if (record.n + 4 > JOURNAL_BODY - j->n)
		abort(); /* nobody reserved it */
	journal_frame_u32(to, (uint32_t)record.n);
	memcpy(to + 4, record.p, record.n);
	j->n += 4 + record.n;
	j->dirty = true;
}

bool
journal_pending(const struct journal *j)
{
	return j->dirty;
}

enum err
journal_write(struct journal *j)
{
	size_t all;

	if (j->broken)
		return ERR_FILE;
	if (j->n == 0)
		return OK;
	all = journal_frame_close(j->frame, j->key, j->number, j->n);
	if (flush_begin(&j->flush, j->fd, j->frame, all, j->end))
		j->flushing = all;
	else if (!write_at(j->fd, j->frame, all, j->end))
		j->broken = true;
	if (j->broken)
		return ERR_FILE;
	j->end += all;
	j->number++;
	j->n = 0;
	return OK;
}

enum err
journal_sync(struct journal *j)
{
	bool ok = j->flushing ? flush_end(&j->flush, j->flushing)
			      : fdatasync(j->fd) == 0;

	j->flushing = 0;
	j->broken = j->broken || !ok;
	if (j->broken)
		return ERR_FILE;
	j->dirty = false;
	return OK;
}

size_t
journal_size(const struct journal *j)
{
	return j->end;
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->fd >= 0)
		close(j->fd);
	flush_close(&j->flush);
	free(j->frame);
	sodium_memzero(j->key, sizeof j->key);
	free(j);
}

static struct journal *
make(int folder, const char *name, const uint8_t key[JOURNAL_KEY])
{
	struct journal *j = calloc(1, sizeof *j);

	if (j == NULL)
		return NULL;
	j->frame = aligned_alloc(JOURNAL_FRAME_BLOCK, JOURNAL_FRAME_MAX);
	if (j->frame == NULL) {
		free(j);
		return NULL;
	}
	j->folder = folder;
	j->fd = -1;
	j->number = 1;
	(void)snprintf(j->name, sizeof j->name, "%s", name);
	memcpy(j->key, key, sizeof j->key);
	flush_open(&j->flush);
	return j;
}

/* Past the page cache where the file system can, which saves a copy and lets
 * the write be asynchronous. */
static int
open_direct(int folder, const char *name, int flags)
{
	int fd = openat(folder, name, flags | O_DIRECT, 0600);

	return fd < 0 && errno == EINVAL ? openat(folder, name, flags, 0600)
					 : fd;
}

/* A file with no frame yet, under a name of its own. */
static enum err
begin(struct journal *j, const char *name)
{
	j->fd = open_direct(j->folder, name,
	    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
	memset(j->frame, 0, JOURNAL_FRAME_BLOCK);
	memcpy(j->frame, JOURNAL_FRAME_FILE, JOURNAL_FRAME_FILE_N);
	if (j->fd < 0 || !write_at(j->fd, j->frame, JOURNAL_FRAME_BLOCK, 0))
		return errno == ENOSPC ? ERR_DISK_FULL : ERR_FILE;
	j->end = j->length = JOURNAL_FRAME_BLOCK;
	return grow(j, JOURNAL_FRAME_BLOCK);
}

/* A file takes its name only when it is whole. */
static enum err
settle(const struct journal *j, const char *from)
{
	if (fsync(j->fd) != 0 ||
	    renameat(j->folder, from, j->folder, j->name) != 0 ||
	    fsync(j->folder) != 0)
		return ERR_FILE;
	return OK;
}

static enum err
first(struct journal *j, const char *temporary)
{
	TRY(begin(j, temporary));
	return settle(j, temporary);
}

static enum err
read_all(struct journal *j, journal_take *take, void *ctx, size_t *cut,
    size_t *at)
{
	struct journal_frame_file f = { .key = j->key };
	enum err e = ERR_FILE;

	f.fd = openat(j->folder, j->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (f.fd >= 0) {
		e = journal_frame_read_all(&f, j->frame, take, ctx);
		close(f.fd);
	}
	*at = f.end;
	TRY(e);
	j->number = f.number;
	j->end = f.end;
	j->length = f.length;
	*cut = f.torn ? f.torn - f.end : 0;
	if (*cut == 0)
		return OK;
	/* The frame was never answered for; zeros take its place. */
	if (ftruncate(j->fd, (off_t)f.end) != 0)
		return ERR_FILE;
	j->length = f.end;
	return grow(j, JOURNAL_FRAME_BLOCK);
}

enum err
journal_open(int folder, const char *name, const uint8_t key[JOURNAL_KEY],
    journal_take *take, void *ctx, struct journal **j, size_t *cut, size_t *at)
{
	struct journal *new = make(folder, name, key);
	char temporary[NAME_MAX_ + 4];
	enum err e;

	*j = NULL;
	*cut = *at = 0;
	if (new == NULL)
		return ERR_OUT_OF_MEMORY;
	(void)snprintf(temporary, sizeof temporary, "%s.new", name);
	(void)unlinkat(folder, temporary, 0);
	new->fd = open_direct(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (new->fd >= 0)
		e = read_all(new, take, ctx, cut, at);
	else
		e = errno == ENOENT ? first(new, temporary) : ERR_FILE;
	if (e != OK) {
		journal_close(new);
		return e;
	}
	*j = new;
	return OK;
}

enum err
journal_read(int folder, const char *name, const uint8_t key[JOURNAL_KEY],
    journal_take *take, void *ctx)
{
	struct journal_frame_file f = { .key = key };
	uint8_t *room = malloc(JOURNAL_FRAME_MAX);
	enum err e = ERR_OUT_OF_MEMORY;

	f.fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (room != NULL)
		e = f.fd < 0 ? ERR_FILE
			     : journal_frame_read_all(&f, room, take, ctx);
	if (f.fd >= 0)
		close(f.fd);
	free(room);
	return e;
}

enum err
journal_replace(struct journal *j,
    enum err (*fill)(void *ctx, struct journal *new), void *ctx)
{
	struct journal *new = make(j->folder, j->name, j->key);
	char temporary[NAME_MAX_ + 4];
	enum err e;
	int fd;

	if (new == NULL)
		return ERR_OUT_OF_MEMORY;
	(void)snprintf(temporary, sizeof temporary, "%s.new", j->name);
	e = begin(new, temporary);
	if (e == OK)
		e = fill(ctx, new);
	if (e == OK)
		e = journal_write(new);
	if (e == OK)
		e = journal_sync(new);
	if (e == OK)
		e = settle(new, temporary);
	if (e != OK) {
		(void)unlinkat(j->folder, temporary, 0);
		journal_close(new);
		return e;
	}
	fd = j->fd;
	j->fd = new->fd;
	j->number = new->number;
	j->end = new->end;
	j->length = new->length;
	new->fd = fd;
	journal_close(new);
	return OK;
}
