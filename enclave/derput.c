/* SPDX-License-Identifier: ISC */
#include "derput.h"

#include <stdio.h>
#include <time.h>

enum {
	TAG_INTEGER = 0x02,
	TAG_UTC_TIME = 0x17,
	TAG_GENERALIZED_TIME = 0x18,
	TAG_SEQUENCE = 0x30
};

size_t
derput_open(struct out *o, uint8_t tag)
{
	out_put(o, &tag, 1);
	return o->n;
}

void
derput_close(struct out *o, size_t mark)
{
	uint8_t head[3];
	size_t n = o->n - mark, k;

	if (n < 0x80) {
		head[0] = (uint8_t)n;
		k = 1;
	} else if (n < 0x100) {
		head[0] = 0x81;
		head[1] = (uint8_t)n;
		k = 2;
	} else {
		head[0] = 0x82;
		head[1] = (uint8_t)(n >> 8);
		head[2] = (uint8_t)n;
		k = 3;
	}
	if (o->full || n > 0xffff || o->cap - o->n < k) {
		o->full = true;
		return;
	}
	memmove(o->p + mark + k, o->p + mark, n);
	memcpy(o->p + mark, head, k);
	o->n += k;
}

void
derput_item(struct out *o, uint8_t tag, struct span content)
{
	size_t mark = derput_open(o, tag);

	out_put(o, content.p, content.n);
	derput_close(o, mark);
}

void
derput_uint(struct out *o, struct span be)
{
	static const uint8_t zero = 0;
	size_t mark = derput_open(o, TAG_INTEGER);

	while (be.n && be.p[0] == 0) {
		be.p++;
		be.n--;
	}
	if (be.n == 0 || be.p[0] & 0x80)
		out_put(o, &zero, 1);
	out_put(o, be.p, be.n);
	derput_close(o, mark);
}

void
derput_time(struct out *o, int64_t seconds)
{
	char text[32];
	time_t t = (time_t)seconds;
	struct tm tm = { 0 };

	if (!gmtime_r(&t, &tm) || tm.tm_year < 50 || tm.tm_year > 8099) {
		o->full = true;
		return;
	}
	strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &tm);
	if (tm.tm_year < 150)
		derput_item(o, TAG_UTC_TIME, span_str(text + 2));
	else
		derput_item(o, TAG_GENERALIZED_TIME, span_str(text));
}

void
derput_ecdsa(struct out *o, const uint8_t rs[96])
{
	size_t mark = derput_open(o, TAG_SEQUENCE);

	derput_uint(o, span_of(rs, 48));
	derput_uint(o, span_of(rs + 48, 48));
	derput_close(o, mark);
}
