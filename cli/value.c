/* SPDX-License-Identifier: ISC */
#include "value.h"

#include <time.h>

#include "chain/payload.h"
#include "definition/duration.h"
#include "fail.h"
#include "file.h"
#include "mem.h"
#include "view/view.h"

/* "P1DT12H" as "1d12h"; false for what is not of that kind, and for months. */
static bool
from_iso(const char *s, char *to, size_t cap)
{
	bool time = false;
	size_t n = 0;

	if (*s++ != 'P' || *s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		if (*s == 'T' && !time && s[1] != '\0') {
			time = true;
			continue;
		}
		if (strchr("0123456789", *s) == NULL &&
		    strchr(time ? "HMS" : "WD", *s) == NULL)
			return false;
		if (n + 1 == cap)
			return false;
		to[n++] = *s >= 'A' ? (char)(*s + 32) : *s;
	}
	to[n] = '\0';
	return true;
}

enum err
value_duration_parse(const char *text, uint64_t *ms)
{
	char plain[64];

	if (text[0] != 'P')
		return duration_parse(span_str(text), ms);
	if (!from_iso(text, plain, sizeof plain))
		return ERR_TIME_RANGE;
	return duration_parse(span_str(plain), ms);
}

enum err
value_duration(const struct cli *c, const char *name, uint64_t *ms)
{
	const char *s = command_value(c, name);

	if (s == NULL || value_duration_parse(s, ms) == OK)
		return OK;
	return fail_with(ERR_USAGE,
	    "--%s takes a duration such as 72h or 3d, not \"%s\".", name, s);
}

enum err
value_time(const struct cli *c, const char *name, uint64_t *ms)
{
	const char *s = command_value(c, name);

	if (s == NULL || view_time_parse(span_str(s), ms) == OK)
		return OK;
	return fail_with(ERR_USAGE,
	    "--%s takes a time such as 2026-11-23T12:00:00Z, not \"%s\".", name,
	    s);
}

static bool
read_uint(const char **s, uint64_t max, uint64_t *v)
{
	const char *start = *s;

	*v = 0;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		*v = 10 * *v + (uint64_t)(**s - '0');
		if (*v > max)
			return false;
	}
	return *s != start;
}

enum err
value_uint(const struct cli *c, const char *name, uint64_t min, uint64_t max,
    uint64_t *v)
{
	const char *s = command_value(c, name), *p = s;
	uint64_t x;

	if (s == NULL)
		return OK;
	if (!read_uint(&p, max, &x) || *p != '\0' || x < min)
		return fail_with(ERR_USAGE,
		    "--%s takes a number from %llu to %llu, not \"%s\".", name,
		    (unsigned long long)min, (unsigned long long)max, s);
	*v = x;
	return OK;
}

enum err
value_pcr_list(const struct cli *c, const char *name, uint32_t *mask)
{
	const char *s = command_value(c, name), *p = s;
	uint64_t i;

	if (s == NULL)
		return OK;
	for (*mask = 0;; p++) {
		if (!read_uint(&p, PCR_COUNT - 1, &i))
			break;
		*mask |= UINT32_C(1) << i;
		if (*p == '\0')
			return OK;
		if (*p != ',')
			break;
	}
	return fail_with(ERR_USAGE,
	    "--%s takes indexes such as 0,1,2,8, not \"%s\".", name, s);
}

enum err
value_text(const struct cli *c, const char *name, struct span *v)
{
	const char *s = command_value(c, name);

	if (s == NULL)
		return OK;
	if (s[0] != '@') {
		*v = span_str(s);
		return OK;
	}
	TRY(file_read(s + 1, 64 * 1024, v));
	/* The last newline of a file is not part of its text. */
	while (v->n > 0 && v->p[v->n - 1] == '\n')
		v->n--;
	return OK;
}

const char *
value_duration_text(uint64_t ms)
{
	char *text = mem_new(32);

	duration_text(ms, text);
	return text;
}

const char *
value_time_text(uint64_t ms)
{
	char *text = mem_new(VIEW_TIME_SIZE);

	view_time_text(ms, text);
	text[10] = ' ';
	return mem_printf("%.19s UTC", text);
}

uint64_t
value_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}
