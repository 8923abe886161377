/* SPDX-License-Identifier: ISC */
#include "piv_tlv.h"

/* Low five bits all set: the tag goes on. */
#define LONG_TAG 0x1f

static bool
read_tag(struct span in, unsigned *tag, size_t *n)
{
	if (in.n < 2)
		return false;
	*tag = in.p[0];
	*n = 1;
	if ((in.p[0] & LONG_TAG) != LONG_TAG)
		return true;
	*tag = (unsigned)(in.p[0] << 8 | in.p[1]);
	*n = 2;
	/* A second byte that goes on itself, or that one could have done. */
	return in.p[1] < 0x80 && in.p[1] >= LONG_TAG;
}

static bool
read_length(struct span in, size_t *length, size_t *n)
{
	if (in.n < 1)
		return false;
	*length = in.p[0];
	*n = 1;
	if (in.p[0] < 0x80)
		return true;
	if (in.p[0] == 0x81 && in.n >= 2) {
		*length = in.p[1];
		*n = 2;
		return *length >= 0x80;
	}
	if (in.p[0] == 0x82 && in.n >= 3) {
		*length = (size_t)in.p[1] << 8 | in.p[2];
		*n = 3;
		return *length >= 0x100;
	}
	return false;
}

bool
piv_tlv_next(struct span *in, unsigned *tag, struct span *v)
{
	struct span rest = *in;
	size_t head = 0, n = 0;

	if (!read_tag(rest, tag, &head))
		return false;
	rest = span_of(rest.p + head, rest.n - head);
	if (!read_length(rest, &n, &head) || n > rest.n - head)
		return false;
	*v = span_of(rest.p + head, n);
	*in = span_of(rest.p + head + n, rest.n - head - n);
	return true;
}

bool
piv_tlv_get(struct span in, unsigned tag, struct span *v)
{
	bool found = false;
	struct span one;
	unsigned t;

	while (in.n > 0) {
		if (!piv_tlv_next(&in, &t, &one) || (t == tag && found))
			return false;
		if (t == tag) {
			found = true;
			*v = one;
		}
	}
	return found;
}

void
piv_tlv_put(struct out *o, unsigned tag, struct span v)
{
	uint8_t head[5];
	size_t n = 0;

	if (v.n > 0xffff) {
		o->full = true;
		return;
	}
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
