/* SPDX-License-Identifier: ISC */
#ifndef BLOB_H
#define BLOB_H

#include "chain/span.h"

/*
 * Immutable bytes that several threads serve: an entry, a page of entries, a
 * rendered state view.  Counted; the last blob_drop frees them.  wire is the
 * HTTP layer's own form of the same bytes, made once.
 */
struct blob;

/* A copy of s with one reference, or NULL. */
MUST_USE struct blob *blob_make(struct span s);
struct blob *blob_keep(struct blob *b);
void blob_drop(struct blob *b);
struct span blob_bytes(const struct blob *b);

/* A number for those who have to tell forms of the same thing apart, set before
 * others see b. */
void blob_tag_set(struct blob *b, uint32_t tag);
uint32_t blob_tag(const struct blob *b);

/* The bytes of all blobs that there are. */
size_t blob_live(void);

/* Sets wire once, atomically; the winner's value is returned, so the loser
 * frees its own.  release runs when the blob goes. */
void *blob_wire(struct blob *b);
void *blob_wire_set(struct blob *b, void *wire, void (*release)(void *));

#endif
