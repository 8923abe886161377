/* SPDX-License-Identifier: ISC */
#ifndef CURVE_H
#define CURVE_H

#include "err.h"
#include "span.h"

/* The three signature algorithms below all key types: Ed25519 (RFC 8032),
 * ECDSA over P-256 with SHA-256 and over P-384 with SHA-384 (FIPS 186-5). */
enum curve { CURVE_ED25519, CURVE_P256, CURVE_P384 };

/* 32, or 65 and 97: 0x04 || x || y. */
size_t curve_public_size(enum curve c);
/* 64, or r || s: 64 and 96. */
size_t curve_sig_size(enum curve c);

/* ERR_KEY_BAD unless public is a point of the curve: for Ed25519 canonical
 * and in the subgroup of prime order, which has no small-order point. */
MUST_USE enum err curve_check(enum curve c, struct span public);

/* ERR_SIG_FORM (length; r or s not in 1..n-1), ERR_SIG_HIGH_S, ERR_SIG_BAD
 * (Ed25519: also S not canonical, or a point of small order), ERR_KEY_BAD. */
MUST_USE enum err curve_verify(enum curve c, struct span public,
    struct span message, struct span sig);

/* Replaces s by n - s where that is smaller.  ERR_SIG_FORM. */
MUST_USE enum err curve_low_s(enum curve c, uint8_t *sig, size_t n);

#endif
