/* SPDX-License-Identifier: ISC */
#include "piv_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>

#include "piv_env.h"

#define ED25519_SIZE 32

static const struct row {
	uint8_t alg;
	const char *group; /* NULL: Ed25519 */
	size_t public, private;
} rows[] = {
	{ PIV_P256, "prime256v1", 65, 32 },
	{ PIV_P384, "secp384r1", 97, 48 },
	{ PIV_ED25519, NULL, ED25519_SIZE, ED25519_SIZE },
};

static const struct row *
row_of(uint8_t alg)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].alg == alg)
			return &rows[i];
	return NULL;
}

bool
piv_key_is(uint8_t alg)
{
	return row_of(alg) != NULL;
}

size_t
piv_key_public_size(uint8_t alg)
{
	const struct row *w = row_of(alg);

	return w != NULL ? w->public : 0;
}

size_t
piv_key_private_size(uint8_t alg)
{
	const struct row *w = row_of(alg);

	return w != NULL ? w->private : 0;
}

EVP_PKEY *
piv_key_new(uint8_t alg)
{
	const struct row *w = row_of(alg);

	if (w == NULL)
		return NULL;
	return w->group != NULL ? EVP_EC_gen(w->group)
				: EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static EVP_PKEY *
ec_of(const struct row *w, const struct piv_slot *s)
{
	uint8_t little[48], public[97];
	char group[16];
	OSSL_PARAM params[4];
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	for (size_t i = 0; i < w->private; i++)
		little[i] = s->private[w->private - 1 - i];
	memcpy(public, s->public, sizeof public);
	memcpy(group, w->group, strlen(w->group) + 1);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
	    group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
	    public, w->public);
	params[2] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, little,
	    w->private);
	params[3] = OSSL_PARAM_construct_end();
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *
piv_key_of(const struct piv_slot *s)
{
	const struct row *w = row_of(s->alg);

	if (w == NULL)
		return NULL;
	if (w->group == NULL)
		return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
		    s->private, ED25519_SIZE);
	return ec_of(w, s);
}

bool
piv_key_keep(struct piv_slot *s, EVP_PKEY *key, uint8_t alg)
{
	const struct row *w = row_of(alg);
	BIGNUM *d = NULL;
	size_t n = sizeof s->public, m = ED25519_SIZE;
	bool good;

	if (w == NULL)
		return false;
	s->alg = alg;
	if (w->group == NULL)
		return EVP_PKEY_get_raw_private_key(key, s->private, &m) == 1 &&
		       EVP_PKEY_get_raw_public_key(key, s->public, &n) == 1;
	good = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
	       BN_bn2binpad(d, s->private, (int)w->private) > 0 &&
	       EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
		   s->public, sizeof s->public, &n) == 1;
	BN_clear_free(d);
	return good;
}

static bool
import_ec(struct piv_slot *s, const struct row *w, struct span private)
{
	EC_GROUP *g = EC_GROUP_new_by_curve_name(OBJ_txt2nid(w->group));
	BIGNUM *d = BN_bin2bn(private.p, (int)private.n, NULL);
	EC_POINT *p = g != NULL ? EC_POINT_new(g) : NULL;
	bool good = p != NULL && d != NULL &&
		    EC_POINT_mul(g, p, d, NULL, NULL, NULL) == 1 &&
		    EC_POINT_point2oct(g, p, POINT_CONVERSION_UNCOMPRESSED,
			s->public, sizeof s->public, NULL) == w->public;

	EC_POINT_free(p);
	BN_clear_free(d);
	EC_GROUP_free(g);
	return good;
}

bool
piv_key_import(struct piv_slot *s, uint8_t alg, struct span private)
{
	const struct row *w = row_of(alg);
	EVP_PKEY *key;
	bool good;

	if (w == NULL || private.n != w->private)
		return false;
	s->alg = alg;
	memcpy(s->private, private.p, private.n);
	if (w->group != NULL)
		return import_ec(s, w, private);
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private.p,
	    private.n);
	good = key != NULL && piv_key_keep(s, key, alg);
	EVP_PKEY_free(key);
	return good;
}

/* Puts the larger of s and n - s into an ECDSA signature. */
static void
raise_s(const struct row *w, uint8_t *der, size_t *n)
{
	const uint8_t *p = der;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)*n);
	EC_GROUP *g = EC_GROUP_new_by_curve_name(OBJ_txt2nid(w->group));
	const BIGNUM *order = EC_GROUP_get0_order(g);
	BIGNUM *other = BN_dup(order);

	if (BN_sub(other, order, ECDSA_SIG_get0_s(sig)) == 1 &&
	    BN_cmp(other, ECDSA_SIG_get0_s(sig)) > 0) {
		ECDSA_SIG_set0(sig, BN_dup(ECDSA_SIG_get0_r(sig)), other);
		*n = (size_t)i2d_ECDSA_SIG(sig, &der);
	} else {
		BN_free(other);
	}
	EC_GROUP_free(g);
	ECDSA_SIG_free(sig);
}

static bool
sign_ec(const struct row *w, EVP_PKEY *key, struct span hash, uint8_t *sig,
    size_t *n)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool good = ctx != NULL && hash.n <= w->private &&
		    EVP_PKEY_sign_init(ctx) == 1 &&
		    EVP_PKEY_sign(ctx, sig, n, hash.p, hash.n) == 1;

	EVP_PKEY_CTX_free(ctx);
	if (good && piv_env_fault("high-s", NULL))
		raise_s(w, sig, n);
	return good;
}

static bool
sign_ed25519(EVP_PKEY *key, struct span message, uint8_t *sig, size_t *n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL &&
		    EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
		    EVP_DigestSign(ctx, sig, n, message.p, message.n) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

bool
piv_key_sign(const struct piv_slot *s, struct span data, struct out *out)
{
	const struct row *w = row_of(s->alg);
	EVP_PKEY *key = piv_key_of(s);
	uint8_t sig[160];
	size_t n = sizeof sig;
	bool good = false;

	if (key != NULL)
		good = w->group != NULL ? sign_ec(w, key, data, sig, &n)
					: sign_ed25519(key, data, sig, &n);
	EVP_PKEY_free(key);
	if (!good)
		return false;
	if (piv_env_fault("bad-signature", NULL))
		sig[n - 1] ^= 1;
	out_put(out, sig, n);
	return true;
}
