/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "db_int.h"

/* Arrays: PostgreSQL's array_send form.  Twelve bytes of head before the one
 * dimension: number of dimensions, nulls or not, element type. */
#define HEAD 20

static uint8_t *
grow(struct db_array *y, size_t more)
{
	size_t cap = y->cap ? y->cap : 4096;
	uint8_t *p;

	if (y->failed)
		return NULL;
	while (cap - y->n < more)
		cap *= 2;
	if (cap != y->cap) {
		p = realloc(y->p, cap);
		if (!p) {
			y->failed = true;
			return NULL;
		}
		y->p = p;
		y->cap = cap;
	}
	p = y->p + y->n;
	y->n += more;
	return p;
}

void
db_array_begin(struct db_array *y, enum db_type type)
{
	uint8_t *p;

	y->n = 0;
	y->items = 0;
	y->failed = y->nulls = false;
	p = grow(y, HEAD);
	if (!p)
		return;
	db_arg_be(p, 1, 4);
	db_arg_be(p + 8, (uint64_t)type, 4);
	db_arg_be(p + 16, 1, 4);
}

void
db_array_bytes(struct db_array *y, struct span s)
{
	uint8_t *p = grow(y, 4 + s.n);

	if (!p)
		return;
	db_arg_be(p, s.n, 4);
	if (s.n)
		memcpy(p + 4, s.p, s.n);
	y->items++;
}

static void
array_number(struct db_array *y, uint64_t v, size_t size)
{
	uint8_t b[8];

	db_arg_be(b, v, size);
	db_array_bytes(y, span_of(b, size));
}

void
db_array_i64(struct db_array *y, int64_t v)
{
	array_number(y, (uint64_t)v, 8);
}

void
db_array_i32(struct db_array *y, int32_t v)
{
	array_number(y, (uint64_t)(int64_t)v, 4);
}

void
db_array_i16(struct db_array *y, int16_t v)
{
	array_number(y, (uint64_t)(int64_t)v, 2);
}

void
db_array_time(struct db_array *y, uint64_t unix_ms)
{
	db_array_i64(y, db_arg_micros(unix_ms));
}

void
db_array_null(struct db_array *y)
{
	uint8_t *p = grow(y, 4);

	if (!p)
		return;
	db_arg_be(p, UINT32_MAX, 4);
	y->items++;
	y->nulls = true;
}

void
db_array_hashes(struct db_array *y, const struct h32 *h, size_t n)
{
	db_array_begin(y, DB_TYPE_BYTEA);
	for (size_t i = 0; i < n; i++)
		db_array_bytes(y, h32_span(&h[i]));
}

void
db_array_free(struct db_array *y)
{
	free(y->p);
	*y = (struct db_array){ 0 };
}

bool
db_array_end(struct db_array *y, struct span *s)
{
	if (y->failed)
		return false;
	db_arg_be(y->p + 4, y->nulls, 4);
	db_arg_be(y->p + 12, y->items, 4);
	*s = span_of(y->p, y->n);
	return true;
}
