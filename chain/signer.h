/* SPDX-License-Identifier: ISC */
#ifndef SIGNER_H
#define SIGNER_H

#include "sshsig.h"

/*
 * Whatever holds a control key: a file, the server's sealed store, later a
 * token.  No other code names a holder.  sign gets the payload, not a hash,
 * so that a holder may decode and judge what it is asked to sign.
 */
struct signer {
	void *ctx;
	uint8_t blob_buf[KEY_BLOB_MAX];
	struct span blob; /* the public key, in blob_buf */
	/* The chain's form of the signature, key_sig_size bytes at most
	 * KEY_SIG_MAX, into sig. */
	enum err (
	    *sign)(void *ctx, struct span payload, uint8_t *sig, size_t *n);
	void (*close)(void *ctx);
};

/* Asks s to sign, and verifies what it made before it leaves. */
MUST_USE enum err signer_sign(const struct signer *s, struct span payload,
    uint8_t sig[KEY_SIG_MAX], size_t *n);

#endif
