/* SPDX-License-Identifier: ISC */
#ifndef HASH_H
#define HASH_H

#include "err.h"
#include "span.h"

/* libcrypto through EVP; its algorithm objects are fetched once per process. */
MUST_USE enum err hash_sha256(struct span s, struct h32 *h);
MUST_USE enum err hash_sha384(const struct span *parts, size_t n,
    uint8_t h[48]);
MUST_USE enum err hash_sha512(struct span s, uint8_t h[64]);

/* SHA-256(0x00 || entry): entry_id, and RFC 6962 leaf hash. */
MUST_USE enum err hash_entry(struct span entry, struct h32 *id);

#endif
