/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chain/cbor.h"
#include "chain/hash.h"
#include "chain/text.h"
#include "definition.h"

#define MEMBERS_MAX 512 /* in one object */

/* The order of encoded keys: the shorter first. */
static int
by_encoding(const void *a, const void *b)
{
	const char *x, *y;
	size_t n, m;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	n = strlen(x);
	m = strlen(y);
	return n == m ? strcmp(x, y) : (n > m) - (n < m);
}

static enum err put(struct out *o, const json_t *j, unsigned depth);

static enum err
put_text(struct out *o, struct span v)
{
	if (!text_is_plain(v))
		return ERR_DEFINITION_BAD;
	cbor_put_text(o, v);
	return OK;
}

static enum err
put_object(struct out *o, const json_t *j, unsigned depth)
{
	const char *key[MEMBERS_MAX];
	size_t n = 0;

	if (json_object_size(j) > MEMBERS_MAX)
		return ERR_DEFINITION_BAD;
	for (void *it = json_object_iter(shape_lend(j)); it;
	     it = json_object_iter_next(shape_lend(j), it))
		key[n++] = json_object_iter_key(it);
	if (n > 0)
		qsort(key, n, sizeof key[0], by_encoding);
	cbor_put_map(o, n);
	for (size_t i = 0; i < n; i++) {
		TRY(put_text(o, span_str(key[i])));
		TRY(put(o, json_object_get(j, key[i]), depth));
	}
	return OK;
}

static enum err
put(struct out *o, const json_t *j, unsigned depth)
{
	json_int_t v;

	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return depth == 0 ? ERR_DEFINITION_BAD
				  : put_object(o, j, depth - 1);
	case JSON_ARRAY:
		if (depth == 0)
			return ERR_DEFINITION_BAD;
		cbor_put_array(o, json_array_size(j));
		for (size_t i = 0; i < json_array_size(j); i++)
			TRY(put(o, json_array_get(j, i), depth - 1));
		return OK;
	case JSON_STRING:
		return put_text(o,
		    span_of(json_string_value(j), json_string_length(j)));
	case JSON_INTEGER:
		v = json_integer_value(j);
		if (v < 0 || (uint64_t)v > CBOR_UINT_MAX)
			return ERR_DEFINITION_BAD;
		cbor_put_uint(o, (uint64_t)v);
		return OK;
	case JSON_TRUE:
	case JSON_FALSE:
		cbor_put_bool(o, json_is_true(j));
		return OK;
	case JSON_REAL:
	case JSON_NULL:
		break;
	}
	return ERR_DEFINITION_BAD;
}

enum err
definition_canonical(const json_t *j, struct out *o, struct h32 *sha256)
{
	size_t start = o->n;

	TRY(put(o, j, CBOR_DEPTH_MAX));
	if (o->full)
		return ERR_NO_SPACE;
	if (sha256 == NULL)
		return OK;
	return hash_sha256(span_of(o->p + start, o->n - start), sha256);
}

/* An item whose bytes cbor_item has found good: shortest heads, definite
 * lengths, ordered keys.  So nothing needs to be checked here a second time. */
static uint64_t
take_head(struct span *s, unsigned *major)
{
	uint8_t b = s->p[0];
	unsigned info = b & 31;
	size_t n = info < 24 ? 0 : (size_t)1 << (info - 24);
	uint64_t v = info < 24 ? info : 0;

	for (size_t i = 1; i <= n; i++)
		v = v << 8 | s->p[i];
	*s = span_of(s->p + 1 + n, s->n - 1 - n);
	*major = b >> 5;
	return v;
}

static json_t *take(struct span *s);

static json_t *
take_array(struct span *s, uint64_t n)
{
	json_t *list = json_array();

	for (; list && n > 0; n--) {
		if (json_array_append_new(list, take(s)) != 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

static json_t *
take_map(struct span *s, uint64_t n)
{
	json_t *o = json_object();

	for (; o && n > 0; n--) {
		unsigned major;
		uint64_t size = take_head(s, &major);
		char *key = strndup((const char *)s->p, (size_t)size);

		*s = span_of(s->p + size, s->n - (size_t)size);
		if (key == NULL || json_object_set_new(o, key, take(s)) != 0) {
			json_decref(o);
			o = NULL;
		}
		free(key);
	}
	return o;
}

static json_t *
take(struct span *s)
{
	unsigned major;
	uint64_t v = take_head(s, &major);
	struct span bytes;

	switch (major) {
	case 0:
		return json_integer((json_int_t)v);
	case 3:
		bytes = span_of(s->p, (size_t)v);
		*s = span_of(s->p + bytes.n, s->n - bytes.n);
		return json_stringn((const char *)bytes.p, bytes.n);
	case 4:
		return take_array(s, v);
	case 5:
		return take_map(s, v);
	default: /* true and false */
		return json_boolean(v == 21);
	}
}

/* Byte strings are CBOR that we read, but no JSON comes to them. */
static enum err
no_bytes(struct cbor *c)
{
	const uint8_t *p = c->p;
	size_t n = (size_t)(c->end - c->p);

	while (n > 0) {
		struct span s = span_of(p, n);
		unsigned major;
		uint64_t v = take_head(&s, &major);

		if (major == 2)
			return ERR_CBOR_TYPE;
		p = s.p + (major == 3 ? v : 0);
		n = s.n - (major == 3 ? (size_t)v : 0);
	}
	return OK;
}

enum err
definition_from_canonical(struct span cbor, json_t **j)
{
	struct cbor c = cbor_of(cbor), whole = c;
	struct span raw;

	*j = NULL;
	TRY(cbor_item(&c, &raw));
	TRY(cbor_end(&c));
	TRY(no_bytes(&whole));
	*j = take(&raw);
	return *j ? OK : ERR_OUT_OF_MEMORY;
}
