/* SPDX-License-Identifier: ISC */
#include "sealed_file.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include <openssl/evp.h>

#include "chain/text.h"

#define XNONCE 24
#define OVER_LT64 63
#define OVER_ALL 64

_Static_assert(sizeof(struct sealed_secret) == SEALED_FILE_SECRET,
    "the secret has no holes");
_Static_assert(SEALED_FILE_RECOVERY_BOX ==
		   SEALED_FILE_SECRET + crypto_box_SEALBYTES,
    "libsodium's sealed box");

static void
put_yubikey(struct out *o, const struct sealed_file *f)
{
	char t[64];

	(void)snprintf(t, sizeof t,
	    "\nyubikey: hmac-sha1 slot=%u renew=%d serials=", f->slot,
	    f->renew);
	key_text_put(o, t);
	for (size_t i = 0; i < f->serial_n; i++) {
		(void)snprintf(t, sizeof t, "%s%" PRIu32, i > 0 ? "," : "",
		    f->serial[i]);
		key_text_put(o, t);
	}
}

static void
put_header(struct out *o, const struct sealed_file *f)
{
	char epoch[32];

	key_text_put(o, "encl-sealed-key/v1\nalg: ed25519\npublic: ");
	key_text_put_base64(o, f->public, sizeof f->public);
	key_text_put(o, "\nname: ");
	key_text_put(o, f->name);
	key_text_put(o, "\nkdf: ");
	key_text_put_kdf(o, &f->kdf);
	put_yubikey(o, f);
	key_text_put(o, "\nrecovery: x25519 ");
	key_text_put_base64(o, f->recovery, sizeof f->recovery);
	key_text_put(o, " ");
	key_text_put_base64(o, f->recovery_box, sizeof f->recovery_box);
	(void)snprintf(epoch, sizeof epoch, "\nepoch: %" PRIu64, f->epoch);
	key_text_put(o, epoch);
	key_text_put(o, "\nnonce: ");
	key_text_put_base64(o, f->nonce, sizeof f->nonce);
	key_text_put(o, "\n---\n");
}

void
sealed_file_render(struct out *o, const struct sealed_file *f)
{
	put_header(o, f);
	key_text_put_base64(o, f->box, sizeof f->box);
	key_text_put(o, "\n");
}

/* Rising, so that there is one spelling. */
static bool
take_serials(struct span v, struct sealed_file *f)
{
	const char *lead = " serials=";
	uint64_t x, last = 0;

	while (v.n > 0) {
		if (f->serial_n == SEALED_FILE_SERIALS ||
		    !key_text_take_number(&v, lead, UINT32_MAX, &x) ||
		    x <= last)
			return false;
		f->serial[f->serial_n++] = (uint32_t)x;
		last = x;
		lead = ",";
	}
	return f->serial_n > 0;
}

static bool
take_yubikey(struct span v, struct sealed_file *f)
{
	uint64_t slot, renew;

	if (!key_text_take_number(&v, "slot=", 2, &slot) || slot < 1 ||
	    !key_text_take_number(&v, " renew=", 1, &renew))
		return false;
	f->slot = (unsigned)slot;
	f->renew = renew == 1;
	return take_serials(v, f);
}

static bool
take_recovery(struct span v, struct sealed_file *f)
{
	const uint8_t *space = v.n > 0 ? memchr(v.p, ' ', v.n) : NULL;
	size_t n;

	if (space == NULL)
		return false;
	n = (size_t)(space - v.p);
	return key_text_take_base64(span_of(v.p, n), f->recovery,
		   sizeof f->recovery) &&
	       key_text_take_base64(span_of(space + 1, v.n - n - 1),
		   f->recovery_box, sizeof f->recovery_box);
}

static bool
take_epoch(struct span v, struct sealed_file *f)
{
	return key_text_take_number(&v, "", SEALED_FILE_EPOCHS, &f->epoch) &&
	       v.n == 0 && f->epoch > 0;
}

static bool
take_lines(struct span in, struct sealed_file *f)
{
	struct span v;

	return key_text_is(&in, "encl-sealed-key/v1") &&
	       key_text_is(&in, "alg: ed25519") &&
	       key_text_take(&in, "public: ", &v) &&
	       key_text_take_base64(v, f->public, sizeof f->public) &&
	       key_text_take(&in, "name: ", &v) &&
	       key_text_take_name(v, f->name) &&
	       key_text_take(&in, "kdf: ", &v) &&
	       key_text_take_kdf(v, &f->kdf) &&
	       key_text_take(&in, "yubikey: hmac-sha1 ", &v) &&
	       take_yubikey(v, f) &&
	       key_text_take(&in, "recovery: x25519 ", &v) &&
	       take_recovery(v, f) && key_text_take(&in, "epoch: ", &v) &&
	       take_epoch(v, f) && key_text_take(&in, "nonce: ", &v) &&
	       key_text_take_base64(v, f->nonce, sizeof f->nonce) &&
	       key_text_is(&in, "---") && key_text_take(&in, "", &v) &&
	       key_text_take_base64(v, f->box, sizeof f->box);
}

enum err
sealed_file_parse(struct span text, struct sealed_file *f)
{
	uint8_t again[SEALED_FILE_MAX];
	struct out o = out_of(again, sizeof again);

	memset(f, 0, sizeof *f);
	if (!take_lines(text, f))
		return ERR_KEY_FILE_BAD;
	sealed_file_render(&o, f);
	if (o.full || !span_eq(out_span(&o), text))
		return ERR_KEY_FILE_BAD;
	return OK;
}

enum err
sealed_file_stretch(const struct sealed_file *f, struct span passphrase,
    uint8_t k[64])
{
	return key_text_stretch(&f->kdf, passphrase, k, 64);
}

/* BLAKE2b-n(key, label || nonce || more) */
static void
derive(const struct sealed_file *f, const uint8_t key[32], const char *label,
    struct span more, uint8_t *to, size_t n)
{
	crypto_generichash_state s;

	(void)crypto_generichash_init(&s, key, 32, n);
	(void)crypto_generichash_update(&s, (const uint8_t *)label,
	    strlen(label));
	(void)crypto_generichash_update(&s, f->nonce, sizeof f->nonce);
	(void)crypto_generichash_update(&s, more.p, more.n);
	(void)crypto_generichash_final(&s, to, n);
	sodium_memzero(&s, sizeof s);
}

void
sealed_file_challenge(const struct sealed_file *f, const uint8_t k[64],
    uint8_t c[64])
{
	derive(f, k, "encl-yk-challenge-v1",
	    span_of(f->public, sizeof f->public), c, 64);
	c[63] = c[62] ^ 0xff;
}

/* KEK; sodium_free it.  NULL: no memory. */
static uint8_t *
key_of(const struct sealed_file *f, const uint8_t k[64], const uint8_t r[20])
{
	uint8_t *kek = sodium_malloc(32);

	if (kek != NULL)
		derive(f, k + 32, "encl-yk-kek-v1", span_of(r, 20), kek, 32);
	return kek;
}

enum err
sealed_file_answer(const struct sealed_secret *s, const uint8_t c[64],
    uint8_t r[20])
{
	size_t n;

	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA1", NULL, s->slot, sizeof s->slot,
		c, s->over, r, 20, &n) == NULL)
		return ERR_CRYPTO;
	return OK;
}

/* The secret is that of the lines. */
static enum err
check(const struct sealed_file *f, const struct sealed_secret *s)
{
	uint8_t *secret = sodium_malloc(crypto_sign_SECRETKEYBYTES);
	uint8_t public[32];

	if (secret == NULL)
		return ERR_OUT_OF_MEMORY;
	(void)crypto_sign_seed_keypair(public, secret, s->seed);
	sodium_free(secret);
	if (memcmp(public, f->public, sizeof public) != 0 ||
	    f->renew != (s->over != 0) ||
	    (s->over != 0 && s->over != OVER_LT64 && s->over != OVER_ALL) ||
	    !sodium_is_zero(s->zero, sizeof s->zero))
		return ERR_KEY_FILE_BAD;
	return OK;
}

enum err
sealed_file_open(const struct sealed_file *f, const uint8_t k[64],
    const uint8_t r[20], struct sealed_secret *s)
{
	uint8_t head[SEALED_FILE_MAX], *kek;
	struct out o = out_of(head, sizeof head);
	int bad;

	put_header(&o, f);
	if (o.full)
		return ERR_KEY_FILE_BAD;
	kek = key_of(f, k, r);
	if (kek == NULL)
		return ERR_OUT_OF_MEMORY;
	bad = crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)s, NULL,
	    NULL, f->box + XNONCE, sizeof f->box - XNONCE, head, o.n, f->box,
	    kek);
	sodium_free(kek);
	return bad ? ERR_PASSPHRASE : check(f, s);
}

enum err
sealed_file_seal(struct sealed_file *f, const uint8_t k[64],
    const uint8_t r[20], const struct sealed_secret *s)
{
	uint8_t head[SEALED_FILE_MAX], *kek;
	struct out o = out_of(head, sizeof head);
	int bad;

	f->renew = s->over != 0;
	if (crypto_box_seal(f->recovery_box, (const uint8_t *)s, sizeof *s,
		f->recovery) != 0)
		return ERR_CRYPTO;
	put_header(&o, f);
	if (o.full)
		return ERR_KEY_FILE_BAD;
	kek = key_of(f, k, r);
	if (kek == NULL)
		return ERR_OUT_OF_MEMORY;
	randombytes_buf(f->box, XNONCE);
	bad = crypto_aead_xchacha20poly1305_ietf_encrypt(f->box + XNONCE, NULL,
	    (const uint8_t *)s, sizeof *s, head, o.n, NULL, f->box, kek);
	sodium_free(kek);
	return bad ? ERR_CRYPTO : OK;
}

enum err
sealed_file_next(struct sealed_file *f, uint64_t seen)
{
	uint64_t last = seen > f->epoch ? seen : f->epoch;

	if (last >= SEALED_FILE_EPOCHS)
		return ERR_KEY_FILE_BAD;
	f->epoch = last + 1;
	randombytes_buf(f->nonce, sizeof f->nonce);
	return OK;
}

enum err
sealed_file_recover(const struct sealed_file *f, const uint8_t private[32],
    struct sealed_secret *s)
{
	uint8_t public[32];

	if (crypto_scalarmult_base(public, private) != 0 ||
	    memcmp(public, f->recovery, sizeof public) != 0)
		return ERR_PASSPHRASE;
	if (crypto_box_seal_open((uint8_t *)s, f->recovery_box,
		sizeof f->recovery_box, public, private) != 0)
		return ERR_KEY_FILE_BAD;
	return check(f, s);
}
