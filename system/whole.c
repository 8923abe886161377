/* SPDX-License-Identifier: ISC */
#include "whole.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static bool
fill(int fd, uint8_t *p, size_t cap, size_t *n)
{
	*n = 0;
	while (*n < cap) {
		ssize_t got = read(fd, p + *n, cap - *n);

		if (got == 0)
			return true;
		if (got < 0 && errno != EINTR)
			return false;
		if (got > 0)
			*n += (size_t)got;
	}
	errno = 0;
	return false;
}

enum err
whole_file(const char *path, void *buf, size_t cap, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int why;
	bool ok;

	if (fd < 0)
		return ERR_FILE;
	ok = fill(fd, (uint8_t *)buf, cap, n);
	why = errno;
	(void)close(fd);
	errno = why;
	return ok ? OK : ERR_FILE;
}
