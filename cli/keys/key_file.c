/* SPDX-License-Identifier: ISC */
#include "key_file.h"

#include <sodium.h>

#include "chain/text.h"

#define NONCE 24
#define SEED 32
#define TAG 16

static void
put_header(struct out *o, const struct key_file *k)
{
	key_text_put(o, "encl-key/v1\nalg: ed25519\npublic: ");
	key_text_put_base64(o, k->public, sizeof k->public);
	key_text_put(o, "\nname: ");
	key_text_put(o, k->name);
	key_text_put(o, "\nkdf: ");
	key_text_put_kdf(o, &k->kdf);
	key_text_put(o, "\n---\n");
}

void
key_file_render(struct out *o, const struct key_file *k)
{
	put_header(o, k);
	key_text_put_base64(o, k->box, sizeof k->box);
	key_text_put(o, "\n");
}

enum err
key_file_parse(struct span text, struct key_file *k)
{
	struct span in = text, v;
	uint8_t again[KEY_FILE_MAX];
	struct out o = out_of(again, sizeof again);

	memset(k, 0, sizeof *k);
	if (!key_text_is(&in, "encl-key/v1") ||
	    !key_text_is(&in, "alg: ed25519") ||
	    !key_text_take(&in, "public: ", &v) ||
	    !key_text_take_base64(v, k->public, sizeof k->public) ||
	    !key_text_take(&in, "name: ", &v) ||
	    !key_text_take_name(v, k->name) ||
	    !key_text_take(&in, "kdf: ", &v) ||
	    !key_text_take_kdf(v, &k->kdf) || !key_text_is(&in, "---") ||
	    !key_text_take(&in, "", &v) ||
	    !key_text_take_base64(v, k->box, sizeof k->box))
		return ERR_KEY_FILE_BAD;
	key_file_render(&o, k);
	if (o.full || !span_eq(out_span(&o), text))
		return ERR_KEY_FILE_BAD;
	return OK;
}

static enum err
lock(struct key_file *k, struct span passphrase, const uint8_t *seed,
    uint8_t *kek)
{
	uint8_t head[KEY_FILE_MAX];
	struct out o = out_of(head, sizeof head);

	TRY(key_text_stretch(&k->kdf, passphrase, kek,
	    crypto_aead_xchacha20poly1305_ietf_KEYBYTES));
	put_header(&o, k);
	randombytes_buf(k->box, NONCE);
	if (o.full || crypto_aead_xchacha20poly1305_ietf_encrypt(k->box + NONCE,
			  NULL, seed, SEED, head, o.n, NULL, k->box, kek) != 0)
		return ERR_CRYPTO;
	return OK;
}

enum err
key_file_make(struct key_file *k, struct span passphrase, const uint8_t *seed)
{
	uint8_t *secret, *kek;
	enum err e = ERR_OUT_OF_MEMORY;

	if (sodium_init() < 0)
		return ERR_CRYPTO;
	if (!text_is_line(span_str(k->name)) || k->name[0] == '\0')
		return ERR_TEXT_BAD;
	secret = sodium_malloc(SEED + crypto_sign_SECRETKEYBYTES);
	kek = sodium_malloc(crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
	if (secret != NULL && kek != NULL) {
		if (seed != NULL)
			memcpy(secret, seed, SEED);
		else
			randombytes_buf(secret, SEED);
		randombytes_buf(k->kdf.salt, sizeof k->kdf.salt);
		(void)crypto_sign_seed_keypair(k->public, secret + SEED,
		    secret);
		e = lock(k, passphrase, secret, kek);
	}
	sodium_free(secret);
	sodium_free(kek);
	return e;
}

static enum err
unlock(const struct key_file *k, struct span passphrase, uint8_t *seed,
    uint8_t *kek, uint8_t *secret)
{
	uint8_t head[KEY_FILE_MAX], public[32];
	struct out o = out_of(head, sizeof head);

	TRY(key_text_stretch(&k->kdf, passphrase, kek,
	    crypto_aead_xchacha20poly1305_ietf_KEYBYTES));
	put_header(&o, k);
	if (o.full ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(seed, NULL, NULL,
		k->box + NONCE, SEED + TAG, head, o.n, k->box, kek) != 0)
		return ERR_PASSPHRASE;
	(void)crypto_sign_seed_keypair(public, secret, seed);
	return memcmp(public, k->public, sizeof public) == 0 ? OK
							     : ERR_KEY_FILE_BAD;
}

enum err
key_file_unlock(const struct key_file *k, struct span passphrase,
    uint8_t *secret)
{
	uint8_t *seed, *kek;
	enum err e = ERR_OUT_OF_MEMORY;

	if (sodium_init() < 0)
		return ERR_CRYPTO;
	seed = sodium_malloc(SEED);
	kek = sodium_malloc(crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
	if (seed != NULL && kek != NULL)
		e = unlock(k, passphrase, seed, kek, secret);
	sodium_free(seed);
	sodium_free(kek);
	return e;
}
