/* SPDX-License-Identifier: ISC */
#include "duration.h"

#include <stdio.h>

#include "chain/payload.h"

static const struct unit {
	const char *name;
	uint64_t ms;
} units[] = {
	{ "w", 7 * UINT64_C(86400000) },
	{ "d", UINT64_C(86400000) },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

#define UNITS (sizeof units / sizeof units[0])

/* Digits off the front of *s; false without any, and on what cannot be in
 * range whatever the unit. */
static bool
take_number(struct span *s, uint64_t *v)
{
	size_t i = 0;

	for (*v = 0; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
		*v = *v * 10 + (uint64_t)(s->p[i] - '0');
		if (*v > DURATION_MAX)
			return false;
	}
	if (i == 0)
		return false;
	*s = span_of(s->p + i, s->n - i);
	return true;
}

/* The unit that the letters at the front of *s name, or UNITS. */
static size_t
take_unit(struct span *s)
{
	size_t n = 0;

	while (n < s->n && s->p[n] >= 'a' && s->p[n] <= 'z')
		n++;
	for (size_t i = 0; i < UNITS; i++) {
		if (span_is(span_of(s->p, n), units[i].name)) {
			*s = span_of(s->p + n, s->n - n);
			return i;
		}
	}
	return UNITS;
}

enum err
duration_parse(struct span text, uint64_t *ms)
{
	size_t least = 0; /* units come from large to small */
	uint64_t v;

	*ms = 0;
	if (span_is(text, "0"))
		return OK;
	if (text.n == 0)
		return ERR_TIME_RANGE;
	while (text.n > 0) {
		size_t unit;

		if (!take_number(&text, &v))
			return ERR_TIME_RANGE;
		unit = take_unit(&text);
		if (unit == UNITS || unit < least)
			return ERR_TIME_RANGE;
		least = unit + 1;
		if (v > (DURATION_MAX - *ms) / units[unit].ms)
			return ERR_TIME_RANGE;
		*ms += v * units[unit].ms;
	}
	return OK;
}

void
duration_text(uint64_t ms, char text[32])
{
	size_t n = 0;

	/* Weeks and mixed days read badly: "3d" but "36h". */
	if (ms == 0) {
		(void)snprintf(text, 32, "0");
		return;
	}
	text[0] = '\0';
	for (size_t i = 1; i < UNITS && ms > 0 && n < 32; i++) {
		if (ms < units[i].ms || (i == 1 && ms % units[i].ms != 0))
			continue;
		n += (size_t)snprintf(text + n, 32 - n, "%llu%s",
		    (unsigned long long)(ms / units[i].ms), units[i].name);
		ms %= units[i].ms;
	}
}
