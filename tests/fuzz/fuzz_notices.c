/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "server/letter.h"
#include "server/markup.h"
#include "server/outside.h"
#include "tests/fuzz/fuzz.h"

#define ROOM 65536

/* Whatever goes into a header, a line or a page stays in it. */
static void
lines(const struct out *o, size_t most)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++) {
		if (o->p[i] == '\r') {
			if (i + 1 == o->n || o->p[i + 1] != '\n' || n > most)
				abort();
			n = 0;
			i++;
		} else if (o->p[i] == '\n') {
			abort();
		} else {
			n++;
		}
	}
}

static void
one_line(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t room[ROOM], other[ROOM];
	struct out o = out_of(room, sizeof room), text;
	struct span s = span_of(p, n);

	if (n > ROOM / 8)
		return 0;
	if (letter_is_address(s) || outside_url(s, true))
		one_line(s);
	if (outside_url(s, false) && !outside_url(s, true))
		abort();
	letter_quote(&o, s);
	lines(&o, 76);
	text = out_of(other, sizeof other);
	markup_ics(&text, s);
	o = out_of(room, sizeof room);
	markup_ics_line(&o, out_span(&text));
	lines(&o, 75);
	o = out_of(room, sizeof room);
	markup_xml(&o, s);
	for (size_t i = 0; i < o.n; i++)
		if (o.p[i] == '<' || o.p[i] == '>' || o.p[i] == '"')
			abort();
	return 0;
}
