/* SPDX-License-Identifier: ISC */
#include "wire.h"

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

bool
wire_string(struct span *s, struct span *v)
{
	size_t n;

	if (s->n < 4)
		return false;
	n = be32(s->p);
	if (n > s->n - 4)
		return false;
	*v = span_of(s->p + 4, n);
	*s = span_of(s->p + 4 + n, s->n - 4 - n);
	return true;
}

bool
wire_mpint(struct span *s, uint8_t *b, size_t n)
{
	struct span v;

	if (!wire_string(s, &v) || v.n == 0 || (v.p[0] & 0x80))
		return false;
	if (v.p[0] == 0) {
		if (v.n == 1 || !(v.p[1] & 0x80))
			return false;
		v = span_of(v.p + 1, v.n - 1);
	}
	if (v.n > n)
		return false;
	memset(b, 0, n - v.n);
	memcpy(b + n - v.n, v.p, v.n);
	return true;
}

void
wire_put_u32(struct out *o, uint32_t v)
{
	uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
		(uint8_t)(v >> 8), (uint8_t)v };

	out_put(o, b, sizeof b);
}

void
wire_put_string(struct out *o, struct span v)
{
	wire_put_u32(o, (uint32_t)v.n);
	out_put(o, v.p, v.n);
}

static struct span
without_zeros(struct span v)
{
	while (v.n > 0 && v.p[0] == 0)
		v = span_of(v.p + 1, v.n - 1);
	return v;
}

void
wire_put_mpint(struct out *o, struct span v)
{
	struct span m = without_zeros(v);
	bool pad = m.n > 0 && (m.p[0] & 0x80);

	wire_put_u32(o, (uint32_t)(m.n + pad));
	if (pad)
		out_put(o, "", 1);
	out_put(o, m.p, m.n);
}

size_t
wire_mpint_size(struct span v)
{
	struct span m = without_zeros(v);

	return 4 + m.n + (m.n > 0 && (m.p[0] & 0x80));
}
