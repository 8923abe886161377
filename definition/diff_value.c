/* SPDX-License-Identifier: ISC */
#include "diff_value.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/pcr.h"

#define DIGITS_SHOWN 16
#define BEFORE 16 /* bytes before a difference */

char *
diff_value_clip(const char *s, size_t most, char text[DIFF_VALUE])
{
	size_t n = strlen(s);
	bool whole = n <= most;

	if (!whole)
		n = most;
	while (!whole && n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	memcpy(text, s, n);
	memcpy(text + n, whole ? "" : "...", whole ? 1 : 4);
	return text;
}

static bool
is_digest(const char *s)
{
	size_t n = strlen(s);

	return n == 2 * (size_t)PCR_SIZE && strspn(s, "0123456789abcdef") == n;
}

/* A value as text, and what of that is the caller's (free), or NULL. */
static const char *
whole(const json_t *j, char **dump)
{
	const char *s = json_string_value(j);

	*dump =
	    s ? NULL
	      : json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
	return s ? s : *dump ? *dump : "?";
}

const char *
diff_value(const json_t *j, char text[DIFF_VALUE])
{
	char *dump;
	const char *s = whole(j, &dump);

	(void)diff_value_clip(s, is_digest(s) ? DIGITS_SHOWN : DIFF_VALUE - 4,
	    text);
	free(dump);
	return text;
}

/* Two values that are cut where they are still the same: each from a little
 * before the place where they are not. */
static void
from_difference(const json_t *old, const json_t *new, char a[DIFF_VALUE],
    char b[DIFF_VALUE])
{
	char *dump[2], shown[DIFF_VALUE];
	const char *x = whole(old, &dump[0]), *y = whole(new, &dump[1]);
	size_t n = 0;

	while (x[n] == y[n] && x[n] != '\0')
		n++;
	n = n > BEFORE ? n - BEFORE : 0;
	while (n > 0 && ((unsigned char)x[n] & 0xc0) == 0x80)
		n--;
	(void)snprintf(a, DIFF_VALUE, "...%s",
	    diff_value_clip(x + n, DIFF_VALUE - 8, shown));
	(void)snprintf(b, DIFF_VALUE, "...%s",
	    diff_value_clip(y + n, DIFF_VALUE - 8, shown));
	free(dump[0]);
	free(dump[1]);
}

/* How a change of noun from a to b is said. */
static void
say(char text[DIFF_CHANGE], const char *noun, const char *a, const char *b)
{
	if (a && b)
		(void)snprintf(text, DIFF_CHANGE, "%.120s %s to %s", noun, a,
		    b);
	else
		(void)snprintf(text, DIFF_CHANGE, "%s %.120s %s",
		    a ? "drops" : "adds", noun, a ? a : b);
}

void
diff_value_change(char text[DIFF_CHANGE], const char *noun, const json_t *old,
    const json_t *new)
{
	char a[DIFF_VALUE], b[DIFF_VALUE];
	const char *x = old ? diff_value(old, a) : NULL;
	const char *y = new ? diff_value(new, b) : NULL;

	if (x && y && strcmp(x, y) == 0)
		from_difference(old, new, a, b);
	say(text, noun, x, y);
}

static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };

/* The largest unit in which it is a whole number. */
static unsigned
unit_of(uint64_t n)
{
	unsigned u = 0;

	while (n != 0 && (n & 1023) == 0 && u + 1 < 5) {
		n >>= 10;
		u++;
	}
	return u;
}

static void
number(uint64_t n, unsigned unit, bool named, char text[48])
{
	(void)snprintf(text, 48, "%llu%s%s",
	    (unsigned long long)(n >> 10 * unit), named ? " " : "",
	    named ? units[unit] : "");
}

void
diff_value_size(char text[DIFF_CHANGE], const char *noun, unsigned shift,
    const json_t *old, const json_t *new)
{
	uint64_t x = (uint64_t)json_integer_value(old) << shift;
	uint64_t y = (uint64_t)json_integer_value(new) << shift;
	bool same = old && new &&unit_of(x) == unit_of(y);
	char a[48], b[48];

	number(x, unit_of(x), !same, a);
	number(y, unit_of(y), true, b);
	say(text, noun, old ? a : NULL, new ? b : NULL);
}

void
diff_value_count(char text[DIFF_CHANGE], const char *noun, const json_t *old,
    const json_t *new)
{
	long long x = json_integer_value(old), y = json_integer_value(new);
	const char *s = (new ? y : x) == 1 ? "" : "s";

	if (old && new)
		(void)snprintf(text, DIFF_CHANGE, "%lld to %lld %.120s%s", x, y,
		    noun, s);
	else
		(void)snprintf(text, DIFF_CHANGE, "%s %lld %.120s%s",
		    new ? "adds" : "drops", new ? y : x, noun, s);
}
