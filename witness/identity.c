/* SPDX-License-Identifier: ISC */
#include "identity.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>

#include "system/folder.h"
#include "system/secret.h"

#define BEGIN "PRIVATE+KEY+"
#define BEGIN_N (sizeof BEGIN - 1)
#define CONTEXT "encl-wtn"
#define BASE64_33 44 /* characters of the type and the seed */

_Static_assert(crypto_kdf_KEYBYTES == crypto_sign_SEEDBYTES, "both 32");

struct identity_secret {
	uint8_t type_seed[1 + crypto_sign_SEEDBYTES];
	uint8_t sign[crypto_sign_SECRETKEYBYTES];
	uint8_t journal[JOURNAL_KEY];
};

static void
secret_free(uint8_t **p)
{
	sodium_free(*p);
}
#define SECRET_AUTO __attribute__((cleanup(secret_free))) uint8_t *

/* From name and secret->type_seed.  *id: of the key as a note's. */
static enum err
settle(struct identity *w, struct span name, uint32_t *id)
{
	struct identity_secret *s = w->secret;
	const uint8_t *seed = s->type_seed + 1;
	uint8_t public[32];
	struct note_key plain;

	if (name.n > NOTE_NAME)
		return ERR_VKEY;
	memcpy(w->name, name.p, name.n);
	w->name[name.n] = '\0';
	if (crypto_sign_seed_keypair(public, s->sign, seed) != 0 ||
	    crypto_kdf_derive_from_key(s->journal, JOURNAL_KEY, 1, CONTEXT,
		seed) != 0)
		return ERR_CRYPTO;
	TRY(note_key_make(&plain, span_str(w->name), NOTE_ED25519, public));
	*id = plain.id;
	TRY(note_key_make(&w->key, span_str(w->name), NOTE_COSIGNATURE,
	    public));
	sodium_mprotect_readonly(s);
	return OK;
}

static enum err
write_file(const char *file, const struct identity *w, uint32_t id)
{
	SECRET_AUTO room = sodium_malloc(IDENTITY_FILE_MAX);
	struct out o = out_of(room, IDENTITY_FILE_MAX);
	char hex[9];

	if (room == NULL)
		return ERR_OUT_OF_MEMORY;
	(void)snprintf(hex, sizeof hex, "%08x", id);
	out_put(&o, BEGIN, BEGIN_N);
	out_put(&o, w->name, strlen(w->name));
	out_put(&o, "+", 1);
	out_put(&o, hex, 8);
	out_put(&o, "+", 1);
	note_base64(&o,
	    span_of(w->secret->type_seed, sizeof w->secret->type_seed));
	out_put(&o, "\n", 1);
	return o.full ? ERR_NO_SPACE
		      : folder_new_file(AT_FDCWD, file, out_span(&o));
}

enum err
identity_make(const char *file, const char *name, struct identity *w)
{
	uint32_t id;

	memset(w, 0, sizeof *w);
	w->secret = sodium_malloc(sizeof *w->secret);
	if (w->secret == NULL)
		return ERR_OUT_OF_MEMORY;
	w->secret->type_seed[0] = NOTE_ED25519;
	randombytes_buf(w->secret->type_seed + 1, crypto_sign_SEEDBYTES);
	TRY(settle(w, span_str(name), &id));
	return write_file(file, w, id);
}

static bool
cut(struct span *rest, struct span *part)
{
	const uint8_t *plus = rest->n ? memchr(rest->p, '+', rest->n) : NULL;

	if (plus == NULL)
		return false;
	*part = span_of(rest->p, (size_t)(plus - rest->p));
	*rest = span_of(plus + 1, rest->n - part->n - 1);
	return true;
}

static enum err
decode(struct identity *w, struct span line)
{
	struct span name, hex;
	char want[9];
	uint32_t id;

	if (line.n && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n < BEGIN_N || memcmp(line.p, BEGIN, BEGIN_N) != 0)
		return ERR_KEY_FILE_BAD;
	line = span_of(line.p + BEGIN_N, line.n - BEGIN_N);
	if (!cut(&line, &name) || !cut(&line, &hex) || line.n != BASE64_33 ||
	    !note_unbase64(line, w->secret->type_seed,
		sizeof w->secret->type_seed) ||
	    w->secret->type_seed[0] != NOTE_ED25519 ||
	    settle(w, name, &id) != OK)
		return ERR_KEY_FILE_BAD;
	(void)snprintf(want, sizeof want, "%08x", id);
	return span_is(hex, want) ? OK : ERR_KEY_FILE_BAD;
}

enum err
identity_open(const char *file, const char *credential, struct identity *w)
{
	SECRET_AUTO room = sodium_malloc(IDENTITY_FILE_MAX);
	size_t n;

	memset(w, 0, sizeof *w);
	w->secret = sodium_malloc(sizeof *w->secret);
	if (room == NULL || w->secret == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(credential
		? secret_credential(credential, room, IDENTITY_FILE_MAX, &n)
		: secret_file(file, room, IDENTITY_FILE_MAX, &n));
	return decode(w, span_of(room, n));
}

void
identity_close(struct identity *w)
{
	sodium_free(w->secret);
	w->secret = NULL;
}

enum err
identity_cosign(const struct identity *w, uint64_t seconds, struct span text,
    uint8_t sig[CHECKPOINT_COSIG])
{
	uint8_t message[CHECKPOINT_COSIGNED_MAX];
	struct out o = out_of(message, sizeof message);

	checkpoint_cosigned(&o, seconds, text);
	if (o.full)
		return ERR_TOO_LARGE;
	for (int i = 0; i < 8; i++)
		sig[i] = (uint8_t)(seconds >> (56 - 8 * i));
	return crypto_sign_detached(sig + 8, NULL, o.p, o.n, w->secret->sign) ==
		       0
		   ? OK
		   : ERR_CRYPTO;
}

const uint8_t *
identity_journal(const struct identity *w)
{
	return w->secret->journal;
}
