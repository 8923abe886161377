/* SPDX-License-Identifier: ISC */
#include "lines.h"

#include <unistd.h>

#include "keys/tty.h"
#include "mem.h"
#include "out.h"

#define HEAD 15        /* columns before the text */
#define QUOTED 60      /* bytes in a line at most */
#define NAME_BESIDE 12 /* what stands beside a fingerprint */

void
lines_put(bool data, const char *head, const char *text)
{
	(data ? out_data : out_talk)("  %-12s %s\n", head, text);
}

static const char *
or_dash(struct span s)
{
	return s.p != NULL ? mem_string(s) : "-";
}

/* A byte takes a column at most.  Five are for the bar and its margin. */
static size_t
room(bool data)
{
	size_t n = tty_columns(data ? STDOUT_FILENO : STDERR_FILENO);

	n = n > HEAD + 5 ? n - HEAD - 5 : 1;
	return n < QUOTED ? n : QUOTED;
}

void
lines_words(const char *head, const char *text)
{
	size_t most = room(false) + 4;

	while (most > 20 && strlen(text) > most) {
		size_t n = most;

		while (n > 0 && text[n] != ' ')
			n--;
		if (n == 0)
			break;
		lines_put(false, head, mem_printf("%.*s", (int)n, text));
		text += n + 1;
		head = "";
	}
	lines_put(false, head, text);
}

/* Nothing in it could be taken for a mark of ours beside it. */
static bool
plain(struct span s)
{
	const char *text = or_dash(s);

	return strcmp(text, out_name(text)) == 0;
}

static bool
inside(uint8_t b)
{
	return (b & 0xc0) == 0x80;
}

/* As much of s as one line takes, in whole characters, and one at least. */
static size_t
quoted(bool data, struct span s)
{
	size_t n = room(data);

	if (s.n <= n)
		return s.n;
	while (n > 0 && inside(s.p[n]))
		n--;
	if (n == 0)
		for (n = 1; n < s.n && n < 4 && inside(s.p[n]);)
			n++;
	return n;
}

void
lines_quote(bool data, const char *head, struct span s)
{
	do {
		size_t n = quoted(data, s);

		lines_put(data, head,
		    mem_printf("| %s", out_line(mem_string(span_of(s.p, n)))));
		s = span_of(s.p + n, s.n - n);
		head = "";
	} while (s.n > 0);
}

void
lines_change(bool data, const char *head, const char *was, const char *now)
{
	if (was == NULL || strcmp(was, now) == 0)
		lines_put(data, head,
		    was == NULL ? now : mem_printf("%s   same", now));
	else
		lines_put(data, head,
		    mem_printf("%s  ->  %s   CHANGED", was, now));
}

void
lines_wrote(const char *head, const struct span *was, struct span now)
{
	if (now.n + (was ? was->n : 0) + 20 <= room(false) && plain(now) &&
	    (was == NULL || plain(*was))) {
		lines_change(false, head, was ? or_dash(*was) : NULL,
		    or_dash(now));
		return;
	}
	if (was != NULL && !span_eq(*was, now)) {
		lines_quote(false, head, was->p != NULL ? *was : span_str("-"));
		head = "   CHANGED";
	}
	lines_quote(false, head, now.p != NULL ? now : span_str("-"));
}

void
lines_key(bool data, const char *head, const char *fingerprint,
    struct span name, const char *mark)
{
	bool beside = name.n <= NAME_BESIDE && room(data) == QUOTED &&
		      (name.p == NULL || plain(name));

	lines_put(data, head,
	    mem_printf("%s%s%s%s", fingerprint, beside ? "  " : "",
		beside ? or_dash(name) : "", mark));
	if (!beside)
		lines_quote(data, "", name);
}
