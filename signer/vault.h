/* SPDX-License-Identifier: ISC */
#ifndef VAULT_H
#define VAULT_H

#include "chain/signer.h"
#include "master.h"
#include "system/bucket.h"

/*
 * Ed25519 control keys, each in a file of its own below the signer's folder:
 *   [ "encl/signer-key/1", org: uint, name: tstr, blob: bstr, sealed: bstr ]
 * sealed is nonce, secret and tag: XChaCha20-Poly1305 under the master's key,
 * bound to organisation, name and public key.  A secret is open only while it
 * signs, in guarded memory.
 */
#define VAULT_SEALED 104
#define VAULT_BLOB 51

struct vault;

struct vault_key {
	uint64_t org;
	char name[65];
	struct h32 kid;
	uint8_t blob[VAULT_BLOB];
	uint8_t sealed[VAULT_SEALED];
	struct bucket bucket; /* of signatures */
	struct vault *vault;
	struct vault_key *same; /* the vault's own */
};

/* All keys of the folder, each opened once to see that it can be.  what (128
 * bytes) names the file of an error: ERR_KEY_FILE_BAD, ERR_SEALED,
 * ERR_FILE_READ.  m is used as long as the vault is. */
MUST_USE enum err vault_open(int folder, const struct master *m,
    struct vault **v, char what[128]);
void vault_close(struct vault *v);
size_t vault_count(const struct vault *v);
void vault_each(const struct vault *v,
    void (*call)(void *ctx, const struct vault_key *k), void *ctx);

/* NULL when there is none. */
struct vault_key *vault_find(struct vault *v, uint64_t org, struct span name);
/* The key of this name, made when there is none, and on disk. */
MUST_USE enum err vault_new(struct vault *v, uint64_t org, struct span name,
    struct vault_key **k);

/* An Ed25519 signature over these very bytes, for a key that signs nothing
 * else: a control key signs statements, which vault_signer frames. */
MUST_USE enum err vault_sign(struct vault_key *k, struct span bytes,
    uint8_t sig[64]);

/* The key as a signer, to be asked with signer_sign.  Valid as long as k. */
void vault_signer(struct vault_key *k, struct signer *s);

#endif
