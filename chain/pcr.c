/* SPDX-License-Identifier: ISC */
#include "pcr.h"

static bool
is_zero(const uint8_t *p)
{
	uint8_t all = 0;

	for (size_t i = 0; i < PCR_SIZE; i++)
		all |= p[i];
	return all == 0;
}

static enum err
decode_one(struct cbor *c, struct pcrs *p)
{
	uint64_t index;
	size_t n;
	struct span value;

	TRY(cbor_array(c, 2, 2, &n));
	TRY(cbor_uint(c, &index));
	TRY(cbor_bytes(c, 0, SIZE_MAX, &value));
	cbor_close(c);
	if (index >= PCR_COUNT || p->mask >> index != 0)
		return ERR_PCRS_BAD; /* too large, or not above the one before
				      */
	if (value.n != PCR_SIZE || is_zero(value.p))
		return ERR_PCRS_BAD;
	p->mask |= UINT32_C(1) << index;
	p->value[index] = value.p;
	return OK;
}

enum err
pcr_decode(struct cbor *c, struct pcrs *p)
{
	size_t n;

	*p = (struct pcrs){ 0 };
	TRY(cbor_array(c, 3, PCR_COUNT, &n));
	for (; n > 0; n--)
		TRY(decode_one(c, p));
	cbor_close(c);
	return (p->mask & 7) == 7 ? OK : ERR_PCRS_BAD;
}

void
pcr_encode(struct out *o, const struct pcrs *p)
{
	cbor_put_array(o, (size_t)__builtin_popcount(p->mask));
	for (uint32_t i = 0; i < PCR_COUNT; i++) {
		if (!(p->mask >> i & 1))
			continue;
		cbor_put_array(o, 2);
		cbor_put_uint(o, i);
		cbor_put_bytes(o, span_of(p->value[i], PCR_SIZE));
	}
}

bool
pcr_eq(const struct pcrs *a, const struct pcrs *b)
{
	if (a->mask != b->mask)
		return false;
	for (size_t i = 0; i < PCR_COUNT; i++) {
		if ((a->mask >> i & 1) &&
		    memcmp(a->value[i], b->value[i], PCR_SIZE) != 0)
			return false;
	}
	return true;
}

bool
pcr_covers(const struct pcrs *have, const struct pcrs *want, uint32_t mask)
{
	for (size_t i = 0; i < PCR_COUNT; i++) {
		if (!(mask >> i & 1))
			continue;
		if (!(want->mask >> i & 1) || !(have->mask >> i & 1) ||
		    memcmp(have->value[i], want->value[i], PCR_SIZE) != 0)
			return false;
	}
	return true;
}
