/* SPDX-License-Identifier: ISC */
#ifndef ATTESTER_H
#define ATTESTER_H

#include "chain/evidence.h"
#include "chain/key.h"
#include "tests/lib/piv_cert.h"

/*
 * A maker as Yubico is one: an old root that signs devices itself, and a new
 * one with issuers between.  Its bundles are made piece by piece, so that a
 * test can bend one of them.
 */
enum { ROOT, ROOT1, BETWEEN, ISSUER, DEVICE, LEAF, STRANGER, ATTESTER_KEYS };

struct attester {
	EVP_PKEY *key[ATTESTER_KEYS]; /* P-256 */
	X509 *root_cert[2];           /* the old, the new */
	uint8_t root_der[2][2048];
	struct span root[2];
	struct piv_cert_fact fact; /* what the device says of the key */
	uint8_t text[EVIDENCE_MAX * 2];
	struct out bundle; /* in text */
	uint8_t blob[KEY_BLOB_MAX];
};

/* Keys and roots, which are never freed. */
void attester_make(struct attester *m);
/* The usual fact, and an empty bundle. */
void attester_again(struct attester *m);

/* The device's certificate, for the caller to free. */
X509 *attester_device(struct attester *m, X509 *issuer, EVP_PKEY *issuer_key);
/* Adds x to the bundle, and frees it. */
void attester_put(struct attester *m, X509 *x);
/* A bundle of the old kind, whose leaf is asked for in full; key, subject and
 * issuer are the usual ones where it names none. */
void attester_bundle(struct attester *m, const struct piv_cert_ask *ask);
/* The firmware and policy that every leaf has, as the first two extensions. */
void attester_usual(struct piv_cert_ask *ask);
/* Of the old kind with the usual leaf. */
void attester_old(struct attester *m);
/* Of the new kind; issuer's name may be another's. */
void attester_new(struct attester *m, const char *issuer_name);

/* The SSH blob of a key of this type, in buf. */
struct span attester_blob(EVP_PKEY *k, enum key_type t,
    uint8_t buf[KEY_BLOB_MAX]);
/* evidence_verify of the bundle for key[LEAF], a P-256 one. */
enum err attester_verify(struct attester *m, const struct span *roots, size_t n,
    struct evidence *ev);
/* The same under both roots, for its verdict alone. */
enum err attester_verdict(struct attester *m);

#endif
