/* SPDX-License-Identifier: ISC */
#ifndef RECOVERY_H
#define RECOVERY_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * The private half of a recovery key (X25519) as people keep it: on paper,
 * one line of hex in groups of four digits.  Whoever types it in may leave out
 * or add spaces and dashes, and use either case.  A mistake is found by the key
 * file, which has the public half.
 */
#define RECOVERY_KEY 32
#define RECOVERY_TEXT 81 /* with the NUL that o->n does not count */

void recovery_render(struct out *o, const uint8_t key[RECOVERY_KEY]);

/* ERR_PASSPHRASE when it is not 64 hex digits. */
MUST_USE enum err recovery_parse(struct span text, uint8_t key[RECOVERY_KEY]);

#endif
