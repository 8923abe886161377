/* SPDX-License-Identifier: ISC */
#include "event.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One write a line, so that lines of several programs do not mix. */
struct line {
	char text[2048];
	size_t n;
};

static void
put(struct line *l, const char *s)
{
	size_t n = strlen(s);

	if (n > sizeof l->text - 4 - l->n)
		n = sizeof l->text - 4 - l->n;
	memcpy(l->text + l->n, s, n);
	l->n += n;
}

static void
put_string(struct line *l, const char *s)
{
	char c[8];

	put(l, "\"");
	for (; *s && l->n < sizeof l->text - 16; s++) {
		unsigned char u = (unsigned char)*s;

		if (u < 0x20 || u == '"' || u == '\\' || u >= 0x7f)
			snprintf(c, sizeof c, "\\u%04x", u);
		else
			snprintf(c, sizeof c, "%c", u);
		put(l, c);
	}
	put(l, "\"");
}

static void
put_pair(struct line *l, const char *key, const char *value)
{
	put(l, l->n ? "," : "{");
	put_string(l, key);
	put(l, ":");
	put_string(l, value);
}

void
event_write(const char *program, const char *event, const char *const *pair)
{
	struct line l = { .n = 0 };
	struct timespec now = { 0 };
	struct tm tm = { 0 };
	char date[32], text[48];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof text, "%s.%03ldZ", date, now.tv_nsec / 1000000);
	put_pair(&l, "time", text);
	put_pair(&l, "program", program);
	put_pair(&l, "event", event);
	for (; pair[0]; pair += 2)
		if (pair[1])
			put_pair(&l, pair[0], pair[1]);
	put(&l, "}\n");
	(void)!write(STDERR_FILENO, l.text, l.n);
}
