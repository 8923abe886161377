/* SPDX-License-Identifier: ISC */
#ifndef PIV_KEY_H
#define PIV_KEY_H

#include <openssl/evp.h>

#include "piv_card.h"

/* The three kinds of keys that slots hold. */

bool piv_key_is(uint8_t alg);
/* Sizes of the public and the private half; 0 for other algorithms. */
size_t piv_key_public_size(uint8_t alg);
size_t piv_key_private_size(uint8_t alg);

/* A new key.  Free it with EVP_PKEY_free; NULL: it failed. */
EVP_PKEY *piv_key_new(uint8_t alg);
/* The key of a slot, and a key into a slot. */
EVP_PKEY *piv_key_of(const struct piv_slot *s);
bool piv_key_keep(struct piv_slot *s, EVP_PKEY *key, uint8_t alg);
/* A private key alone into a slot. */
bool piv_key_import(struct piv_slot *s, uint8_t alg, struct span private);

/* Signs a hash, or with Ed25519 a message, as GENERAL AUTHENTICATE does:
 * ECDSA answers in DER. */
bool piv_key_sign(const struct piv_slot *s, struct span data, struct out *sig);

#endif
