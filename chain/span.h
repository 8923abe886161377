/* SPDX-License-Identifier: ISC */
#ifndef SPAN_H
#define SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MUST_USE __attribute__((warn_unused_result))

/*
 * Borrowed bytes: a pointer into memory that somebody else owns, and how many
 * bytes may be read there.  p may be NULL only where n is 0.  What a function
 * returns as a span points into what it was given, and lives as long.
 */
struct span {
	const uint8_t *p;
	size_t n;
};

/* A SHA-256 value: a chain id, an entry id, a stage id or a key id. */
struct h32 {
	uint8_t b[32];
};

/* A buffer that is being written.  full is set, and stays set, when something
 * did not fit; what was written before is then worthless. */
struct out {
	uint8_t *p;
	size_t n, cap;
	bool full;
};

static inline struct span
span_of(const void *p, size_t n)
{
	return (struct span){ (const uint8_t *)p, n };
}

static inline struct span
span_str(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
span_is(struct span a, const char *s)
{
	return span_eq(a, span_str(s));
}

/* Bytewise order, a prefix first: <0, 0, >0. */
static inline int
span_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n ? memcmp(a.p, b.p, n) : 0;

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

static inline bool
h32_eq(const struct h32 *a, const struct h32 *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static inline struct span
h32_span(const struct h32 *h)
{
	return span_of(h->b, sizeof h->b);
}

static inline struct out
out_of(void *p, size_t cap)
{
	return (struct out){ (uint8_t *)p, 0, cap, false };
}

static inline void
out_put(struct out *o, const void *p, size_t n)
{
	if (o->full || n > o->cap - o->n) {
		o->full = true;
		return;
	}
	if (n)
		memcpy(o->p + o->n, p, n);
	o->n += n;
}

static inline struct span
out_span(const struct out *o)
{
	return span_of(o->p, o->n);
}

#endif
