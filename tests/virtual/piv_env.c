/* SPDX-License-Identifier: ISC */
#include "piv_env.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS 10

static const char *
env(const char *name, const char *otherwise)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : otherwise;
}

static bool
read_reader(const char *word, size_t n, struct piv_env_reader *r)
{
	char text[40];
	unsigned major = 5, minor = 7, patch = 4;

	memset(r, 0, sizeof *r);
	if (n >= sizeof text)
		return false;
	memcpy(text, word, n);
	text[n] = '\0';
	if (strcmp(text, "none") == 0)
		return false;
	if (strcmp(text, "empty") == 0 || strcmp(text, "other") == 0) {
		r->kind = *text == 'e' ? PIV_ENV_EMPTY : PIV_ENV_OTHER;
		return true;
	}
	if (sscanf(text, "%u:%u.%u.%u", &r->serial, &major, &minor, &patch) < 1)
		return false;
	r->firmware[0] = (uint8_t)major;
	r->firmware[1] = (uint8_t)minor;
	r->firmware[2] = (uint8_t)patch;
	return true;
}

size_t
piv_env_readers(struct piv_env_reader reader[PIV_ENV_READERS])
{
	const char *p = env("VPIV_CARDS", "17654321:5.7.4");
	size_t count = 0;

	for (;;) {
		size_t n = strcspn(p, ",");

		if (count < PIV_ENV_READERS &&
		    read_reader(p, n, &reader[count]))
			count++;
		if (p[n] == '\0')
			return count;
		p += n + 1;
	}
}

bool
piv_env_fault(const char *word, long *n)
{
	const char *p = env("VPIV_FAULT", "");
	size_t want = strlen(word);

	for (;;) {
		size_t len = strcspn(p, ",");

		if (len >= want && memcmp(p, word, want) == 0 &&
		    (len == want || p[want] == ':')) {
			if (n != NULL)
				*n = len > want ? atol(p + want + 1) : 0;
			return true;
		}
		if (p[len] == '\0')
			return false;
		p += len + 1;
	}
}

static void
nap(void)
{
	const struct timespec t = { 0, STEP_MS * 1000000L };

	(void)nanosleep(&t, NULL);
}

bool
piv_env_touch(void)
{
	const char *how = env("VPIV_TOUCH", "auto");
	long limit = atol(env("VPIV_TOUCH_TIMEOUT_MS", "120000"));
	long after = strncmp(how, "after:", 6) == 0 ? atol(how + 6) : -1;

	if (strcmp(how, "auto") == 0)
		return true;
	for (long ms = 0; ms < limit; ms += STEP_MS) {
		if (after >= 0 && ms >= after)
			return true;
		if (strncmp(how, "file:", 5) == 0 && unlink(how + 5) == 0)
			return true;
		nap();
	}
	return false;
}

const char *
piv_env_path(char *buf, size_t n, const char *name)
{
	(void)snprintf(buf, n, "%s/%s", env("VPIV_DIR", "."), name);
	return buf;
}

void
piv_env_log(const char *fmt, ...)
{
	const char *path = env("VPIV_LOG", NULL);
	FILE *f = path != NULL ? fopen(path, "a") : NULL;
	va_list ap;

	if (f == NULL)
		return;
	va_start(ap, fmt);
	(void)vfprintf(f, fmt, ap);
	va_end(ap);
	(void)fclose(f);
}
