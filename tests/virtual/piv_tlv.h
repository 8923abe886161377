/* SPDX-License-Identifier: ISC */
#ifndef PIV_TLV_H
#define PIV_TLV_H

#include "chain/span.h"

/* BER-TLV as the card reads and writes it: tags of one byte to read, lengths
 * up to 65535. */

/* The first value with this tag in s.  False: none, or s is malformed. */
bool piv_tlv_find(struct span s, uint8_t tag, struct span *v);
/* The same for a value of exactly one byte. */
bool piv_tlv_byte(struct span s, uint8_t tag, uint8_t *v);
/* Tags above 0xff are written in two bytes. */
void piv_tlv_put(struct out *o, unsigned tag, struct span v);

#endif
