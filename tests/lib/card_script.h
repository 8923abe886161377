/* SPDX-License-Identifier: ISC */
#ifndef CARD_SCRIPT_H
#define CARD_SCRIPT_H

#include "cli/keys/piv_card.h"

/* A PIV card that hears what it should and says what it is told to.  What
 * comes that was not expected fails the test. */

/* The base point of P-256, and Ed25519's of RFC 8032 test 1. */
#define G256 \
	"046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" \
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define ED "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

/* An open card of firmware 5.7.4 that expects nothing yet. */
void card_script_begin(struct piv_card *card);
/* The next command and its answer, both in hex.  want NULL: whatever the
 * command is; give NULL: the card is gone from here on. */
void card_script_expect(const char *want, const char *give);
/* How many of those have not come. */
size_t card_script_left(void);

#endif
