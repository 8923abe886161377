/* SPDX-License-Identifier: ISC */
#ifndef COSE_H
#define COSE_H

#include "err.h"
#include "p384.h"

/* COSE_Sign1 (RFC 9052 section 4.2) as attestation documents have it: ES384
 * and nothing else in the headers. */
#define COSE_PAYLOAD_MAX 16384

struct cose { /* borrowed */
	struct span protected, payload, signature;
};

/* ERR_DOC_SHAPE, _TRAILING, _TAG, _ALG, _UNPROTECTED, _PAYLOAD, _SIG_LENGTH
 * and what loose.h says. */
MUST_USE enum err cose_parse(struct span doc, struct cose *s);

/* ERR_DOC_SIG when the signature is not this key's. */
MUST_USE enum err cose_verify(const struct cose *s,
    const uint8_t point[P384_POINT]);

#endif
