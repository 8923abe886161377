/* SPDX-License-Identifier: ISC */
#ifndef BUCKET_H
#define BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* A token bucket: so many at once, and so many a minute after that. */
struct bucket_rate {
	unsigned burst;  /* at least 1 */
	unsigned minute; /* 0: no limit */
};

/* Zero is a full one. */
struct bucket {
	uint64_t owed; /* milliseconds of filling that are missing */
	uint64_t at;   /* steady ms */
};

/* Takes one at this steady time in ms.  False: none is there, and *wait ms
 * later there will be. */
bool bucket_take(struct bucket *b, const struct bucket_rate *r, uint64_t now,
    uint64_t *wait);

#endif
