/* SPDX-License-Identifier: ISC */
#ifndef DERPUT_H
#define DERPUT_H

#include "chain/span.h"

/* A writer of DER (X.690), as far as certificates need it. */

/* Begins an item whose length is not known yet; derput_close(mark) ends it. */
size_t derput_open(struct out *o, uint8_t tag);
void derput_close(struct out *o, size_t mark);

void derput_item(struct out *o, uint8_t tag, struct span content);
/* An unsigned integer from big-endian bytes. */
void derput_uint(struct out *o, struct span be);
/* Unix seconds: UTCTime until 2049, GeneralizedTime after. */
void derput_time(struct out *o, int64_t seconds);
/* An ECDSA signature r || s as SEQUENCE { r, s }. */
void derput_ecdsa(struct out *o, const uint8_t rs[96]);

#endif
