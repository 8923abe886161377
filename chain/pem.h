/* SPDX-License-Identifier: ISC */
#ifndef PEM_H
#define PEM_H

#include "span.h"

/* Certificates as PEM (RFC 7468, strict): lines of 64 characters. */

/* The next certificate off the front of *in, blank lines before it being
 * stepped over; its DER goes to buf (cap bytes).  False: *in does not begin
 * with one, or it does not fit. */
MUST_USE bool pem_next(struct span *in, uint8_t *buf, size_t cap,
    struct span *der);

/* Nothing but blank lines is left. */
bool pem_end(struct span in);

/* Adds a certificate in the one form that pem_next takes. */
void pem_put(struct out *o, struct span der);

#endif
