/* SPDX-License-Identifier: ISC */
#include "markup.h"

#define LINE_OCTETS 75

static void
say(struct out *o, const char *text)
{
	out_put(o, text, strlen(text));
}

/* Control characters, and U+FFFE and U+FFFF in UTF-8. */
static size_t
unfit(struct span s, size_t i)
{
	uint8_t c = s.p[i];

	if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
		return 1;
	if (c == 0xef && i + 2 < s.n && s.p[i + 1] == 0xbf &&
	    s.p[i + 2] >= 0xbe)
		return 3;
	return 0;
}

void
markup_xml(struct out *o, struct span s)
{
	for (size_t i = 0, skip; i < s.n; i++) {
		switch (s.p[i]) {
		case '&':
			say(o, "&amp;");
			continue;
		case '<':
			say(o, "&lt;");
			continue;
		case '>':
			say(o, "&gt;");
			continue;
		case '"':
			say(o, "&quot;");
			continue;
		case '\'':
			say(o, "&#39;");
			continue;
		default:
			break;
		}
		skip = unfit(s, i);
		if (skip) {
			say(o, "\xef\xbf\xbd");
			i += skip - 1;
		} else {
			out_put(o, &s.p[i], 1);
		}
	}
}

void
markup_ics(struct out *o, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == '\\' || c == ';' || c == ',')
			say(o, "\\");
		if (c == '\n')
			say(o, "\\n");
		else if (c >= 0x20 && c != 0x7f)
			out_put(o, &c, 1);
	}
}

/* Where a line may be broken at or before at: not within a character. */
static size_t
whole(struct span s, size_t at)
{
	if (at >= s.n)
		return s.n;
	while (at > 0 && (s.p[at] & 0xc0) == 0x80)
		at--;
	return at;
}

void
markup_ics_line(struct out *o, struct span line)
{
	size_t room = LINE_OCTETS;

	while (line.n > room) {
		size_t n = whole(line, room);

		if (n == 0) /* no UTF-8: anywhere */
			n = room;
		out_put(o, line.p, n);
		say(o, "\r\n ");
		line = span_of(line.p + n, line.n - n);
		room = LINE_OCTETS - 1;
	}
	out_put(o, line.p, line.n);
	say(o, "\r\n");
}
