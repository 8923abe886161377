/* SPDX-License-Identifier: ISC */
#include "bucket.h"

bool
bucket_take(struct bucket *b, const struct bucket_rate *r, uint64_t now,
    uint64_t *wait)
{
	uint64_t each, passed = now - b->at;

	*wait = 0;
	if (r->minute == 0)
		return true;
	each = 60000 / r->minute ? 60000 / r->minute : 1;
	b->owed = passed < b->owed ? b->owed - passed : 0;
	b->at = now;
	if (b->owed > each * (r->burst - 1)) {
		*wait = b->owed - each * (r->burst - 1);
		return false;
	}
	b->owed += each;
	return true;
}
