/* SPDX-License-Identifier: ISC */
#ifndef SEALED_FILE_H
#define SEALED_FILE_H

#include "chain/key.h"
#include "key_text.h"

/*
 * An Ed25519 control key sealed by a passphrase and by a YubiKey's answer to a
 * challenge.  It opens only with both (or with the recovery key), and is in
 * this machine's memory while it signs.
 *
 *	encl-sealed-key/v1
 *	alg: ed25519
 *	public: BASE64 of 32 bytes
 *	name: NAME
 *	kdf: argon2id13 ops=3 mem=268435456 salt=BASE64 of 16 bytes
 *	yubikey: hmac-sha1 slot=2 renew=1 serials=17654321,17654322
 *	recovery: x25519 BASE64 of 32 bytes BASE64 of 112 bytes
 *	epoch: 1
 *	nonce: BASE64 of 32 bytes
 *	---
 *	BASE64 of xnonce (24) || XChaCha20-Poly1305 of the secret (64) || tag
 *(16)
 *
 *	K (64) = Argon2id13(passphrase, salt), K1 = K[0..31], K2 = K[32..63]
 *	C (64) = BLAKE2b-512(key K1, "encl-yk-challenge-v1" || nonce || public),
 *	         with C[63] = C[62] ^ 0xff
 *	R (20) = the slot's HMAC-SHA1 of C: of 64 bytes, or of 63 where the slot
 *	         has HMAC_LT64, which takes C[63] for padding
 *	KEK    = BLAKE2b-256(key K2, "encl-yk-kek-v1" || nonce || R)
 *	secret = seed (32) || slot secret (20) || over (1) || 0 (11)
 *
 * over is 63 or 64 where the slot's secret is known, and then R of the next
 * nonce can be computed without the YubiKey: the challenge is renewed at every
 * use, with one touch.  Otherwise it is 0, and so are the twenty bytes.
 *
 * Associated data are all lines up to and with "---".  The recovery box (the
 * secret, crypto_box_seal of libsodium, to a key that is kept offline) stands
 * among them, not behind: a box that somebody spoilt is noticed at the next
 * use, not on the day when it is needed.  There is no word for "touch": a slot
 * that answers without one is not enrolled, so the word would have one value.
 * The lines have one spelling: what is read is written again and must come out
 * the same.
 *
 * The challenge depends on the passphrase, so that a thief of file and YubiKey
 * pays an Argon2id and a touch for each guess; whoever has seen R guesses with
 * an Argon2id alone.  An old copy opens for ever with what opened it then: the
 * epoch, which counts renewals, is for its owner's eyes.
 */
#define SEALED_FILE_MAX 1536
#define SEALED_FILE_SERIALS 8
#define SEALED_FILE_SECRET 64
#define SEALED_FILE_BOX (24 + SEALED_FILE_SECRET + 16)
#define SEALED_FILE_RECOVERY_BOX (48 + SEALED_FILE_SECRET)
#define SEALED_FILE_EPOCHS UINT32_MAX

struct sealed_file {
	uint8_t public[32];
	char name[KEY_TEXT_NAME];
	struct key_kdf kdf;
	unsigned slot; /* 1 or 2 */
	bool renew;    /* the secret has the slot's */
	size_t serial_n;
	uint32_t serial[SEALED_FILE_SERIALS]; /* rising; 1 at least */
	uint8_t recovery[32];
	uint8_t recovery_box[SEALED_FILE_RECOVERY_BOX];
	uint64_t epoch; /* 1 to SEALED_FILE_EPOCHS */
	uint8_t nonce[32];
	uint8_t box[SEALED_FILE_BOX];
};

/* What is sealed.  In guarded memory, as are k and r below. */
struct sealed_secret {
	uint8_t seed[32], slot[20];
	uint8_t over; /* 63, 64, or 0: slot is not known */
	uint8_t zero[11];
};

/* ERR_KEY_FILE_BAD. */
MUST_USE enum err sealed_file_parse(struct span text, struct sealed_file *f);

/* The file of f into o (SEALED_FILE_MAX). */
void sealed_file_render(struct out *o, const struct sealed_file *f);

/* K of the passphrase.  ERR_OUT_OF_MEMORY. */
MUST_USE enum err sealed_file_stretch(const struct sealed_file *f,
    struct span passphrase, uint8_t k[64]);

/* C, for the YubiKey. */
void sealed_file_challenge(const struct sealed_file *f, const uint8_t k[64],
    uint8_t c[64]);

/* R, as a slot with this secret answers.  ERR_CRYPTO. */
MUST_USE enum err sealed_file_answer(const struct sealed_secret *s,
    const uint8_t c[64], uint8_t r[20]);

/* ERR_PASSPHRASE: k or r is wrong, or the file was altered.
 * ERR_KEY_FILE_BAD: what was sealed is not what the lines say. */
MUST_USE enum err sealed_file_open(const struct sealed_file *f,
    const uint8_t k[64], const uint8_t r[20], struct sealed_secret *s);

/* Seals s anew, for the nonce that f has, and makes both boxes.  f->renew is
 * set by s.  ERR_CRYPTO. */
MUST_USE enum err sealed_file_seal(struct sealed_file *f, const uint8_t k[64],
    const uint8_t r[20], const struct sealed_secret *s);

/* A new nonce, and the epoch after the file's and after seen; the file does not
 * open until sealed_file_seal.  ERR_KEY_FILE_BAD when there is no epoch left.
 */
MUST_USE enum err sealed_file_next(struct sealed_file *f, uint64_t seen);

/* Opens with the private recovery key.  ERR_PASSPHRASE: it is another file's.
 * ERR_KEY_FILE_BAD. */
MUST_USE enum err sealed_file_recover(const struct sealed_file *f,
    const uint8_t private[32], struct sealed_secret *s);

#endif
