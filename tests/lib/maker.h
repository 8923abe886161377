/* SPDX-License-Identifier: ISC */
#ifndef MAKER_H
#define MAKER_H

#include "tests/lib/piv_cert.h"

/*
 * Makers of devices, by number, each the same in every program: what their
 * devices attest here verifies there.  0 is the one that tests trust.
 */

/* Its root, DER, of this program's making: another program's has another
 * serial number and the same key and name.  Good until the program ends. */
struct span maker_root(unsigned maker);

/* The bundle of a key that a device of that maker has, as PEM. */
void maker_bundle(struct out *o, unsigned maker, const struct piv_cert_fact *f,
    EVP_PKEY *key);
/* The same for the Ed25519 key of this seed. */
void maker_bundle_ed25519(struct out *o, unsigned maker,
    const struct piv_cert_fact *f, const uint8_t seed[32]);

/* Firmware 5.7.4, slot 9c, PIN once, touch always. */
extern const struct piv_cert_fact maker_fact;
#define MAKER_SERIAL 17654321

#endif
