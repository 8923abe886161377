/* SPDX-License-Identifier: ISC */
#include "text.h"

bool
text_is_line(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	}
	return true;
}

uint32_t
text_scalar(struct span s, size_t *i)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint8_t b = s.p[(*i)++];
	uint32_t v;
	size_t more;

	if (b < 0x80)
		return b;
	if (b >= 0xc0 && b < 0xe0) {
		more = 1, v = b & 0x1f;
	} else if (b >= 0xe0 && b < 0xf0) {
		more = 2, v = b & 0x0f;
	} else if (b >= 0xf0 && b < 0xf8) {
		more = 3, v = b & 0x07;
	} else {
		return UINT32_MAX;
	}
	if (s.n - *i < more)
		return UINT32_MAX;
	for (size_t k = 0; k < more; k++, (*i)++) {
		if ((s.p[*i] & 0xc0) != 0x80)
			return UINT32_MAX;
		v = v << 6 | (s.p[*i] & 0x3f);
	}
	if (v < least[more] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return UINT32_MAX;
	return v;
}

static bool
is_control(uint32_t v)
{
	return v < 0x20 || (v >= 0x7f && v <= 0x9f) || v == 0x2028 ||
	       v == 0x2029;
}

/* Characters that make a reader see another order than the bytes have. */
static bool
is_bidi(uint32_t v)
{
	return v == 0x061c || v == 0x200e || v == 0x200f ||
	       (v >= 0x202a && v <= 0x202e) || (v >= 0x2066 && v <= 0x2069);
}

bool
text_is_plain(struct span s)
{
	for (size_t i = 0; i < s.n;) {
		uint32_t v = text_scalar(s, &i);

		if (v == UINT32_MAX || is_control(v) || is_bidi(v))
			return false;
	}
	return true;
}

void
text_hex(struct out *o, struct span s)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < s.n; i++) {
		char pair[2] = { digit[s.p[i] >> 4], digit[s.p[i] & 15] };

		out_put(o, pair, sizeof pair);
	}
	out_put(o, "", 1);
	if (!o->full)
		o->n--;
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
text_unhex(struct span hex, uint8_t *b, size_t n)
{
	if (hex.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_value(hex.p[2 * i]);
		int lo = hex_value(hex.p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		b[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}
