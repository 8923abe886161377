/* SPDX-License-Identifier: ISC */
#ifndef INSTANT_H
#define INSTANT_H

#include "cbor.h"

/* Times are Unix milliseconds and durations milliseconds: FORMAT.md section
 * 2.  Two of them never overflow a uint64_t when added. */
#define TIME_MAX UINT64_C(253402300799999)       /* year 9999 */
#define DURATION_MAX (UINT64_C(3660) * 86400000) /* 3660 days */

/* ERR_TIME_RANGE above TIME_MAX. */
MUST_USE enum err instant_decode(struct cbor *c, uint64_t *ms);

/* ERR_TIME_RANGE above DURATION_MAX. */
MUST_USE enum err instant_duration_decode(struct cbor *c, uint64_t *ms);

#endif
