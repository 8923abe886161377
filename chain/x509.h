/* SPDX-License-Identifier: ISC */
#ifndef X509_H
#define X509_H

#include "err.h"
#include "p384.h"

/*
 * Certificates of AWS Nitro, and of nothing wider: X.509 version 3 (RFC 5280)
 * in strict DER, ECDSA with SHA-384 inside and outside, a P-384 key.
 */
#define X509_EXTENSIONS 16
#define X509_NO_PATH_LEN 255

enum x509_usage { /* as bits of usage */
	X509_DIGITAL_SIGNATURE = 1 << 0,
	X509_KEY_CERT_SIGN = 1 << 5
};

/* All spans and point are borrowed from the certificate. */
struct x509 {
	struct span tbs;               /* what was signed */
	uint8_t sig[P384_SIG];         /* r || s */
	struct span issuer, subject;   /* DER of the names */
	int64_t not_before, not_after; /* Unix seconds, both inside */
	const uint8_t *point;          /* x || y, whether on the curve or not */
	bool ca, ca_critical; /* basicConstraints: cA, and marked critical */
	uint8_t path_len; /* X509_NO_PATH_LEN: none given; capped below it */
	uint16_t usage;   /* bit i is bit i of keyUsage; 0: none given */
};

/* Reads one certificate, nothing after it.  Neither the signature nor the
 * time is judged.  ERR_CERT_DER, _VERSION, _SERIAL, _ALG, _TIME, _KEY,
 * _EXTENSION. */
MUST_USE enum err x509_parse(struct span der, struct x509 *c);

#endif
