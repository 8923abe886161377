/* SPDX-License-Identifier: ISC */
#include "pkcs11_ec.h"

#include <limits.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define OCTET_STRING 0x04
#define BIT_STRING 0x03

static const struct row {
	const char *der;
	size_t n;
	enum key_type type;
	bool by_name;
} rows[] = {
#define ROW(der, type, by_name) \
	{ \
		der, sizeof der - 1, type, by_name \
	}
	ROW("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", KEY_P256, false),
	ROW("\x06\x05\x2b\x81\x04\x00\x22", KEY_P384, false),
	ROW("\x06\x03\x2b\x65\x70", KEY_ED25519, false),
	ROW("\x13\x0c"
	    "edwards25519",
	    KEY_ED25519, true),
	ROW("\x13\x0a"
	    "prime256v1",
	    KEY_P256, true),
	ROW("\x13\x09"
	    "secp256r1",
	    KEY_P256, true),
	ROW("\x13\x09"
	    "secp384r1",
	    KEY_P384, true),
	ROW("\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01", KEY_ED25519, false),
#undef ROW
};

enum err
pkcs11_ec_params(struct span params, enum key_type *type)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (span_eq(params, span_of(rows[i].der, rows[i].n))) {
			*type = rows[i].type;
			return OK;
		}
	return ERR_KEY_BAD;
}

struct span
pkcs11_ec_params_of(enum key_type type, bool by_name)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].type == type && rows[i].by_name == by_name)
			return span_of(rows[i].der, rows[i].n);
	return span_of(NULL, 0);
}

static enum err
take(struct pkcs11_ec *k, struct span public)
{
	TRY(curve_check(key_curve(k->type), public));
	memcpy(k->public, public.p, public.n);
	k->n = public.n;
	return OK;
}

/* No point is as long as one with a wrapping, so the length tells. */
enum err
pkcs11_ec_point(struct span p, struct pkcs11_ec *k)
{
	size_t n = curve_public_size(key_curve(k->type));

	k->n = 0;
	if (p.n == n + 2 && p.p[0] == OCTET_STRING && p.p[1] == n)
		p = span_of(p.p + 2, n);
	else if (p.n == n + 3 && p.p[0] == BIT_STRING && p.p[1] == n + 1 &&
		 p.p[2] == 0)
		p = span_of(p.p + 3, n);
	return p.n == n ? take(k, p) : ERR_KEY_BAD;
}

static bool
type_of(const EVP_PKEY *key, enum key_type *type)
{
	char group[64];

	if (EVP_PKEY_is_a(key, "ED25519")) {
		*type = KEY_ED25519;
		return true;
	}
	if (!EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1)
		return false;
	*type = strcmp(group, "secp384r1") == 0 ? KEY_P384 : KEY_P256;
	return *type == KEY_P384 || strcmp(group, "prime256v1") == 0;
}

static enum err
from_key(const EVP_PKEY *key, struct pkcs11_ec *k)
{
	uint8_t public[PKCS11_EC_PUBLIC_MAX];
	size_t n = sizeof public;

	if (key == NULL || !type_of(key, &k->type) ||
	    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
		public, sizeof public, &n) != 1)
		return ERR_KEY_BAD;
	return take(k, span_of(public, n));
}

enum err
pkcs11_ec_certificate(struct span der, struct pkcs11_ec *k)
{
	const uint8_t *p = der.p;
	X509 *x;
	enum err e;

	k->n = 0;
	if (der.n == 0 || der.n > LONG_MAX)
		return ERR_KEY_BAD;
	x = d2i_X509(NULL, &p, (long)der.n);
	if (x == NULL)
		return ERR_KEY_BAD;
	e = from_key(X509_get0_pubkey(x), k);
	X509_free(x);
	return e;
}
