/* SPDX-License-Identifier: ISC */
#include "secret.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum err
read_all(int fd, uint8_t *buf, size_t cap, size_t *n)
{
	ssize_t r = 1;

	for (*n = 0; *n < cap && r > 0; *n += (size_t)r) {
		r = read(fd, buf + *n, cap - *n);
		if (r < 0)
			return ERR_FILE_READ;
	}
	return *n < cap ? OK : ERR_KEY_FILE_BAD;
}

static enum err
take(const char *path, bool guarded, uint8_t *buf, size_t cap, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	enum err e;

	*n = 0;
	if (fd < 0)
		return ERR_FILE_READ;
	if (fstat(fd, &st) != 0)
		e = ERR_FILE_READ;
	else if (!S_ISREG(st.st_mode) || (!guarded && (st.st_mode & 077)))
		e = ERR_CONFIG_OPEN;
	else
		e = read_all(fd, buf, cap, n);
	close(fd);
	return e;
}

enum err
secret_file(const char *path, uint8_t *buf, size_t cap, size_t *n)
{
	return take(path, false, buf, cap, n);
}

enum err
secret_credential(const char *name, uint8_t *buf, size_t cap, size_t *n)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[4096];
	int k;

	*n = 0;
	if (folder == NULL || strchr(name, '/'))
		return ERR_FILE_READ;
	k = snprintf(path, sizeof path, "%s/%s", folder, name);
	if (k < 0 || (size_t)k >= sizeof path)
		return ERR_FILE_READ;
	return take(path, true, buf, cap, n);
}
