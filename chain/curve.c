/* SPDX-License-Identifier: ISC */
#include "curve.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sodium/crypto_core_ed25519.h>
#include <sodium/crypto_sign.h>

#define HALF_MAX 48 /* bytes of r and of s */
#define DER_MAX (2 * (HALF_MAX + 3) + 3)

/* The order n, and (n - 1) / 2: the largest s that is low. */
static const struct row {
	size_t public, half;
	const char *group, *digest;
	uint8_t order[HALF_MAX], low[HALF_MAX];
} row[] = {
	[CURVE_ED25519] = { 32, 32, NULL, NULL, { 0 }, { 0 } },
	[CURVE_P256] = { 65, 32, "P-256", "SHA256",
	    { 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7,
		0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25,
		0x51 },
	    { 0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73, 0x7d, 0x56, 0xd3,
		0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92,
		0xa8 } },
	[CURVE_P384] = { 97, 48, "P-384", "SHA384",
	    { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d,
		0xdf, 0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec,
		0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73 },
	    { 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xe3, 0xb1, 0xa6, 0xc0, 0xfa, 0x1b, 0x96,
		0xef, 0xac, 0x0d, 0x06, 0xd9, 0x24, 0x58, 0x53, 0xbd, 0x76,
		0x76, 0x0c, 0xb5, 0x66, 0x62, 0x94, 0xb9 } },
};

size_t
curve_public_size(enum curve c)
{
	return row[c].public;
}

size_t
curve_sig_size(enum curve c)
{
	return 2 * row[c].half;
}

/* The key as libcrypto wants it; NULL when the point is not on the curve. */
static EVP_PKEY *
pkey_of(const struct row *w, struct span public)
{
	char group[8];
	uint8_t point[1 + 2 * HALF_MAX];
	OSSL_PARAM params[3];
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *key = NULL;

	memcpy(group, w->group, strlen(w->group) + 1);
	memcpy(point, public.p, public.n);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
	    group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
	    point, public.n);
	params[2] = OSSL_PARAM_construct_end();
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (!ctx || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

enum err
curve_check(enum curve c, struct span public)
{
	EVP_PKEY *key;

	if (public.n != row[c].public)
		return ERR_KEY_BAD;
	if (c == CURVE_ED25519) {
		return crypto_core_ed25519_is_valid_point(public.p) == 1
			   ? OK
			   : ERR_KEY_BAD;
	}
	if (public.p[0] != 4)
		return ERR_KEY_BAD;
	key = pkey_of(&row[c], public);
	EVP_PKEY_free(key);
	return key ? OK : ERR_KEY_BAD;
}

static bool
in_range(const uint8_t *v, const struct row *w)
{
	static const uint8_t zero[HALF_MAX];

	return memcmp(v, zero, w->half) != 0 &&
	       memcmp(v, w->order, w->half) < 0;
}

static enum err
form(const struct row *w, const uint8_t *sig, size_t n)
{
	if (n != 2 * w->half || !in_range(sig, w) ||
	    !in_range(sig + w->half, w))
		return ERR_SIG_FORM;
	return OK;
}

static void
put_der_uint(struct out *o, const uint8_t *v, size_t n)
{
	uint8_t head[3] = { 2, 0, 0 };
	bool pad;

	while (n > 1 && *v == 0)
		v++, n--;
	pad = *v & 0x80;
	head[1] = (uint8_t)(n + pad);
	out_put(o, head, pad ? 3 : 2);
	out_put(o, v, n);
}

/* r || s as the DER that libcrypto takes; short lengths only, since two
 * P-384 halves make at most 102 bytes. */
static struct span
der_of(const struct row *w, const uint8_t *sig, uint8_t der[DER_MAX])
{
	struct out o = out_of(der, DER_MAX);

	out_put(&o, "\x30", 2);
	put_der_uint(&o, sig, w->half);
	put_der_uint(&o, sig + w->half, w->half);
	der[1] = (uint8_t)(o.n - 2);
	return out_span(&o);
}

static enum err
verify_ecdsa(const struct row *w, struct span public, struct span message,
    struct span sig)
{
	uint8_t buf[DER_MAX];
	struct span der = der_of(w, sig.p, buf);
	EVP_PKEY *key = pkey_of(w, public);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum err e = ERR_SIG_BAD;

	if (!key) {
		e = ERR_KEY_BAD;
	} else if (!ctx || EVP_DigestVerifyInit_ex(ctx, NULL, w->digest, NULL,
			       NULL, key, NULL) != 1) {
		e = ERR_CRYPTO;
	} else if (EVP_DigestVerify(ctx, der.p, der.n, message.p, message.n) ==
		   1) {
		e = OK;
	}
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return e;
}

enum err
curve_verify(enum curve c, struct span public, struct span message,
    struct span sig)
{
	const struct row *w = &row[c];

	if (public.n != w->public)
		return ERR_KEY_BAD;
	if (sig.n != 2 * w->half)
		return ERR_SIG_FORM;
	if (c == CURVE_ED25519) {
		return crypto_sign_verify_detached(sig.p, message.p, message.n,
			   public.p) == 0
			   ? OK
			   : ERR_SIG_BAD;
	}
	TRY(form(w, sig.p, sig.n));
	if (memcmp(sig.p + w->half, w->low, w->half) > 0)
		return ERR_SIG_HIGH_S;
	return verify_ecdsa(w, public, message, sig);
}

enum err
curve_low_s(enum curve c, uint8_t *sig, size_t n)
{
	const struct row *w = &row[c];
	uint8_t *s;
	int borrow = 0;

	if (c == CURVE_ED25519)
		return n == 2 * w->half ? OK : ERR_SIG_FORM;
	TRY(form(w, sig, n));
	s = sig + w->half;
	if (memcmp(s, w->low, w->half) <= 0)
		return OK;
	for (size_t i = w->half; i > 0; i--) {
		int d = w->order[i - 1] - s[i - 1] - borrow;

		borrow = d < 0;
		s[i - 1] = (uint8_t)d;
	}
	return OK;
}
