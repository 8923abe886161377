/* SPDX-License-Identifier: ISC */
#ifndef PIV_CERT_H
#define PIV_CERT_H

#include <openssl/x509.h>

#include "chain/span.h"

/*
 * Certificates as the maker of YubiKeys issues them, and as nobody should:
 * roots, what stands between them and a device, the device's own and those of
 * its keys.  The virtual card and the tests of evidence make theirs here.
 * Whatever fails ends the program: these are tests.
 */
#define PIV_CERT_ROOT "Yubico PIV Root CA Serial 263751"
#define PIV_CERT_ROOT1 "Yubico Attestation Root 1"
#define PIV_CERT_BETWEEN "Yubico Attestation Intermediate B 1"
#define PIV_CERT_ISSUER "Yubico PIV Attestation B 1"
#define PIV_CERT_DEVICE "Yubico PIV Attestation"
#define PIV_CERT_KEY "YubiKey PIV Attestation " /* and the slot in hex */

#define PIV_CERT_FIRMWARE "1.3.6.1.4.1.41482.3.3"
#define PIV_CERT_SERIAL "1.3.6.1.4.1.41482.3.7"
#define PIV_CERT_POLICY "1.3.6.1.4.1.41482.3.8"
#define PIV_CERT_FORM "1.3.6.1.4.1.41482.3.9"
#define PIV_CERT_FIPS "1.3.6.1.4.1.41482.3.10"

struct piv_cert_extension {
	const char *oid; /* NULL: the list ends before here */
	struct span value;
	bool critical;
};

#define PIV_CERT_EXTENSIONS 10
#define PIV_CERT_NO_LIMIT (-1)

struct piv_cert_ask {
	const char *subject; /* its common name */
	EVP_PKEY *key;
	X509 *issuer; /* NULL: the certificate itself */
	EVP_PKEY *issuer_key;
	bool constraints, ca; /* basicConstraints: there; cA */
	int path_len;         /* PIV_CERT_NO_LIMIT */
	const char *usage;    /* keyUsage as OpenSSL spells it, or NULL */
	const char *until;    /* "20520417000000Z"; NULL: that */
	struct piv_cert_extension extension[PIV_CERT_EXTENSIONS];
};

X509 *piv_cert_make(const struct piv_cert_ask *ask);

/* An authority's certificate: no path limit below -1. */
X509 *piv_cert_authority(const char *subject, EVP_PKEY *key, X509 *issuer,
    EVP_PKEY *issuer_key, int path_len);

/* What a device says of itself and of a key in its certificate. */
struct piv_cert_fact {
	uint8_t slot, firmware[3], policy[2], form;
	uint32_t serial;
};

/* The device's certificate (slot f9), and that of a key of the device. */
X509 *piv_cert_device(const struct piv_cert_fact *f, EVP_PKEY *key,
    X509 *issuer, EVP_PKEY *issuer_key);
X509 *piv_cert_leaf(const struct piv_cert_fact *f, EVP_PKEY *key, X509 *device,
    EVP_PKEY *device_key);

/* Adds the certificate to o, as PEM. */
void piv_cert_pem(struct out *o, X509 *x);
/* The same as DER. */
void piv_cert_der(struct out *o, X509 *x);

#endif
