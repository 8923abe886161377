/* SPDX-License-Identifier: ISC */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include "chain/err.h"
#include "chain/span.h"
#include "eif.h"

/*
 * The signature section of an image: CBOR, an array of maps
 * {"signing_certificate": PEM, "signature": COSE_Sign1}, both written as
 * arrays of numbers.  What is signed is {"register_index": 0,
 * "register_value": PCR0}.  ES256, ES384 and ES512 (RFC 9053 section 2.1),
 * each with its own curve.  The first element alone counts: the hypervisor
 * makes PCR8 from its certificate, the first of its PEM.
 */
#define SIGNATURE_CERT_MAX 8192U /* bytes of DER */

struct signature {
	size_t n; /* elements */
	size_t cert_n;
	uint8_t cert[SIGNATURE_CERT_MAX]; /* DER */
};

/* Verifies the first element against the PCR0 that was measured.
 * ERR_EIF_SIGNATURE_SHAPE, _CERT, _ALG, _INDEX, _PCR, _BAD. */
MUST_USE enum err signature_verify(struct span section, const uint8_t pcr0[48],
    struct signature *s);

/* The PCR8 that this certificate makes.  ERR_EIF_SIGNATURE_CERT. */
MUST_USE enum err signature_register(struct span cert, uint8_t pcr8[48]);

/* The section of one signature: key and certificate are PEM, a P-384 key as
 * PKCS#8 or SEC1 without a passphrase.  The certificate is kept as it is.
 * ERR_EIF_SIGNATURE_CERT, _ALG (another curve, or not the certificate's
 * key), ERR_NO_SPACE, ERR_CRYPTO. */
MUST_USE enum err signature_make(struct span key, struct span cert,
    const uint8_t pcr0[48], struct out *section);

#endif
