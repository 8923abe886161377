/* SPDX-License-Identifier: ISC */
#include <sys/file.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "yubikey.h"

static const char magic[4] = { 'V', 'Y', 'K', '1' };

static void
make_new(int key, struct yubikey_memory *m)
{
	long serial = yubikey_env_number("VYK_SERIAL", 17654321);
	unsigned v[3] = { 5, 4, 3 };

	(void)sscanf(yubikey_env("VYK_VERSION", "5.4.3"), "%u.%u.%u", &v[0],
	    &v[1], &v[2]);
	memset(m, 0, sizeof *m);
	memcpy(m->magic, magic, sizeof magic);
	for (int i = 0; i < 3; i++)
		m->version[i] = (uint8_t)v[i];
	m->serial = (uint32_t)(serial + key);
}

int
yubikey_memory_open(int key, struct yubikey_memory *m)
{
	const char *first = yubikey_env("VYK_STATE", "yubikey.state");
	char path[512];
	int fd;

	(void)snprintf(path, sizeof path, key ? "%s.%d" : "%s", first, key);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	(void)flock(fd, LOCK_EX);
	if (read(fd, m, sizeof *m) != (ssize_t)sizeof *m ||
	    memcmp(m->magic, magic, sizeof magic) != 0)
		make_new(key, m);
	return fd;
}

void
yubikey_memory_close(int fd)
{
	(void)close(fd);
}

void
yubikey_memory_save(int fd, const struct yubikey_memory *m)
{
	if (pwrite(fd, m, sizeof *m, 0) != (ssize_t)sizeof *m)
		yubikey_env_log("the state was not saved");
	(void)close(fd);
}
