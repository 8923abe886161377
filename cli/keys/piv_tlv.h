/* SPDX-License-Identifier: ISC */
#ifndef PIV_TLV_H
#define PIV_TLV_H

#include "chain/span.h"

/*
 * BER-TLV as PIV cards speak it (ISO 7816-4 section 5.2.2), strictly: tags of
 * one or two bytes, definite lengths up to 65535 in their shortest form.
 */

/* Takes a value off the front of *in.  False on anything else, or at the end
 * of *in. */
MUST_USE bool piv_tlv_next(struct span *in, unsigned *tag, struct span *v);

/* The value with this tag.  False unless in is whole values to its last byte,
 * and exactly one of them has the tag. */
MUST_USE bool piv_tlv_get(struct span in, unsigned tag, struct span *v);

void piv_tlv_put(struct out *o, unsigned tag, struct span v);

#endif
