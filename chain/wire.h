/* SPDX-License-Identifier: ISC */
#ifndef WIRE_H
#define WIRE_H

#include "span.h"

/* The encoding inside SSH keys and signatures, RFC 4251 section 5: a string
 * is a length of four bytes, big-endian, and as many bytes. */

/* Takes a string off the front of *s.  False when s ends before it does. */
MUST_USE bool wire_string(struct span *s, struct span *v);

/* The same for an mpint that must be positive and in its shortest form; its
 * magnitude goes right-aligned into b, n bytes.  False on anything else. */
MUST_USE bool wire_mpint(struct span *s, uint8_t *b, size_t n);

void wire_put_u32(struct out *o, uint32_t v);
void wire_put_string(struct out *o, struct span v);
/* The big-endian number in v as an mpint. */
void wire_put_mpint(struct out *o, struct span v);
/* The bytes that wire_put_mpint writes for v. */
size_t wire_mpint_size(struct span v);

#endif
