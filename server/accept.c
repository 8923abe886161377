/* SPDX-License-Identifier: ISC */
#include "accept.h"

#include <strings.h>

/* How well a range fits: 3 exactly, 2 by its type, 1 as any, 0 not. */
enum fit { FIT_NONE, FIT_ANY, FIT_TYPE, FIT_EXACT };

struct choice {
	enum fit fit;
	unsigned q; /* thousandths */
};

static struct span
trim(struct span s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s.p++, s.n--;
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* What stands before the next sep; *s is what stands after it. */
static struct span
cut(struct span *s, char sep)
{
	struct span part = *s;
	const uint8_t *at = s->n ? memchr(s->p, sep, s->n) : NULL;

	if (at)
		part.n = (size_t)(at - s->p);
	*s = at ? span_of(at + 1, s->n - part.n - 1) : (struct span){ NULL, 0 };
	return trim(part);
}

static bool
is(struct span s, const char *word)
{
	return s.n == strlen(word) &&
	       strncasecmp((const char *)s.p, word, s.n) == 0;
}

static enum fit
fit_of(struct span range, const char *const *types)
{
	if (is(range, "*/*"))
		return FIT_ANY;
	if (is(range, "application/*"))
		return FIT_TYPE;
	for (; *types; types++)
		if (is(range, *types))
			return FIT_EXACT;
	return FIT_NONE;
}

/* "q=0.5" of a range's parameters, in thousandths. */
static unsigned
quality(struct span params)
{
	unsigned q = 1000;

	while (params.p) {
		struct span p = cut(&params, ';');
		unsigned digit = 1000;

		if (p.n < 3 || (p.p[0] | 0x20) != 'q' || p.p[1] != '=')
			continue;
		q = 0;
		for (size_t i = 2; i < p.n && digit; i++) {
			if (p.p[i] == '.')
				continue;
			if (p.p[i] < '0' || p.p[i] > '9')
				break;
			q += (unsigned)(p.p[i] - '0') * digit;
			digit /= 10;
		}
	}
	return q > 1000 ? 1000 : q;
}

static void
choose(struct choice *c, enum fit fit, unsigned q)
{
	if (fit > c->fit)
		*c = (struct choice){ fit, q };
}

bool
accept_json(struct span accept)
{
	static const char *const json[] = { "application/json", NULL };
	static const char *const cbor[] = { "application/cbor",
		"application/cbor-seq", NULL };
	struct choice j = { FIT_NONE, 0 }, c = { FIT_NONE, 0 };

	while (accept.p) {
		struct span range = cut(&accept, ',');
		struct span params = range, type = cut(&params, ';');
		unsigned q = quality(params);

		choose(&j, fit_of(type, json), q);
		choose(&c, fit_of(type, cbor), q);
	}
	return j.q > c.q;
}
