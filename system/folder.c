/* SPDX-License-Identifier: ISC */
#include "folder.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define LOCK_NAME "lock"

enum err
folder_open(const char *path, int *fd)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return ERR_FILE_READ;
	if (fstat(*fd, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & 077) == 0)
		return OK;
	close(*fd);
	*fd = -1;
	return ERR_CONFIG_OPEN;
}

enum err
folder_lock(int folder, int *lock)
{
	*lock = openat(folder, LOCK_NAME,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*lock < 0)
		return ERR_FILE_WRITE;
	if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
		return OK;
	close(*lock);
	*lock = -1;
	return ERR_BUSY;
}

/* The folder that path's last part stands in. */
static enum err
flush_parent(int folder, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[4096];
	size_t n = slash ? (size_t)(slash - path) + 1 : 0;
	bool ok;
	int fd;

	if (n >= sizeof parent)
		return ERR_FILE_WRITE;
	memcpy(parent, path, n);
	parent[n] = '\0';
	fd = openat(folder, n ? parent : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_FILE_WRITE;
	ok = fsync(fd) == 0;
	close(fd);
	return ok ? OK : ERR_FILE_WRITE;
}

static enum err
write_temporary(int folder, const char *path, struct span bytes)
{
	int fd;
	bool ok;

	/* A crash may have left it as another name of the file itself. */
	(void)unlinkat(folder, path, 0);
	fd = openat(folder, path,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return ERR_FILE_WRITE;
	ok = write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n && fsync(fd) == 0;
	close(fd);
	return ok ? OK : ERR_FILE_WRITE;
}

enum err
folder_new_file(int folder, const char *path, struct span bytes)
{
	char temporary[4096];
	int n = snprintf(temporary, sizeof temporary, "%s.new", path);
	enum err e;

	if (n < 0 || (size_t)n >= sizeof temporary)
		return ERR_FILE_WRITE;
	e = write_temporary(folder, temporary, bytes);
	/* link, unlike rename, does not replace what is there. */
	if (e == OK && linkat(folder, temporary, folder, path, 0) != 0)
		e = errno == EEXIST ? ERR_FILE_EXISTS : ERR_FILE_WRITE;
	(void)unlinkat(folder, temporary, 0);
	if (e == OK && flush_parent(folder, path) != OK) {
		(void)unlinkat(folder, path, 0);
		e = ERR_FILE_WRITE;
	}
	return e;
}

enum err
folder_read(int folder, const char *name, uint8_t *buf, size_t cap,
    struct span *bytes)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t n = 0;
	ssize_t r = 1;

	if (fd < 0)
		return ERR_FILE_READ;
	while (n < cap && r > 0) {
		r = read(fd, buf + n, cap - n);
		if (r > 0)
			n += (size_t)r;
	}
	close(fd);
	if (r < 0)
		return ERR_FILE_READ;
	*bytes = span_of(buf, n);
	return n < cap ? OK : ERR_TOO_LARGE;
}
