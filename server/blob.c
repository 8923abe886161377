/* SPDX-License-Identifier: ISC */
#include "blob.h"

#include <stdatomic.h>
#include <stdlib.h>

struct blob {
	atomic_size_t count;
	_Atomic(void *) wire;
	/* Written by the winner of wire, before anybody else can drop the
	 * last reference. */
	void (*release)(void *);
	uint32_t tag;
	size_t n;
	uint8_t bytes[];
};

static atomic_size_t live;

struct blob *
blob_make(struct span s)
{
	struct blob *b;

	if (s.n > SIZE_MAX - sizeof *b)
		return NULL;
	b = malloc(sizeof *b + s.n);
	if (!b)
		return NULL;
	atomic_init(&b->count, 1);
	atomic_init(&b->wire, NULL);
	b->release = NULL;
	b->tag = 0;
	b->n = s.n;
	atomic_fetch_add_explicit(&live, s.n, memory_order_relaxed);
	if (s.n)
		memcpy(b->bytes, s.p, s.n);
	return b;
}

struct blob *
blob_keep(struct blob *b)
{
	atomic_fetch_add_explicit(&b->count, 1, memory_order_relaxed);
	return b;
}

void
blob_drop(struct blob *b)
{
	void *wire;

	if (!b ||
	    atomic_fetch_sub_explicit(&b->count, 1, memory_order_acq_rel) != 1)
		return;
	wire = atomic_load_explicit(&b->wire, memory_order_acquire);
	if (wire && b->release)
		b->release(wire);
	atomic_fetch_sub_explicit(&live, b->n, memory_order_relaxed);
	free(b);
}

void
blob_tag_set(struct blob *b, uint32_t tag)
{
	b->tag = tag;
}

uint32_t
blob_tag(const struct blob *b)
{
	return b->tag;
}

size_t
blob_live(void)
{
	return atomic_load_explicit(&live, memory_order_relaxed);
}

struct span
blob_bytes(const struct blob *b)
{
	return span_of(b->bytes, b->n);
}

void *
blob_wire(struct blob *b)
{
	return atomic_load_explicit(&b->wire, memory_order_acquire);
}

void *
blob_wire_set(struct blob *b, void *wire, void (*release)(void *))
{
	void *was = NULL;

	if (!atomic_compare_exchange_strong_explicit(&b->wire, &was, wire,
		memory_order_acq_rel, memory_order_acquire))
		return was;
	b->release = release;
	return wire;
}
