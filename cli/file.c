/* SPDX-License-Identifier: ISC */
#include "file.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "fail.h"
#include "mem.h"

static void
close_fd(const int *fd)
{
	if (*fd > STDERR_FILENO)
		(void)close(*fd);
}

#define AUTO_FD __attribute__((cleanup(close_fd))) int

static enum err
read_fd(int fd, const char *path, size_t max, struct span *s)
{
	size_t n = 0, cap = 4096;
	uint8_t *p = mem_new(cap);

	for (;;) {
		ssize_t r = read(fd, p + n, cap - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return fail_with(ERR_FILE_READ, "%s: %s", path,
			    strerror(errno));
		if (r == 0)
			break;
		n += (size_t)r;
		if (n > max)
			return fail_with(ERR_FILE_READ,
			    "%s is larger than %zu bytes.", path, max);
		if (n == cap) {
			p = mem_grow(p, n, 4 * cap);
			cap *= 4;
		}
	}
	*s = span_of(p, n);
	return OK;
}

enum err
file_read(const char *path, size_t max, struct span *s)
{
	AUTO_FD fd = STDIN_FILENO;

	if (strcmp(path, "-") != 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_with(ERR_FILE_READ, "%s: %s", path,
		    strerror(errno));
	return read_fd(fd, path, max, s);
}

enum err
file_read_private(const char *path, size_t max, struct span *s)
{
	/* A pipe that nobody writes is no file either. */
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return fail_with(ERR_FILE_READ, "%s: %s", path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail_with(ERR_FILE_READ, "%s is not a file.", path);
	if ((st.st_mode & 077) != 0 || st.st_uid != geteuid()) {
		fail_hint("chmod 600 %s", path);
		return fail_with(ERR_CONFIG_OPEN,
		    "%s must be yours and readable by you alone.", path);
	}
	return read_fd(fd, path, max, s);
}

static bool
write_all(int fd, struct span s)
{
	while (s.n > 0) {
		ssize_t w = write(fd, s.p, s.n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		s.p += w;
		s.n -= (size_t)w;
	}
	return fsync(fd) == 0;
}

/* A rename or a new name is on the disk only when its folder is. */
static void
sync_folder(const char *path)
{
	char *dir = mem_printf("%s", path), *slash = strrchr(dir, '/');
	AUTO_FD fd = -1;

	if (slash == dir)
		slash[1] = '\0';
	else if (slash != NULL)
		*slash = '\0';
	fd =
	    open(slash != NULL ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)fsync(fd);
}

enum err
file_create(const char *path, struct span s, unsigned mode)
{
	AUTO_FD fd =
	    open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
	int why = errno;

	if (fd < 0)
		return fail_with(why == EEXIST ? ERR_FILE_EXISTS
					       : ERR_FILE_WRITE,
		    "%s: %s", path, strerror(why));
	if (!write_all(fd, s)) {
		why = errno;
		(void)unlink(path);
		return fail_with(ERR_FILE_WRITE, "%s: %s", path, strerror(why));
	}
	sync_folder(path);
	return OK;
}

static void
make_folders(const char *path)
{
	char *dir = mem_printf("%s", path);

	for (char *p = dir + 1; *p != '\0'; p++)
		if (*p == '/') {
			*p = '\0';
			(void)mkdir(dir, 0700);
			*p = '/';
		}
}

static enum err
replace_by(const char *tmp, const char *path, struct span s, unsigned mode)
{
	TRY(file_create(tmp, s, mode));
	if (rename(tmp, path) != 0) {
		int why = errno;

		(void)unlink(tmp);
		return fail_with(ERR_FILE_WRITE, "%s: %s", path, strerror(why));
	}
	sync_folder(path);
	return OK;
}

enum err
file_replace(const char *path, struct span s, unsigned mode)
{
	make_folders(path);
	return replace_by(mem_printf("%s.%ld.tmp", path, (long)getpid()), path,
	    s, mode);
}

enum err
file_replace_locked(const char *path, struct span s, unsigned mode)
{
	char *tmp = mem_printf("%s.new", path);

	(void)unlink(tmp);
	return replace_by(tmp, path, s, mode);
}

bool
file_is_there(const char *path)
{
	return access(path, F_OK) == 0;
}
