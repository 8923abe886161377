/* SPDX-License-Identifier: ISC */
#include "instant.h"

enum err
instant_decode(struct cbor *c, uint64_t *ms)
{
	TRY(cbor_uint(c, ms));
	return *ms <= TIME_MAX ? OK : ERR_TIME_RANGE;
}

enum err
instant_duration_decode(struct cbor *c, uint64_t *ms)
{
	TRY(cbor_uint(c, ms));
	return *ms <= DURATION_MAX ? OK : ERR_TIME_RANGE;
}
