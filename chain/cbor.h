/* SPDX-License-Identifier: ISC */
#ifndef CBOR_H
#define CBOR_H

#include "err.h"
#include "span.h"

/*
 * Deterministic CBOR as FORMAT.md section 2 narrows it (RFC 8949 4.2.1): the
 * strict reader and the writer of everything that encl signs or hashes.
 * Reading never allocates and never looks past end.  An error leaves the
 * cursor somewhere inside; give the whole item up.
 */
struct cbor {
	const uint8_t *p, *end;
	unsigned depth; /* arrays and maps that may still be opened */
};

#define CBOR_DEPTH_MAX 6
#define CBOR_UINT_MAX ((UINT64_C(1) << 53) - 1)

/* A cursor before the first item of s, which is borrowed. */
struct cbor cbor_of(struct span s);

/*
 * Whatever is read below has its shortest head (ERR_CBOR_NOT_SHORTEST), the
 * type that was asked for (ERR_CBOR_TYPE) and all its bytes
 * (ERR_CBOR_TRUNCATED); a number or a length outside its limits is
 * ERR_CBOR_RANGE, a text with other characters ERR_TEXT_BAD.
 */

/* OK when every byte was read, else ERR_CBOR_TRAILING. */
MUST_USE enum err cbor_end(const struct cbor *c);

/* At most CBOR_UINT_MAX. */
MUST_USE enum err cbor_uint(struct cbor *c, uint64_t *v);
MUST_USE enum err cbor_bool(struct cbor *c, bool *v);
/* A byte string of min to max bytes, borrowed. */
MUST_USE enum err cbor_bytes(struct cbor *c, size_t min, size_t max,
    struct span *v);
/* A byte string of 32 bytes, copied. */
MUST_USE enum err cbor_h32(struct cbor *c, struct h32 *v);
/* A text string of min to max bytes of printable ASCII, borrowed. */
MUST_USE enum err cbor_line(struct cbor *c, size_t min, size_t max,
    struct span *v);
/* A text string of min to max bytes of the wider kind (text.h), borrowed. */
MUST_USE enum err cbor_text(struct cbor *c, size_t min, size_t max,
    struct span *v);
/* The head of an array of min to max items.  cbor_close after the last. */
MUST_USE enum err cbor_array(struct cbor *c, size_t min, size_t max, size_t *n);
void cbor_close(struct cbor *c);
/* The bytes of the next item, whatever it is, checked and stepped over. */
MUST_USE enum err cbor_item(struct cbor *c, struct span *raw);

/*
 * A map is read in the order of its keys, which is the one order that they
 * can have.  cbor_map_key asks for a key that must come next; cbor_map_opt
 * tells whether the next key is this one, and steps over it if so;
 * cbor_map_end says that nothing is left.  A key that was not asked for is
 * ERR_FIELD_UNKNOWN, ERR_FIELD_MISSING or ERR_CBOR_KEY_ORDER.
 */
struct cbor_map {
	struct cbor *c;
	size_t left;
	struct span last; /* the encoded key before, {NULL,0} at first */
	struct span peek; /* the text of the key looked at, or {NULL,0} */
};

MUST_USE enum err cbor_map(struct cbor *c, struct cbor_map *m);
MUST_USE enum err cbor_map_key(struct cbor_map *m, const char *key);
MUST_USE enum err cbor_map_opt(struct cbor_map *m, const char *key, bool *is);
MUST_USE enum err cbor_map_end(struct cbor_map *m);

/* The writer.  Shortest heads; the caller gives map keys in order. */
void cbor_put_uint(struct out *o, uint64_t v);
void cbor_put_bool(struct out *o, bool v);
void cbor_put_bytes(struct out *o, struct span v);
void cbor_put_text(struct out *o, struct span v);
void cbor_put_key(struct out *o, const char *key);
void cbor_put_array(struct out *o, size_t n);
void cbor_put_map(struct out *o, size_t n);

#endif
