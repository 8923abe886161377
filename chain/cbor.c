/* SPDX-License-Identifier: ISC */
#include "cbor.h"

#include "text.h"

enum major {
	MAJOR_UINT,
	MAJOR_NEGATIVE,
	MAJOR_BYTES,
	MAJOR_TEXT,
	MAJOR_ARRAY,
	MAJOR_MAP,
	MAJOR_TAG,
	MAJOR_SIMPLE
};

#define SIMPLE_FALSE 20
#define SIMPLE_TRUE 21

struct head {
	enum major major;
	uint8_t info; /* the low five bits of the first byte */
	uint64_t v;
};

struct cbor
cbor_of(struct span s)
{
	return (struct cbor){ s.p, s.p ? s.p + s.n : s.p, CBOR_DEPTH_MAX };
}

static size_t
left(const struct cbor *c)
{
	return (size_t)(c->end - c->p);
}

enum err
cbor_end(const struct cbor *c)
{
	return c->p == c->end ? OK : ERR_CBOR_TRAILING;
}

/* The argument that follows the first byte: 1, 2, 4 or 8 bytes. */
static enum err
read_argument(struct cbor *c, struct head *h)
{
	/* Below these a shorter head would have done. */
	static const uint64_t least[] = { 24, 0x100, 0x10000, 0x100000000 };
	unsigned log = h->info - 24U;
	size_t n = (size_t)1 << log;

	if (left(c) < n)
		return ERR_CBOR_TRUNCATED;
	h->v = 0;
	for (size_t i = 0; i < n; i++)
		h->v = h->v << 8 | *c->p++;
	/* A simple value has no longer form; what follows 0xf9 to 0xfb is a
	 * float, whose length is its type. */
	if (h->major == MAJOR_SIMPLE)
		return log == 0 && h->v < 32 ? ERR_CBOR_NOT_WELL_FORMED : OK;
	return h->v < least[log] ? ERR_CBOR_NOT_SHORTEST : OK;
}

static enum err
read_head(struct cbor *c, struct head *h)
{
	uint8_t b;

	if (left(c) == 0)
		return ERR_CBOR_TRUNCATED;
	b = *c->p++;
	h->major = (enum major)(b >> 5);
	h->info = b & 31;
	h->v = h->info;
	if (h->info < 24)
		return OK;
	if (h->info < 28)
		return read_argument(c, h);
	if (h->info == 31 && h->major >= MAJOR_BYTES && h->major <= MAJOR_MAP)
		return ERR_CBOR_INDEFINITE;
	return ERR_CBOR_NOT_WELL_FORMED;
}

static enum err
read_major(struct cbor *c, enum major want, uint64_t *v)
{
	struct head h;

	TRY(read_head(c, &h));
	if (h.major != want)
		return ERR_CBOR_TYPE;
	*v = h.v;
	return OK;
}

enum err
cbor_uint(struct cbor *c, uint64_t *v)
{
	TRY(read_major(c, MAJOR_UINT, v));
	return *v <= CBOR_UINT_MAX ? OK : ERR_CBOR_RANGE;
}

static enum err
bool_of(const struct head *h, bool *v)
{
	if (h->major != MAJOR_SIMPLE ||
	    (h->info != SIMPLE_FALSE && h->info != SIMPLE_TRUE))
		return ERR_CBOR_TYPE;
	*v = h->info == SIMPLE_TRUE;
	return OK;
}

enum err
cbor_bool(struct cbor *c, bool *v)
{
	struct head h;

	TRY(read_head(c, &h));
	return bool_of(&h, v);
}

static enum err
take(struct cbor *c, uint64_t n, struct span *v)
{
	if (n > left(c))
		return ERR_CBOR_TRUNCATED;
	*v = span_of(c->p, (size_t)n);
	c->p += n;
	return OK;
}

enum err
cbor_bytes(struct cbor *c, size_t min, size_t max, struct span *v)
{
	uint64_t n;

	TRY(read_major(c, MAJOR_BYTES, &n));
	if (n < min || n > max)
		return ERR_CBOR_RANGE;
	return take(c, n, v);
}

enum err
cbor_h32(struct cbor *c, struct h32 *v)
{
	struct span s;

	TRY(cbor_bytes(c, sizeof v->b, sizeof v->b, &s));
	memcpy(v->b, s.p, sizeof v->b);
	return OK;
}

static enum err
read_text(struct cbor *c, size_t min, size_t max, struct span *v)
{
	uint64_t n;

	TRY(read_major(c, MAJOR_TEXT, &n));
	if (n < min || n > max)
		return ERR_TEXT_BAD;
	return take(c, n, v);
}

enum err
cbor_line(struct cbor *c, size_t min, size_t max, struct span *v)
{
	TRY(read_text(c, min, max, v));
	return text_is_line(*v) ? OK : ERR_TEXT_BAD;
}

enum err
cbor_text(struct cbor *c, size_t min, size_t max, struct span *v)
{
	TRY(read_text(c, min, max, v));
	return text_is_plain(*v) ? OK : ERR_TEXT_BAD;
}

/* Every item takes a byte at least, so a count that cannot be met is known
 * before the first item. */
static enum err
open_items(struct cbor *c, uint64_t items, size_t bytes_each)
{
	if (c->depth == 0)
		return ERR_CBOR_DEPTH;
	if (items > left(c) / bytes_each)
		return ERR_CBOR_TRUNCATED;
	c->depth--;
	return OK;
}

enum err
cbor_array(struct cbor *c, size_t min, size_t max, size_t *n)
{
	uint64_t v;

	TRY(read_major(c, MAJOR_ARRAY, &v));
	if (v < min || v > max)
		return ERR_CBOR_RANGE;
	TRY(open_items(c, v, 1));
	*n = (size_t)v;
	return OK;
}

void
cbor_close(struct cbor *c)
{
	c->depth++;
}

static enum err
map_of(struct cbor *c, uint64_t n, struct cbor_map *m)
{
	TRY(open_items(c, n, 2));
	*m = (struct cbor_map){ c, (size_t)n, { NULL, 0 }, { NULL, 0 } };
	return OK;
}

enum err
cbor_map(struct cbor *c, struct cbor_map *m)
{
	uint64_t n;

	TRY(read_major(c, MAJOR_MAP, &n));
	return map_of(c, n, m);
}

/* The next key into m->peek, once. */
static enum err
map_peek(struct cbor_map *m)
{
	const uint8_t *start = m->c->p;
	struct span encoded;
	uint64_t n;

	if (m->peek.p)
		return OK;
	TRY(read_major(m->c, MAJOR_TEXT, &n));
	TRY(take(m->c, n, &m->peek));
	encoded = span_of(start, (size_t)(m->c->p - start));
	if (m->last.p && span_cmp(m->last, encoded) >= 0)
		return ERR_CBOR_KEY_ORDER;
	m->last = encoded;
	return text_is_plain(m->peek) ? OK : ERR_TEXT_BAD;
}

static void
map_take(struct cbor_map *m)
{
	m->peek = (struct span){ NULL, 0 };
	m->left--;
}

/* The order of encoded keys: the head holds the length, so shorter first. */
static int
key_cmp(struct span a, struct span b)
{
	return a.n == b.n ? span_cmp(a, b) : (a.n > b.n) - (a.n < b.n);
}

enum err
cbor_map_opt(struct cbor_map *m, const char *key, bool *is)
{
	int d;

	*is = false;
	if (m->left == 0)
		return OK;
	TRY(map_peek(m));
	d = key_cmp(m->peek, span_str(key));
	if (d < 0)
		return ERR_FIELD_UNKNOWN;
	if (d == 0) {
		map_take(m);
		*is = true;
	}
	return OK;
}

enum err
cbor_map_key(struct cbor_map *m, const char *key)
{
	bool is;

	TRY(cbor_map_opt(m, key, &is));
	return is ? OK : ERR_FIELD_MISSING;
}

enum err
cbor_map_end(struct cbor_map *m)
{
	if (m->left > 0) {
		TRY(map_peek(m));
		return ERR_FIELD_UNKNOWN;
	}
	cbor_close(m->c);
	return OK;
}

static enum err skip(struct cbor *c);

static enum err
skip_array(struct cbor *c, uint64_t n)
{
	TRY(open_items(c, n, 1));
	for (; n > 0; n--)
		TRY(skip(c));
	cbor_close(c);
	return OK;
}

static enum err
skip_map(struct cbor *c, uint64_t n)
{
	struct cbor_map m;

	TRY(map_of(c, n, &m));
	while (m.left > 0) {
		TRY(map_peek(&m));
		map_take(&m);
		TRY(skip(c));
	}
	return cbor_map_end(&m);
}

static enum err
skip(struct cbor *c)
{
	struct head h;
	struct span s;
	bool v;

	TRY(read_head(c, &h));
	switch (h.major) {
	case MAJOR_UINT:
		return h.v <= CBOR_UINT_MAX ? OK : ERR_CBOR_RANGE;
	case MAJOR_BYTES:
		return take(c, h.v, &s);
	case MAJOR_TEXT:
		TRY(take(c, h.v, &s));
		return text_is_plain(s) ? OK : ERR_TEXT_BAD;
	case MAJOR_ARRAY:
		return skip_array(c, h.v);
	case MAJOR_MAP:
		return skip_map(c, h.v);
	case MAJOR_SIMPLE:
		return bool_of(&h, &v);
	case MAJOR_NEGATIVE:
	case MAJOR_TAG:
		break;
	}
	return ERR_CBOR_TYPE;
}

enum err
cbor_item(struct cbor *c, struct span *raw)
{
	const uint8_t *start = c->p;

	TRY(skip(c));
	*raw = span_of(start, (size_t)(c->p - start));
	return OK;
}

static void
put_head(struct out *o, enum major major, uint64_t v)
{
	uint8_t b[9];
	unsigned log = v < 0x100         ? 0
		       : v < 0x10000     ? 1
		       : v < 0x100000000 ? 2
					 : 3;
	size_t n = (size_t)1 << log;

	if (v < 24) {
		b[0] = (uint8_t)((unsigned)major << 5 | v);
		out_put(o, b, 1);
		return;
	}
	b[0] = (uint8_t)((unsigned)major << 5 | (24 + log));
	for (size_t i = n; i > 0; i--, v >>= 8)
		b[i] = (uint8_t)v;
	out_put(o, b, n + 1);
}

void
cbor_put_uint(struct out *o, uint64_t v)
{
	put_head(o, MAJOR_UINT, v);
}

void
cbor_put_bool(struct out *o, bool v)
{
	put_head(o, MAJOR_SIMPLE, v ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void
cbor_put_bytes(struct out *o, struct span v)
{
	put_head(o, MAJOR_BYTES, v.n);
	out_put(o, v.p, v.n);
}

void
cbor_put_text(struct out *o, struct span v)
{
	put_head(o, MAJOR_TEXT, v.n);
	out_put(o, v.p, v.n);
}

void
cbor_put_key(struct out *o, const char *key)
{
	cbor_put_text(o, span_str(key));
}

void
cbor_put_array(struct out *o, size_t n)
{
	put_head(o, MAJOR_ARRAY, n);
}

void
cbor_put_map(struct out *o, size_t n)
{
	put_head(o, MAJOR_MAP, n);
}
