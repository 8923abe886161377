/* SPDX-License-Identifier: ISC */
#include "mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain/text.h"

static union block {
	union block *next;
	max_align_t align;
} * blocks;

void *
mem_new(size_t n)
{
	union block *b = n < SIZE_MAX / 2 ? calloc(1, sizeof *b + n) : NULL;

	if (b == NULL) {
		(void)fputs("encl: there is not enough memory\n", stderr);
		_Exit(1);
	}
	b->next = blocks;
	blocks = b;
	return b + 1;
}

void *
mem_grow(void *p, size_t old, size_t n)
{
	void *q = mem_new(n);

	if (old > 0)
		memcpy(q, p, old < n ? old : n);
	return q;
}

struct span
mem_copy(struct span s)
{
	return span_of(mem_string(s), s.n);
}

char *
mem_string(struct span s)
{
	char *t = mem_new(s.n + 1);

	if (s.n > 0)
		memcpy(t, s.p, s.n);
	return t;
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap, again;
	char *t;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	t = mem_new(n < 0 ? 1 : (size_t)n + 1);
	if (n > 0)
		(void)vsnprintf(t, (size_t)n + 1, fmt, again);
	va_end(again);
	return t;
}

struct out
mem_out(size_t cap)
{
	return out_of(mem_new(cap), cap);
}

char *
mem_hex(struct span s)
{
	struct out o = mem_out(2 * s.n + 1);

	text_hex(&o, s);
	return (char *)o.p;
}

void *
mem_mark(void)
{
	return blocks;
}

void
mem_release(const void *mark)
{
	while (blocks != mark) {
		union block *next = blocks->next;

		free(blocks);
		blocks = next;
	}
}

void
mem_free_all(void)
{
	mem_release(NULL);
}
