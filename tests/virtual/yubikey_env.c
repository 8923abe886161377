/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yubikey.h"

const char *
yubikey_env(const char *name, const char *otherwise)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : otherwise;
}

long
yubikey_env_number(const char *name, long otherwise)
{
	const char *v = yubikey_env(name, NULL);

	return v != NULL ? strtol(v, NULL, 10) : otherwise;
}

bool
yubikey_env_fault(const char *name, long *number)
{
	const char *v = yubikey_env("VYK_FAULT", "");
	size_t n = strlen(name);

	if (strncmp(v, name, n) != 0 || (v[n] != '\0' && v[n] != ':'))
		return false;
	if (number != NULL)
		*number = v[n] == ':' ? strtol(v + n + 1, NULL, 10) : 0;
	return true;
}

void
yubikey_env_log(const char *fmt, ...)
{
	const char *path = yubikey_env("VYK_LOG", NULL);
	FILE *f = path != NULL ? fopen(path, "ae") : NULL;
	va_list ap;

	if (f == NULL)
		return;
	va_start(ap, fmt);
	(void)vfprintf(f, fmt, ap);
	va_end(ap);
	(void)fputc('\n', f);
	(void)fclose(f);
}
