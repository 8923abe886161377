/* SPDX-License-Identifier: ISC */
#ifndef SIMKEY_H
#define SIMKEY_H

#include "chain/err.h"
#include "chain/span.h"

/* P-384 keys of the simulator.  Nothing here is fit for real secrets: keys
 * follow from a seed and signatures from key and digest, so that equal
 * questions get equal bytes. */
struct simkey {
	uint8_t secret[48];
	uint8_t point[96]; /* x || y */
};

/* The key that follows from the seed and a name for it. */
MUST_USE enum err simkey_derive(const uint8_t seed[32], struct span name,
    struct simkey *k);

/* ECDSA over a SHA-384 digest, r || s. */
MUST_USE enum err simkey_sign(const struct simkey *k, const uint8_t digest[48],
    uint8_t rs[96]);

#endif
