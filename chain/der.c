/* SPDX-License-Identifier: ISC */
#include "der.h"

static bool
length(struct span in, size_t *head, size_t *n)
{
	if (in.n < 2)
		return false;
	if (in.p[1] < 0x80) {
		*head = 2;
		*n = in.p[1];
	} else if (in.p[1] == 0x81 && in.n >= 3) {
		*head = 3;
		*n = in.p[2];
		if (*n < 0x80)
			return false;
	} else if (in.p[1] == 0x82 && in.n >= 4) {
		*head = 4;
		*n = (size_t)in.p[2] << 8 | in.p[3];
		if (*n < 0x100)
			return false;
	} else {
		return false;
	}
	return *n <= in.n - *head;
}

static bool
take(struct span *in, enum der_tag tag, struct span *raw, struct span *body)
{
	size_t head = 0, n = 0;

	if (!der_peek(in, tag) || !length(*in, &head, &n))
		return false;
	*raw = span_of(in->p, head + n);
	*body = span_of(in->p + head, n);
	*in = span_of(in->p + head + n, in->n - head - n);
	return true;
}

bool
der_peek(const struct span *in, enum der_tag tag)
{
	return in->n > 0 && in->p[0] == tag;
}

bool
der_next(struct span *in, enum der_tag tag, struct span *body)
{
	struct span raw;

	return take(in, tag, &raw, body);
}

bool
der_raw(struct span *in, enum der_tag tag, struct span *raw)
{
	struct span body;

	return take(in, tag, raw, &body);
}

bool
der_uint(struct span *in, struct span *v)
{
	if (!der_next(in, DER_INTEGER, v) || v->n == 0 || v->p[0] >= 0x80)
		return false;
	if (v->p[0] != 0)
		return true;
	if (v->n > 1 && v->p[1] < 0x80)
		return false;
	*v = span_of(v->p + 1, v->n - 1);
	return true;
}

bool
der_oid(struct span *in, struct span *v)
{
	bool first = true;

	if (!der_next(in, DER_OID, v) || v->n == 0)
		return false;
	for (size_t i = 0; i < v->n; i++) {
		if (first && v->p[i] == 0x80)
			return false;
		first = v->p[i] < 0x80;
	}
	return first;
}

bool
der_true(struct span *in, bool *v)
{
	struct span b;

	*v = false;
	if (!der_peek(in, DER_BOOLEAN))
		return true;
	*v = true;
	return der_next(in, DER_BOOLEAN, &b) && b.n == 1 && b.p[0] == 0xff;
}
