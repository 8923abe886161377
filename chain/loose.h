/* SPDX-License-Identifier: ISC */
#ifndef LOOSE_H
#define LOOSE_H

#include "err.h"
#include "span.h"

/*
 * CBOR as attestation documents have it: any order of keys, definite and
 * indefinite arrays and maps, null, values that we do not know.  Heads are the
 * shortest, strings are in one piece, no map has a key twice.  Nothing is
 * allocated and nothing is read past end.  Errors of the bytes themselves are
 * ERR_DOC_CBOR, _NOT_SHORTEST, _CHUNKED, _DEPTH, _KEY, _DUPLICATE; where an
 * item is sound but of another type than asked for, the caller's own `other`.
 * An error leaves the cursor somewhere inside; give the whole item up.
 */
#define LOOSE_DEPTH_MAX 8
#define LOOSE_KEYS_MAX 64 /* keys in one map */

struct loose {
	const uint8_t *p, *end;
	unsigned depth; /* arrays, maps and tags that may still be opened */
};

enum loose_major {
	LOOSE_UINT,
	LOOSE_NEGATIVE,
	LOOSE_BYTES,
	LOOSE_TEXT,
	LOOSE_ARRAY,
	LOOSE_MAP,
	LOOSE_TAG,
	LOOSE_SIMPLE
};

/* An array or a map that is open. */
struct loose_seq {
	bool indefinite;
	uint64_t left; /* items, or pairs of a map; not where indefinite */
};

/* The keys that a map has had so far. */
struct loose_keys {
	size_t n;
	struct span key[LOOSE_KEYS_MAX];
};

/* A cursor before the first item of s, which is borrowed. */
struct loose loose_of(struct span s);

/* The next item has this type.  False at the end. */
bool loose_is(const struct loose *c, enum loose_major major);

/* Steps over a null if the next item is one. */
bool loose_null(struct loose *c);

/* An unsigned number of up to 64 bits. */
MUST_USE enum err loose_uint(struct loose *c, enum err other, uint64_t *v);

/* A byte or text string of any length, borrowed. */
MUST_USE enum err loose_string(struct loose *c, enum loose_major major,
    enum err other, struct span *v);

/* Opens an array or a map.  Then loose_more says before each item (of a map:
 * each pair) whether there is one; when there is none it closes. */
MUST_USE enum err loose_open(struct loose *c, enum loose_major major,
    enum err other, struct loose_seq *s);
MUST_USE enum err loose_more(struct loose *c, struct loose_seq *s, bool *more);

/* Notes a key.  ERR_DOC_DUPLICATE; ERR_DOC_KEY when there are too many. */
MUST_USE enum err loose_key(struct loose_keys *k, struct span key);

/* Steps over the next item, whatever it is. */
MUST_USE enum err loose_skip(struct loose *c);

#endif
