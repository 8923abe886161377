/* SPDX-License-Identifier: ISC */
#ifndef TEXT_H
#define TEXT_H

#include "span.h"

/* FORMAT.md section 2. */

/* The scalar value of s at *i, which is below s.n and moves on; UINT32_MAX for
 * what RFC 3629 forbids: overlong forms, surrogates, above U+10FFFF. */
uint32_t text_scalar(struct span s, size_t *i);

/* Printable ASCII, 0x20 to 0x7e, only. */
bool text_is_line(struct span s);

/* Well-formed UTF-8 with no control characters (C0, DEL, C1, line and
 * paragraph separators), no bidirectional controls and no surrogates. */
bool text_is_plain(struct span s);

/* Lower-case hex of s into o, with a NUL that o->n does not count. */
void text_hex(struct out *o, struct span s);

/* Exactly 2*n hex digits, of either case, into b.  False on anything else. */
bool text_unhex(struct span hex, uint8_t *b, size_t n);

#endif
