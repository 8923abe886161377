/* SPDX-License-Identifier: ISC */
#include "assuan.h"

#include <stdio.h>
#include <stdlib.h>

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c != '\0' ? strchr(digits, c | 0x20) : NULL;

	return p != NULL ? (int)(p - digits) : -1;
}

/* Adds what a D line carries, unescaped. */
static const char *
take_data(struct assuan *a, const char *d)
{
	if (a->data == NULL)
		return "it says what it should not";
	for (; *d != '\0'; d++) {
		int c = (unsigned char)*d;

		if (c == '%') {
			if (hex(d[1]) < 0 || hex(d[2]) < 0)
				return "its answer is malformed";
			c = hex(d[1]) << 4 | hex(d[2]);
			d += 2;
		}
		if (a->n == a->cap)
			return "its answer is too long";
		a->data[a->n++] = (char)c;
	}
	return NULL;
}

/* "ERR 83886179 Operation cancelled <Pinentry>": the low half is the code,
 * the high one says which program. */
static const char *
take_error(struct assuan *a, const char *text)
{
	a->refused = (unsigned)(strtoul(text, NULL, 10) & 0xffff);
	(void)snprintf(a->why, sizeof a->why, "%s", text);
	a->done = a->refused != 0;
	return a->done ? NULL : "its error has no code";
}

const char *
assuan_take(struct assuan *a, const char *line)
{
	if (line[0] == '#' || strncmp(line, "S ", 2) == 0)
		return NULL;
	if (strncmp(line, "D ", 2) == 0)
		return take_data(a, line + 2);
	if (strncmp(line, "ERR ", 4) == 0)
		return take_error(a, line + 4);
	if (strncmp(line, "OK", 2) != 0 || (line[2] != '\0' && line[2] != ' '))
		return "it says what it should not";
	a->done = true;
	return NULL;
}
