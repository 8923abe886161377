/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "server/route.h"
#include "system/gate.h"
#include "system/raw.h"
#include "tests/fuzz/fuzz.h"

#define HEADERS 64
#define SIZE 4096

/*
 * A header goes through what libmicrohttpd 0.9.75 does to it: lines end at LF,
 * with or without a CR; their ends, the colons and the spaces of the request
 * line become NULs; folded lines are joined elsewhere.  What the gate then
 * lets through is held against the bytes as they were.
 */
struct parse {
	char b[SIZE], folded[2 * SIZE];
	size_t n, at;
	struct gate_header h[HEADERS];
	size_t h_n, folded_n;
	struct raw raw;
	struct span target;
};

/* The next line, its end overwritten; NULL when there is none. */
static char *
line(struct parse *p)
{
	char *from = p->b + p->at;
	char *lf = memchr(from, '\n', p->n - p->at);

	if (!lf)
		return NULL;
	p->at = (size_t)(lf - p->b) + 1;
	*lf = '\0';
	if (lf > from && lf[-1] == '\r')
		lf[-1] = '\0';
	return from;
}

static bool
request_line(struct parse *p, char *s, size_t n)
{
	char *space = memchr(s, ' ', n), *version;

	if (!space)
		return false;
	*space++ = '\0';
	while (*space == ' ')
		space++;
	version = s + n;
	while (version > space && version[-1] != ' ')
		version--;
	if (version <= space)
		return false;
	version[-1] = '\0';
	p->raw.method = s;
	p->raw.target = space;
	p->raw.version = version;
	p->target = span_of(space, strlen(space));
	p->raw.target_n = p->target.n;
	return true;
}

/* The line before continues: the value moves away. */
static bool
fold(struct parse *p, const char *s)
{
	struct gate_header *h = &p->h[p->h_n - 1];
	char *to = p->folded + p->folded_n;
	size_t n;

	while (*s == ' ' || *s == '\t')
		s++;
	n = strlen(s);
	if (h->value.n + n > sizeof p->folded - p->folded_n)
		return false;
	memcpy(to, h->value.p, h->value.n);
	memcpy(to + h->value.n, s, n);
	h->value = span_of(to, h->value.n + n);
	p->folded_n += h->value.n;
	return true;
}

static bool
header(struct parse *p, char *s)
{
	char *colon = strchr(s, ':');

	if (!colon || p->h_n == HEADERS)
		return false;
	*colon++ = '\0';
	while (*colon == ' ' || *colon == '\t')
		colon++;
	p->h[p->h_n++] = (struct gate_header){ span_str(s), span_str(colon) };
	return true;
}

static bool
parse(struct parse *p)
{
	char *s = line(p);

	if (!s || *s == '\0' || !request_line(p, s, strlen(s)))
		return false;
	while ((s = line(p)) != NULL) {
		bool more = *s == ' ' || *s == '\t';

		if (*s == '\0') {
			p->raw.size = p->at;
			return true;
		}
		if (more && p->h_n ? !fold(p, s) : !header(p, s))
			return false;
	}
	return false;
}

/* Whether a line end that the gate took for CR LF may have been one: it was,
 * or it has a NUL and a LF, which raw.h cannot tell from it. */
static void
compare_end(const uint8_t *in, size_t n)
{
	bool lf = memchr(in, '\n', n), nul = memchr(in, '\0', n);

	if (lf && nul)
		return;
	if (n != 2 && n != 4)
		abort();
	for (size_t i = 0; i < n; i += 2)
		if (in[i] != '\r' || in[i + 1] != '\n')
			abort();
}

/* The bytes as they came are what the header says and nothing else. */
static void
compare(const struct parse *p, const uint8_t *in)
{
	for (size_t i = 0, n; i < p->raw.size; i += n) {
		size_t left = p->raw.size - i;

		for (n = 0; n < left && memchr("\r\n", in[i + n], 3); n++)
			;
		if (n > 0) {
			compare_end(in + i, n);
			continue;
		}
		if ((in[i] < 0x20 && in[i] != '\t') || in[i] == 0x7f)
			abort();
		n = 1;
	}
	for (size_t i = 0; i + 1 < p->target.n; i++)
		if (p->target.p[i] == '/' && p->target.p[i + 1] == '/' &&
		    !memchr(p->target.p, '?', i))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct parse *p = calloc(1, sizeof *p);
	struct route_found f;
	struct gate_request g;
	enum err e;

	if (p && n <= SIZE) {
		memcpy(p->b, in, n);
		p->n = n;
		if (parse(p) && raw_plain(&p->raw, p->h, p->h_n)) {
			g = (struct gate_request){ span_str(p->raw.method),
				p->target, span_str(p->raw.version), p->h,
				p->h_n };
			if (gate_check(&g) == OK) {
				compare(p, in);
				e = route_find(routes, route_count, g.method,
				    g.target, &f);
				if ((e == OK) != (f.row && f.allow[0] == '\0'))
					abort();
			}
		}
	}
	free(p);
	return 0;
}
