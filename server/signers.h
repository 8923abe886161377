/* SPDX-License-Identifier: ISC */
#ifndef SIGNERS_H
#define SIGNERS_H

#include "chain/payload.h"
#include "chain/signer.h"

/*
 * Ed25519 control keys that the server holds for its users.  The secret half
 * is sealed (XChaCha20-Poly1305) under a master key, the file
 * settings.key_file, with organisation, name and public key as what it is
 * bound to; it is open only while it signs, in guarded memory.  What is
 * signed is decoded and judged here first, so this can become a process of
 * its own: nothing but typed statements goes in.
 */
struct signers;

#define SIGNERS_MASTER 32 /* bytes of the master key file */
#define SIGNERS_SEALED 72 /* nonce, seed, tag */
#define SIGNERS_BLOB 51

/* The master key file: exactly SIGNERS_MASTER bytes, for its owner alone.
 * ERR_FILE_READ, ERR_CONFIG_OPEN, ERR_KEY_FILE_BAD, ERR_OUT_OF_MEMORY. */
MUST_USE enum err signers_make(const char *file, struct signers **s);
void signers_free(struct signers *s);
/* A new master key file, 0600, flushed to disk.  ERR_FILE_EXISTS,
 * ERR_FILE_WRITE. */
MUST_USE enum err signers_keygen(const char *file);

/* Whose key it is: the sealed bytes open for nothing else. */
struct signers_name {
	int64_t org;
	const char *name;
};

/* Makes a key pair.  s NULL: ERR_KEYS_OFF. */
MUST_USE enum err signers_new(struct signers *s, struct signers_name of,
    uint8_t blob[SIGNERS_BLOB], uint8_t sealed[SIGNERS_SEALED]);

/* A stored key as a signer (chain/signer.h) of payloads of one kind and, but
 * for a genesis, one chain; of a genesis only where it gives the key control.
 * All that stands here is borrowed for as long as the signer is used. */
struct signers_key {
	struct signers *signers; /* NULL: ERR_KEYS_OFF */
	struct signers_name of;
	struct span blob, sealed;
	enum kind kind;
	struct h32 chain;
};

/* sign: ERR_AUTHORITY for what this key must not sign, ERR_SEALED. */
MUST_USE enum err signers_signer(struct signers_key *k, struct signer *s);

#endif
