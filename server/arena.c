/* SPDX-License-Identifier: ISC */
#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ALIGN _Alignof(max_align_t)
#define BLOCK 8192 /* the least that a further block has */

struct block {
	struct block *older;
	size_t cap, used;
	_Alignas(max_align_t) uint8_t bytes[];
};

struct arena {
	struct block *newest;
	struct block *first;
	size_t taken, limit; /* bytes in blocks */
};

static struct block *
block_make(size_t cap)
{
	struct block *b = malloc(sizeof *b + cap);

	if (!b)
		return NULL;
	b->older = NULL;
	b->cap = cap;
	b->used = 0;
	return b;
}

struct arena *
arena_make(size_t first, size_t limit)
{
	struct arena *a = malloc(sizeof *a);

	if (!a)
		return NULL;
	first = (first + ALIGN - 1) / ALIGN * ALIGN;
	a->first = a->newest = block_make(first);
	a->taken = first;
	a->limit = limit > first ? limit : first;
	if (!a->first) {
		free(a);
		return NULL;
	}
	return a;
}

void
arena_reset(struct arena *a)
{
	while (a->newest != a->first) {
		struct block *older = a->newest->older;

		free(a->newest);
		a->newest = older;
	}
	a->first->used = 0;
	a->taken = a->first->cap;
}

void
arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a);
	free(a->first);
	free(a);
}

size_t
arena_taken(const struct arena *a)
{
	return a->taken;
}

static bool
grow(struct arena *a, size_t n)
{
	size_t cap = n > BLOCK ? n : BLOCK;
	struct block *b;

	if (cap > a->limit - a->taken)
		cap = n;
	if (cap > a->limit - a->taken)
		return false;
	b = block_make(cap);
	if (!b)
		return false;
	a->taken += cap;
	b->older = a->newest;
	a->newest = b;
	return true;
}

void *
arena_new(struct arena *a, size_t n)
{
	struct block *b = a->newest;
	void *p;

	if (n > a->limit)
		return NULL;
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (n > b->cap - b->used) {
		if (!grow(a, n))
			return NULL;
		b = a->newest;
	}
	p = b->bytes + b->used;
	b->used += n;
	return memset(p, 0, n);
}

struct span
arena_copy(struct arena *a, struct span s)
{
	void *p = arena_new(a, s.n ? s.n : 1);

	if (!p)
		return (struct span){ NULL, 0 };
	if (s.n)
		memcpy(p, s.p, s.n);
	return span_of(p, s.n);
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *p = NULL;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0)
		p = arena_new(a, (size_t)n + 1);
	if (p)
		(void)vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return p;
}

char *
arena_string(struct arena *a, struct span s)
{
	char *p;

	if (s.n && memchr(s.p, 0, s.n))
		return NULL;
	p = arena_new(a, s.n + 1);
	if (p && s.n)
		memcpy(p, s.p, s.n);
	return p;
}

struct out
arena_out(struct arena *a, size_t cap)
{
	void *p = arena_new(a, cap);

	return out_of(p, p ? cap : 0);
}
