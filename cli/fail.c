/* SPDX-License-Identifier: ISC */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>

static char detail[2048], also[FAIL_ALSO][1024], hint[512], request[64];
static size_t also_n;

enum err
fail_with(enum err e, const char *fmt, ...)
{
	va_list ap;

	if (detail[0] != '\0')
		return e;
	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof detail, fmt, ap);
	va_end(ap);
	return e;
}

void
fail_also(const char *fmt, ...)
{
	va_list ap;

	if (also_n == FAIL_ALSO)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(also[also_n++], sizeof also[0], fmt, ap);
	va_end(ap);
}

void
fail_hint(const char *fmt, ...)
{
	va_list ap;

	if (hint[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(hint, sizeof hint, fmt, ap);
	va_end(ap);
}

void
fail_request_id(const char *id)
{
	(void)snprintf(request, sizeof request, "%s", id);
}

void
fail_forget(void)
{
	detail[0] = hint[0] = request[0] = '\0';
	also_n = 0;
}

const char *
fail_detail(void)
{
	return detail;
}

const char *
fail_also_text(size_t i)
{
	return i < also_n ? also[i] : NULL;
}

const char *
fail_hint_text(void)
{
	return hint;
}

const char *
fail_request(void)
{
	return request;
}
