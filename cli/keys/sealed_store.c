/* SPDX-License-Identifier: ISC */
#include "sealed_store.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/file.h"
#include "cli/mem.h"
#include "cli/out.h"
#include "sealed_seen.h"

/* Whoever had the lock may have put another file in its place. */
static bool
is_current(int fd, const char *path)
{
	struct stat mine, there;

	return fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
	       mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

static enum err
take_lock(const char *path, int *fd)
{
	for (;;) {
		int r;

		*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (*fd < 0)
			break;
		r = flock(*fd, LOCK_EX | LOCK_NB);
		if (r != 0 && errno == EWOULDBLOCK) {
			out_talk("waiting for another program that uses %s\n",
			    path);
			do
				r = flock(*fd, LOCK_EX);
			while (r != 0 && errno == EINTR);
		}
		if (r != 0)
			break;
		if (is_current(*fd, path))
			return OK;
		(void)close(*fd);
	}
	return fail_with(ERR_FILE_READ, "%s: %s", path, strerror(errno));
}

static enum err
resolve(const char *path, const char **real)
{
	char *p = realpath(path, NULL);

	if (p == NULL && errno == ENOENT) {
		fail_hint("`encl key generate sealed:%s` makes a key", path);
		return fail_with(ERR_KEY_MISSING, "%s", path);
	}
	if (p == NULL)
		return fail_with(ERR_FILE_READ, "%s: %s", path,
		    strerror(errno));
	*real = mem_printf("%s", p);
	free(p);
	return OK;
}

enum err
sealed_store_open(struct sealed_store *s, const char *path)
{
	struct span text;

	s->lock = -1;
	TRY(resolve(path, &s->path));
	TRY(take_lock(s->path, &s->lock));
	TRY(file_read_private(s->path, SEALED_FILE_MAX, &text));
	if (sealed_file_parse(text, &s->file) != OK)
		return fail_with(ERR_KEY_FILE_BAD, "%s", path);
	return OK;
}

enum err
sealed_store_replace(struct sealed_store *s)
{
	struct out o = mem_out(SEALED_FILE_MAX);

	sealed_file_render(&o, &s->file);
	if (o.full)
		return ERR_NO_SPACE;
	/* First the file: were the newer epoch remembered before it is there,
	 * a crash between would make the only copy an old one. */
	TRY(file_replace_locked(s->path, out_span(&o), 0600));
	sealed_seen_note(s->file.public, s->file.epoch);
	return OK;
}

enum err
sealed_store_check_age(struct sealed_store *s, bool allow)
{
	TRY(sealed_seen_get(s->file.public, &s->seen));
	if (allow || s->file.epoch >= s->seen)
		return OK;
	return fail_with(ERR_KEY_OLD_COPY,
	    "%s is of epoch %" PRIu64 ", and %" PRIu64 " was used here.",
	    s->path, s->file.epoch, s->seen);
}

void
sealed_store_close(struct sealed_store *s)
{
	if (s->lock >= 0)
		(void)close(s->lock);
	s->lock = -1;
}
