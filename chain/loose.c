/* SPDX-License-Identifier: ISC */
#include "loose.h"

#define NULL_BYTE 0xf6
#define BREAK_BYTE 0xff
#define INDEFINITE 31

/* A head: for SIMPLE, n is the additional information's value. */
struct head {
	enum loose_major major;
	bool indefinite;
	uint64_t n;
};

static size_t
left(const struct loose *c)
{
	return (size_t)(c->end - c->p);
}

/* The number behind additional information 24 to 27. */
static enum err
long_number(struct loose *c, unsigned info, uint64_t *n)
{
	size_t size = (size_t)1 << (info - 24);

	if (left(c) < size)
		return ERR_DOC_CBOR;
	*n = 0;
	for (size_t i = 0; i < size; i++)
		*n = *n << 8 | *c->p++;
	return OK;
}

static bool
is_shortest(unsigned info, uint64_t n)
{
	static const uint64_t least[] = { 24, 1U << 8, 1U << 16,
		UINT64_C(1) << 32 };

	return n >= least[info - 24];
}

static enum err
read_head(struct loose *c, struct head *h)
{
	unsigned info;

	if (left(c) == 0)
		return ERR_DOC_CBOR;
	h->major = *c->p >> 5;
	h->indefinite = false;
	info = *c->p++ & 31;
	if (info < 24) {
		h->n = info;
		return OK;
	}
	if (info == INDEFINITE) {
		h->n = 0;
		h->indefinite = true;
		if (h->major == LOOSE_BYTES || h->major == LOOSE_TEXT)
			return ERR_DOC_CHUNKED;
		return h->major == LOOSE_ARRAY || h->major == LOOSE_MAP
			   ? OK
			   : ERR_DOC_CBOR;
	}
	if (info > 27)
		return ERR_DOC_CBOR;
	TRY(long_number(c, info, &h->n));
	if (h->major == LOOSE_SIMPLE) /* what follows 25 to 27 is a float */
		return info > 24 || h->n >= 32 ? OK : ERR_DOC_CBOR;
	return is_shortest(info, h->n) ? OK : ERR_DOC_NOT_SHORTEST;
}

static enum err
take(struct loose *c, uint64_t n, struct span *v)
{
	if (n > left(c))
		return ERR_DOC_CBOR;
	*v = span_of(c->p, (size_t)n);
	c->p += n;
	return OK;
}

static enum err
deeper(struct loose *c)
{
	if (c->depth == 0)
		return ERR_DOC_DEPTH;
	c->depth--;
	return OK;
}

struct loose
loose_of(struct span s)
{
	return (struct loose){ s.p, s.p + s.n, LOOSE_DEPTH_MAX };
}

bool
loose_is(const struct loose *c, enum loose_major major)
{
	return left(c) > 0 && *c->p >> 5 == (int)major;
}

bool
loose_null(struct loose *c)
{
	if (left(c) == 0 || *c->p != NULL_BYTE)
		return false;
	c->p++;
	return true;
}

enum err
loose_uint(struct loose *c, enum err other, uint64_t *v)
{
	struct head h;

	TRY(read_head(c, &h));
	if (h.major != LOOSE_UINT)
		return other;
	*v = h.n;
	return OK;
}

enum err
loose_string(struct loose *c, enum loose_major major, enum err other,
    struct span *v)
{
	struct head h;

	TRY(read_head(c, &h));
	if (h.major != major)
		return other;
	return take(c, h.n, v);
}

enum err
loose_open(struct loose *c, enum loose_major major, enum err other,
    struct loose_seq *s)
{
	struct head h;

	TRY(read_head(c, &h));
	if (h.major != major)
		return other;
	s->indefinite = h.indefinite;
	s->left = h.n;
	return deeper(c);
}

enum err
loose_more(struct loose *c, struct loose_seq *s, bool *more)
{
	if (!s->indefinite) {
		*more = s->left > 0;
		s->left -= *more;
	} else {
		if (left(c) == 0)
			return ERR_DOC_CBOR;
		*more = *c->p != BREAK_BYTE;
		c->p += !*more;
	}
	c->depth += !*more;
	return OK;
}

enum err
loose_key(struct loose_keys *k, struct span key)
{
	for (size_t i = 0; i < k->n; i++) {
		if (span_eq(k->key[i], key))
			return ERR_DOC_DUPLICATE;
	}
	if (k->n == LOOSE_KEYS_MAX)
		return ERR_DOC_KEY;
	k->key[k->n++] = key;
	return OK;
}

static enum err
skip_array(struct loose *c)
{
	struct loose_seq s;
	bool more;

	TRY(loose_open(c, LOOSE_ARRAY, ERR_DOC_CBOR, &s));
	for (;;) {
		TRY(loose_more(c, &s, &more));
		if (!more)
			return OK;
		TRY(loose_skip(c));
	}
}

/* Keys are numbers or strings: as their heads are the shortest, two of them
 * are equal exactly where their bytes are. */
static enum err
skip_map(struct loose *c)
{
	struct loose_seq s;
	struct loose_keys keys;
	bool more;

	keys.n = 0;
	TRY(loose_open(c, LOOSE_MAP, ERR_DOC_CBOR, &s));
	for (;;) {
		TRY(loose_more(c, &s, &more));
		if (!more)
			return OK;
		const uint8_t *from = c->p;
		if (left(c) > 0 && *from >> 5 > LOOSE_TEXT)
			return ERR_DOC_KEY;
		TRY(loose_skip(c));
		TRY(loose_key(&keys, span_of(from, (size_t)(c->p - from))));
		TRY(loose_skip(c));
	}
}

enum err
loose_skip(struct loose *c)
{
	struct head h;
	struct span v;

	if (loose_is(c, LOOSE_ARRAY))
		return skip_array(c);
	if (loose_is(c, LOOSE_MAP))
		return skip_map(c);
	TRY(read_head(c, &h));
	if (h.major == LOOSE_BYTES || h.major == LOOSE_TEXT)
		return take(c, h.n, &v);
	if (h.major != LOOSE_TAG)
		return OK;
	TRY(deeper(c));
	TRY(loose_skip(c));
	c->depth++;
	return OK;
}
