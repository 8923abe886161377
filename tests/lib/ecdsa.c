/* SPDX-License-Identifier: ISC */
#include "ecdsa.h"

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "chain/wire.h"

static void
must(bool ok)
{
	if (!ok)
		abort();
}

struct ecdsa
ecdsa_new(enum curve c)
{
	struct ecdsa k = { .curve = c };
	EVP_PKEY *pkey = EVP_EC_gen(c == CURVE_P256 ? "P-256" : "P-384");

	must(pkey != NULL);
	must(EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY,
		 k.point, sizeof k.point, &k.point_n) == 1);
	must(k.point_n == curve_public_size(c));
	k.pkey = pkey;
	return k;
}

void
ecdsa_free(struct ecdsa *k)
{
	EVP_PKEY_free((EVP_PKEY *)k->pkey);
}

void
ecdsa_sign(const struct ecdsa *k, struct span message, uint8_t rs[96])
{
	const EVP_MD *md = k->curve == CURVE_P256 ? EVP_sha256() : EVP_sha384();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int half = (int)curve_sig_size(k->curve) / 2;
	uint8_t der[128];
	const uint8_t *p = der;
	size_t n = sizeof der;
	ECDSA_SIG *sig;

	must(ctx &&
	     EVP_DigestSignInit(ctx, NULL, md, NULL, (EVP_PKEY *)k->pkey) == 1);
	must(EVP_DigestSign(ctx, der, &n, message.p, message.n) == 1);
	EVP_MD_CTX_free(ctx);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
	must(sig != NULL);
	must(BN_bn2binpad(ECDSA_SIG_get0_r(sig), rs, half) == half);
	must(BN_bn2binpad(ECDSA_SIG_get0_s(sig), rs + half, half) == half);
	ECDSA_SIG_free(sig);
}

struct span
ecdsa_blob(const struct ecdsa *k, enum key_type t, const char *application,
    uint8_t buf[KEY_BLOB_MAX])
{
	struct out o = out_of(buf, KEY_BLOB_MAX);

	wire_put_string(&o, span_str(key_type_name(t)));
	wire_put_string(&o,
	    span_str(k->curve == CURVE_P256 ? "nistp256" : "nistp384"));
	wire_put_string(&o, span_of(k->point, k->point_n));
	if (key_is_sk(t))
		wire_put_string(&o, span_str(application));
	must(!o.full);
	return out_span(&o);
}
