/* SPDX-License-Identifier: ISC */
#include "db_int.h"

void
db_arg_be(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = n; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
}

static void
number(struct db_args *a, uint64_t v, int size)
{
	db_arg_be(a->number[a->n], v, (size_t)size);
	a->value[a->n] = (const char *)a->number[a->n];
	a->len[a->n] = size;
	a->format[a->n++] = 1;
}

int64_t
db_arg_micros(uint64_t unix_ms)
{
	return ((int64_t)unix_ms - DB_EPOCH_MS) * 1000;
}

void
db_arg_i64(struct db_args *a, int64_t v)
{
	number(a, (uint64_t)v, 8);
}

void
db_arg_i32(struct db_args *a, int32_t v)
{
	number(a, (uint64_t)(int64_t)v, 4);
}

void
db_arg_i16(struct db_args *a, int16_t v)
{
	number(a, (uint64_t)(int64_t)v, 2);
}

void
db_arg_bool(struct db_args *a, bool v)
{
	number(a, v, 1);
}

void
db_arg_time(struct db_args *a, uint64_t unix_ms)
{
	db_arg_i64(a, db_arg_micros(unix_ms));
}

void
db_arg_bytes(struct db_args *a, struct span s)
{
	a->value[a->n] = s.n ? (const char *)s.p : "";
	a->len[a->n] = (int)s.n;
	a->format[a->n++] = 1;
}

void
db_arg_h32(struct db_args *a, const struct h32 *h)
{
	db_arg_bytes(a, h32_span(h));
}

void
db_arg_text(struct db_args *a, const char *s)
{
	db_arg_bytes(a, span_str(s));
}

void
db_arg_null(struct db_args *a)
{
	a->value[a->n] = NULL;
	a->len[a->n] = 0;
	a->format[a->n++] = 1;
}

void
db_arg_id(struct db_args *a, int64_t v)
{
	if (v)
		db_arg_i64(a, v);
	else
		db_arg_null(a);
}

void
db_arg_array(struct db_args *a, struct db_array *y)
{
	struct span s;

	if (db_array_end(y, &s)) {
		db_arg_bytes(a, s);
		return;
	}
	db_arg_null(a);
	a->format[a->n - 1] = -1;
}
