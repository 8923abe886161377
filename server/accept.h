/* SPDX-License-Identifier: ISC */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "chain/span.h"

/* Whether an Accept header (RFC 9110 12.5.1) asks for JSON rather than for
 * CBOR, which is what it gets when it does not care. */
bool accept_json(struct span accept);

#endif
