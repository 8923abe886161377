/* SPDX-License-Identifier: ISC */
#ifndef DURATION_H
#define DURATION_H

#include "chain/err.h"
#include "chain/span.h"

/* A whole number and a unit, ms s m h d w, once or several times from large
 * to small: "72h", "1d12h".  Also "0".  In milliseconds, at most DURATION_MAX
 * of chain/payload.h.  ERR_TIME_RANGE. */
MUST_USE enum err duration_parse(struct span text, uint64_t *ms);

/* The shortest exact form: "3d", "36h", "1m30s", "0".  32 bytes are enough. */
void duration_text(uint64_t ms, char text[32]);

#endif
