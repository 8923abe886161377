/* SPDX-License-Identifier: ISC */
#ifndef KEY_TEXT_H
#define KEY_TEXT_H

#include "chain/err.h"
#include "chain/span.h"

/* What key files are written in: lines that begin with fixed words, base64
 * (RFC 4648, with padding), and one line that says how a passphrase becomes a
 * key.  Readers write again what they read, and compare: one spelling. */
#define KEY_TEXT_BINARY 256 /* the longest run of bytes in base64 */
#define KEY_TEXT_NAME 65    /* of a key, with its NUL */

struct key_kdf {
	uint64_t ops, mem; /* of Argon2id: passes and bytes */
	uint8_t salt[16];
};

void key_text_put(struct out *o, const char *s);
void key_text_put_base64(struct out *o, const uint8_t *p, size_t n);
/* "argon2id13 ops=3 mem=268435456 salt=BASE64" */
void key_text_put_kdf(struct out *o, const struct key_kdf *k);

/* Steps over a line that is lead and no more. */
bool key_text_is(struct span *in, const char *lead);
/* Steps over lead and takes the rest of the line. */
bool key_text_take(struct span *in, const char *lead, struct span *v);
bool key_text_take_base64(struct span v, uint8_t *p, size_t n);
/* "ops=123", stepped over; it ends with the value or before a character that
 * is no digit. */
bool key_text_take_number(struct span *v, const char *lead, uint64_t max,
    uint64_t *x);
/* 1 to 64 printable characters. */
bool key_text_take_name(struct span v, char name[KEY_TEXT_NAME]);
/* ops is from 1 to 16, mem from 8 MiB to 1 GiB. */
bool key_text_take_kdf(struct span v, struct key_kdf *k);

/* A name for people's eyes: what was given, else the end of the path.
 * ERR_USAGE. */
MUST_USE enum err key_text_name(const char *given, const char *path,
    char name[KEY_TEXT_NAME]);

/* What new key files get: "moderate" of libsodium, about half a second and 256
 * MiB, and a new salt. */
void key_text_new_kdf(struct key_kdf *k);

/* n bytes of key (16 or more) from a passphrase.  ERR_OUT_OF_MEMORY. */
MUST_USE enum err key_text_stretch(const struct key_kdf *k,
    struct span passphrase, uint8_t *key, size_t n);

#endif
