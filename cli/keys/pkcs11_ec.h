/* SPDX-License-Identifier: ISC */
#ifndef PKCS11_EC_H
#define PKCS11_EC_H

#include "chain/key.h"

/*
 * Public keys as PKCS#11 tokens spell them (PKCS#11 3.0, section 2.3): several
 * ways, all of which are in use.
 */
#define PKCS11_EC_PUBLIC_MAX 97

struct pkcs11_ec {
	enum key_type type; /* KEY_ED25519, KEY_P256 or KEY_P384 */
	uint8_t public[PKCS11_EC_PUBLIC_MAX]; /* as chain/curve.h has it */
	size_t n;
};

/* The curve of CKA_EC_PARAMS: an OID (also the one that Ed25519 had before RFC
 * 8410), or a PrintableString with its name.  ERR_KEY_BAD for another. */
MUST_USE enum err pkcs11_ec_params(struct span params, enum key_type *type);

/* The point of CKA_EC_POINT on the curve of k->type: an OCTET STRING around
 * it, a BIT STRING around it, or the point itself.  ERR_KEY_BAD, also for one
 * that chain/curve.h refuses. */
MUST_USE enum err pkcs11_ec_point(struct span point, struct pkcs11_ec *k);

/* The key of an X.509 certificate.  ERR_KEY_BAD for one of another kind. */
MUST_USE enum err pkcs11_ec_certificate(struct span der, struct pkcs11_ec *k);

/* CKA_EC_PARAMS of a key to be made: by OID, or by name. */
struct span pkcs11_ec_params_of(enum key_type type, bool by_name);

#endif
