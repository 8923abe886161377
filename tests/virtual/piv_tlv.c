/* SPDX-License-Identifier: ISC */
#include "piv_tlv.h"

static bool
take(struct span *s, uint8_t *tag, struct span *v)
{
	size_t head = 2, n;

	if (s->n < 2)
		return false;
	*tag = s->p[0];
	n = s->p[1];
	if (n == 0x81 && s->n >= 3) {
		n = s->p[2];
		head = 3;
	} else if (n == 0x82 && s->n >= 4) {
		n = (size_t)s->p[2] << 8 | s->p[3];
		head = 4;
	} else if (n >= 0x80) {
		return false;
	}
	if (n > s->n - head)
		return false;
	*v = span_of(s->p + head, n);
	*s = span_of(s->p + head + n, s->n - head - n);
	return true;
}

bool
piv_tlv_find(struct span s, uint8_t tag, struct span *v)
{
	uint8_t t;

	while (take(&s, &t, v))
		if (t == tag)
			return true;
	return false;
}

bool
piv_tlv_byte(struct span s, uint8_t tag, uint8_t *v)
{
	struct span b;

	if (!piv_tlv_find(s, tag, &b) || b.n != 1)
		return false;
	*v = b.p[0];
	return true;
}

void
piv_tlv_put(struct out *o, unsigned tag, struct span v)
{
	uint8_t head[5];
	size_t n = 0;

	if (tag > 0xff)
		head[n++] = (uint8_t)(tag >> 8);
	head[n++] = (uint8_t)tag;
	if (v.n >= 0x100) {
		head[n++] = 0x82;
		head[n++] = (uint8_t)(v.n >> 8);
	} else if (v.n >= 0x80) {
		head[n++] = 0x81;
	}
	head[n++] = (uint8_t)v.n;
	out_put(o, head, n);
	out_put(o, v.p, v.n);
}
