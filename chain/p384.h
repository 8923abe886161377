/* SPDX-License-Identifier: ISC */
#ifndef P384_H
#define P384_H

#include "span.h"

/*
 * ECDSA on P-384, verification only and only of public data: it runs in
 * variable time.  The one file that knows nettle, whose P-384 takes half the
 * time of libcrypto's.
 */
#define P384_SIZE 48
#define P384_POINT 96
#define P384_SIG 96

/* x || y, big-endian, are a point on the curve; infinity is none. */
bool p384_on_curve(const uint8_t point[P384_POINT]);

/* sig is r || s, big-endian.  False unless the point is on the curve, r and s
 * are from 1 to n - 1, and the signature is one of this digest. */
bool p384_verify(const uint8_t point[P384_POINT],
    const uint8_t digest[P384_SIZE], const uint8_t sig[P384_SIG]);

/* Reads SEQUENCE { r INTEGER, s INTEGER } in strict DER, nothing after it, as
 * r || s.  False also where one does not fit into 48 bytes. */
MUST_USE bool p384_sig_der(struct span der, uint8_t sig[P384_SIG]);

#endif
