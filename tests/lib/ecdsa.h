/* SPDX-License-Identifier: ISC */
#ifndef ECDSA_H
#define ECDSA_H

#include "chain/key.h"

/* ECDSA keys that can sign, for tests.  Failures abort. */
struct ecdsa {
	enum curve curve;
	void *pkey; /* EVP_PKEY */
	uint8_t point[97];
	size_t point_n;
};

struct ecdsa ecdsa_new(enum curve c);
void ecdsa_free(struct ecdsa *k);
/* r || s of message, with s as it happened to come. */
void ecdsa_sign(const struct ecdsa *k, struct span message, uint8_t rs[96]);
/* The key's blob, as a plain key or as one of a token. */
struct span ecdsa_blob(const struct ecdsa *k, enum key_type t,
    const char *application, uint8_t buf[KEY_BLOB_MAX]);

#endif
