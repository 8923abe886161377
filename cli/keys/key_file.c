/* SPDX-License-Identifier: ISC */
#include "key_file.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include "chain/text.h"

#define NONCE 24
#define SEED 32
#define TAG 16
#define MEM_MIN (UINT64_C(8) << 20)
#define MEM_MAX (UINT64_C(1) << 30)
#define OPS_MAX 16

static void
put_text(struct out *o, const char *s)
{
	out_put(o, s, strlen(s));
}

static void
put_base64(struct out *o, const uint8_t *p, size_t n)
{
	char t[2 * KEY_FILE_BOX];

	put_text(o, sodium_bin2base64(t, sizeof t, p, n,
			sodium_base64_VARIANT_ORIGINAL));
}

static void
put_header(struct out *o, const struct key_file *k)
{
	char cost[96];

	put_text(o, "encl-key/v1\nalg: ed25519\npublic: ");
	put_base64(o, k->public, sizeof k->public);
	put_text(o, "\nname: ");
	put_text(o, k->name);
	(void)snprintf(cost, sizeof cost,
	    "\nkdf: argon2id13 ops=%" PRIu64 " mem=%" PRIu64 " salt=", k->ops,
	    k->mem);
	put_text(o, cost);
	put_base64(o, k->salt, sizeof k->salt);
	put_text(o, "\n---\n");
}

void
key_file_render(struct out *o, const struct key_file *k)
{
	put_header(o, k);
	put_base64(o, k->box, sizeof k->box);
	put_text(o, "\n");
}

/* Steps over lead and takes the rest of the line. */
static bool
take_line(struct span *in, const char *lead, struct span *v)
{
	size_t n = strlen(lead);
	const uint8_t *nl;

	if (in->n < n || memcmp(in->p, lead, n) != 0)
		return false;
	nl = memchr(in->p + n, '\n', in->n - n);
	if (nl == NULL)
		return false;
	*v = span_of(in->p + n, (size_t)(nl - in->p) - n);
	in->n -= (size_t)(nl + 1 - in->p);
	in->p = nl + 1;
	return true;
}

static bool
take_base64(struct span v, uint8_t *p, size_t n)
{
	size_t got;

	return sodium_base642bin(p, n, (const char *)v.p, v.n, NULL, &got, NULL,
		   sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       got == n;
}

/* "name=123 ", stepped over. */
static bool
take_number(struct span *v, const char *lead, uint64_t max, uint64_t *x)
{
	size_t n = strlen(lead);

	if (v->n < n || memcmp(v->p, lead, n) != 0)
		return false;
	*x = 0;
	for (; n < v->n && v->p[n] >= '0' && v->p[n] <= '9'; n++) {
		*x = 10 * *x + (uint64_t)(v->p[n] - '0');
		if (*x > max)
			return false;
	}
	if (n == v->n || v->p[n] != ' ')
		return false;
	*v = span_of(v->p + n + 1, v->n - n - 1);
	return true;
}

static bool
take_kdf(struct span v, struct key_file *k)
{
	static const char salt[] = "salt=";
	size_t n = sizeof salt - 1;

	return take_number(&v, "ops=", OPS_MAX, &k->ops) && k->ops >= 1 &&
	       take_number(&v, "mem=", MEM_MAX, &k->mem) && k->mem >= MEM_MIN &&
	       v.n > n && memcmp(v.p, salt, n) == 0 &&
	       take_base64(span_of(v.p + n, v.n - n), k->salt, sizeof k->salt);
}

static bool
take_name(struct span v, char name[65])
{
	if (v.n < 1 || v.n > 64 || !text_is_line(v))
		return false;
	memcpy(name, v.p, v.n);
	return true;
}

enum err
key_file_parse(struct span text, struct key_file *k)
{
	struct span in = text, v, none;
	uint8_t again[KEY_FILE_MAX];
	struct out o = out_of(again, sizeof again);

	memset(k, 0, sizeof *k);
	if (!take_line(&in, "encl-key/v1", &none) || none.n != 0 ||
	    !take_line(&in, "alg: ed25519", &none) || none.n != 0 ||
	    !take_line(&in, "public: ", &v) ||
	    !take_base64(v, k->public, sizeof k->public) ||
	    !take_line(&in, "name: ", &v) || !take_name(v, k->name) ||
	    !take_line(&in, "kdf: argon2id13 ", &v) || !take_kdf(v, k) ||
	    !take_line(&in, "---", &none) || none.n != 0 ||
	    !take_line(&in, "", &v) || !take_base64(v, k->box, sizeof k->box))
		return ERR_KEY_FILE_BAD;
	key_file_render(&o, k);
	if (o.full || !span_eq(out_span(&o), text))
		return ERR_KEY_FILE_BAD;
	return OK;
}

static enum err
stretch(const struct key_file *k, struct span passphrase, uint8_t *kek)
{
	if (crypto_pwhash(kek, crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
		passphrase.n ? (const char *)passphrase.p : "", passphrase.n,
		k->salt, k->ops, (size_t)k->mem,
		crypto_pwhash_ALG_ARGON2ID13) != 0)
		return ERR_OUT_OF_MEMORY;
	return OK;
}

static enum err
lock(struct key_file *k, struct span passphrase, const uint8_t *seed,
    uint8_t *kek)
{
	uint8_t head[KEY_FILE_MAX];
	struct out o = out_of(head, sizeof head);

	TRY(stretch(k, passphrase, kek));
	put_header(&o, k);
	randombytes_buf(k->box, NONCE);
	if (o.full || crypto_aead_xchacha20poly1305_ietf_encrypt(k->box + NONCE,
			  NULL, seed, SEED, head, o.n, NULL, k->box, kek) != 0)
		return ERR_CRYPTO;
	return OK;
}

enum err
key_file_make(struct key_file *k, struct span passphrase)
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
		randombytes_buf(secret, SEED);
		randombytes_buf(k->salt, sizeof k->salt);
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

	TRY(stretch(k, passphrase, kek));
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
