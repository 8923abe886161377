/* SPDX-License-Identifier: ISC */
#ifndef KEY_FILE_H
#define KEY_FILE_H

#include "chain/key.h"
#include "key_text.h"

/*
 * An Ed25519 control key in a file, locked with a passphrase:
 *
 *	encl-key/v1
 *	alg: ed25519
 *	public: BASE64 of 32 bytes
 *	name: NAME
 *	kdf: argon2id13 ops=3 mem=268435456 salt=BASE64 of 16 bytes
 *	---
 *	BASE64 of nonce (24) || XChaCha20-Poly1305 of the seed (32) || tag (16)
 *
 * The lines up to and with "---" are the associated data, and have one
 * spelling: what is read is written again and must come out the same.
 */
#define KEY_FILE_MAX 1024
#define KEY_FILE_BOX (24 + 32 + 16)

struct key_file {
	uint8_t public[32];
	char name[KEY_TEXT_NAME];
	struct key_kdf kdf;
	uint8_t box[KEY_FILE_BOX];
};

/* ERR_KEY_FILE_BAD. */
MUST_USE enum err key_file_parse(struct span text, struct key_file *k);

/* The file of k into o (KEY_FILE_MAX). */
void key_file_render(struct out *o, const struct key_file *k);

/* Locks the key of a seed (32 bytes; NULL: a new one) under a new salt; name
 * and cost of k are the caller's.  ERR_TEXT_BAD for a name that is not 1 to 64
 * printable characters, ERR_OUT_OF_MEMORY. */
MUST_USE enum err key_file_make(struct key_file *k, struct span passphrase,
    const uint8_t *seed);

/* The secret key (64 bytes, in guarded memory of the caller's) that belongs to
 * k->public.  ERR_PASSPHRASE, ERR_OUT_OF_MEMORY. */
MUST_USE enum err key_file_unlock(const struct key_file *k,
    struct span passphrase, uint8_t *secret);

#endif
