/* SPDX-License-Identifier: ISC */
#ifndef PCR_H
#define PCR_H

#include "cbor.h"

#define PCR_COUNT 32
#define PCR_SIZE 48

/* pcrs of FORMAT.md section 4: indexes rising, no value zero.  mask has bit i
 * for index i.  Values are borrowed, PCR_SIZE bytes each. */
struct pcrs {
	uint32_t mask;
	const uint8_t *value[PCR_COUNT];
};

/* ERR_PCRS_BAD: 0, 1 or 2 is missing, indexes do not rise, or a value is zero
 * or of another size; and the errors of cbor.h. */
MUST_USE enum err pcr_decode(struct cbor *c, struct pcrs *p);
void pcr_encode(struct out *o, const struct pcrs *p);

/* The same indexes with the same values. */
bool pcr_eq(const struct pcrs *a, const struct pcrs *b);

/* have has each PCR of mask, and each with want's value. */
bool pcr_covers(const struct pcrs *have, const struct pcrs *want,
    uint32_t mask);

#endif
