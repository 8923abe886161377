/* SPDX-License-Identifier: ISC */
#ifndef HOLDER_H
#define HOLDER_H

#include "chain/sshsig.h"
#include "ecdsa.h"

/* A key of any of the five types that signs as whoever holds it would, the
 * tokens included.  Failures abort. */
struct holder {
	enum key_type type;
	uint8_t secret[64];
	struct ecdsa ecdsa;
	uint8_t blob_buf[KEY_BLOB_MAX];
	struct span blob; /* in blob_buf, so the holder must not move */
};

#define HOLDER_FLAGS 1 /* user present */

/* Ed25519 keys follow from number, ECDSA keys are new each time. */
void holder_make(struct holder *h, enum key_type type, uint8_t number);
void holder_free(struct holder *h);

/* The chain's form of the signature, low-S.  flags: of a token. */
struct span holder_sign(const struct holder *h, struct span payload,
    uint8_t flags, uint8_t sig[KEY_SIG_MAX]);

#endif
