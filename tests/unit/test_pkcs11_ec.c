/* SPDX-License-Identifier: ISC */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "cli/keys/pkcs11_ec.h"
#include "tests/lib/forge.h"
#include "tests/lib/holder.h"
#include "tests/lib/suite.h"

static const enum key_type types[] = { KEY_ED25519, KEY_P256, KEY_P384 };

#define EACH_TYPE(t) \
	size_t t = 0; \
	t < sizeof types / sizeof *types; \
	t++

static const struct curve_name {
	const char *what, *params;
	bool known;
	enum key_type type;
} names[] = {
	{ "P-256", "06082a8648ce3d030107", true, KEY_P256 },
	{ "P-384", "06052b81040022", true, KEY_P384 },
	{ "Ed25519", "06032b6570", true, KEY_ED25519 },
	{ "Ed25519 as GnuPG has it", "06092b06010401da470f01", true,
	    KEY_ED25519 },
	{ "edwards25519", "130c656477617264733235353139", true, KEY_ED25519 },
	{ "prime256v1", "130a7072696d653235367631", true, KEY_P256 },
	{ "secp256r1", "1309736563703235367231", true, KEY_P256 },
	{ "secp384r1", "1309736563703338347231", true, KEY_P384 },
	{ "nothing", "", false, KEY_P256 },
	{ "P-521", "06052b81040023", false, KEY_P256 },
	{ "secp256k1", "06052b8104000a", false, KEY_P256 },
	{ "X25519", "06032b656e", false, KEY_P256 },
	{ "Ed448", "06032b6571", false, KEY_P256 },
	{ "P-256, cut", "06082a8648ce3d0301", false, KEY_P256 },
	{ "P-256 and a byte", "06082a8648ce3d03010700", false, KEY_P256 },
	{ "implicit", "0500", false, KEY_P256 },
	{ "explicit", "3003020101", false, KEY_P256 },
};

START_TEST(curves_are_known_by_every_name_in_use)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct span s = forge_hex(names[i].params);
		enum key_type t;

		ck_assert_msg((pkcs11_ec_params(s, &t) == OK) == names[i].known,
		    "%s", names[i].what);
		ck_assert_msg(!names[i].known || t == names[i].type, "%s",
		    names[i].what);
	}
}
END_TEST

START_TEST(what_is_written_is_read)
{
	for (EACH_TYPE(i)) {
		enum key_type t;

		ck_assert_int_eq(pkcs11_ec_params(pkcs11_ec_params_of(types[i],
						      false),
				     &t),
		    OK);
		ck_assert_int_eq(t, types[i]);
	}
	ck_assert(span_eq(pkcs11_ec_params_of(KEY_ED25519, true),
	    forge_hex("130c656477617264733235353139")));
}
END_TEST

/* The three spellings of one point, each in buf. */
static struct span
spell(unsigned form, struct span point, uint8_t buf[128])
{
	struct out o = out_of(buf, 128);
	uint8_t octets[2] = { 4, (uint8_t)point.n };
	uint8_t bits[3] = { 3, (uint8_t)(point.n + 1), 0 };

	if (form == 1)
		out_put(&o, octets, sizeof octets);
	if (form == 2)
		out_put(&o, bits, sizeof bits);
	out_put(&o, point.p, point.n);
	return out_span(&o);
}

START_TEST(points_are_read_in_every_spelling)
{
	for (EACH_TYPE(i))
		for (unsigned form = 0; form < 3; form++) {
			__attribute__((cleanup(holder_free))) struct holder h;
			struct pkcs11_ec k = { .type = types[i] };
			uint8_t buf[128];
			struct span point, s;

			holder_make(&h, types[i], 0);
			ck_assert_int_eq(key_parse(h.blob, NULL, &point, NULL),
			    OK);
			s = spell(form, point, buf);
			ck_assert_int_eq(pkcs11_ec_point(s, &k), OK);
			ck_assert(span_eq(span_of(k.public, k.n), point));
			for (size_t n = 0; n < s.n; n++)
				ck_assert_int_eq(pkcs11_ec_point(span_of(s.p,
								     n),
						     &k),
				    ERR_KEY_BAD);
			ck_assert_int_eq(pkcs11_ec_point(span_of(s.p, s.n + 1),
					     &k),
			    ERR_KEY_BAD);
			ck_assert_uint_eq(k.n, 0);
			for (size_t n = 0; form > 0 && n < form + 1; n++) {
				buf[n] ^= 1;
				ck_assert_int_eq(pkcs11_ec_point(s, &k),
				    ERR_KEY_BAD);
				buf[n] ^= 1;
			}
		}
}
END_TEST

/* A token that names a point off the curve, or of small order, has no key. */
START_TEST(points_that_are_no_keys_are_refused)
{
	uint8_t b[97] = { 4 };
	struct pkcs11_ec k = { .type = KEY_P256 };

	ck_assert_int_eq(pkcs11_ec_point(span_of(b, 65), &k), ERR_KEY_BAD);
	b[0] = 0;
	ck_assert_int_eq(pkcs11_ec_point(span_of(b, 65), &k), ERR_KEY_BAD);
	k.type = KEY_P384;
	ck_assert_int_eq(pkcs11_ec_point(span_of(b, 97), &k), ERR_KEY_BAD);
	k.type = KEY_ED25519;
	memset(b, 0, sizeof b);
	ck_assert_int_eq(pkcs11_ec_point(span_of(b, 32), &k), ERR_KEY_BAD);
	b[0] = 1; /* the neutral element */
	ck_assert_int_eq(pkcs11_ec_point(span_of(b, 32), &k), ERR_KEY_BAD);
}
END_TEST

/* A certificate of a fresh key on the curve, or of RSA; DER into buf. */
static size_t
certify(const char *alg, const char *group, uint8_t *public, size_t *public_n,
    uint8_t buf[2048])
{
	EVP_PKEY *key = group != NULL
			    ? EVP_PKEY_Q_keygen(NULL, NULL, alg, group)
			: strcmp(alg, "RSA") == 0
			    ? EVP_PKEY_Q_keygen(NULL, NULL, alg, (size_t)2048)
			    : EVP_PKEY_Q_keygen(NULL, NULL, alg);
	X509 *x = X509_new();
	uint8_t *p = buf;
	int n;

	ck_assert(key != NULL && x != NULL);
	ck_assert_int_eq(X509_set_pubkey(x, key), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 60);
	ck_assert_int_ne(X509_sign(x, key,
			     strcmp(alg, "ED25519") == 0 ? NULL : EVP_sha256()),
	    0);
	n = i2d_X509(x, &p);
	ck_assert(n > 0 && n < 2048);
	(void)EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
	    public, 256, public_n);
	X509_free(x);
	EVP_PKEY_free(key);
	return (size_t)n;
}

START_TEST(certificates_give_their_key)
{
	static const struct {
		const char *alg, *group;
		enum key_type type;
		bool fits;
	} rows[] = {
		{ "EC", "P-256", KEY_P256, true },
		{ "EC", "P-384", KEY_P384, true },
		{ "ED25519", NULL, KEY_ED25519, true },
		{ "EC", "P-521", KEY_P256, false },
		{ "EC", "secp256k1", KEY_P256, false },
		{ "RSA", NULL, KEY_P256, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t der[2048], public[256];
		struct pkcs11_ec k;
		size_t public_n = 0;
		size_t n =
		    certify(rows[i].alg, rows[i].group, public, &public_n, der);

		if (!rows[i].fits) {
			ck_assert_int_eq(pkcs11_ec_certificate(span_of(der, n),
					     &k),
			    ERR_KEY_BAD);
			ck_assert_uint_eq(k.n, 0);
			continue;
		}
		ck_assert_int_eq(pkcs11_ec_certificate(span_of(der, n), &k),
		    OK);
		ck_assert_int_eq(k.type, rows[i].type);
		ck_assert(
		    span_eq(span_of(k.public, k.n), span_of(public, public_n)));
		for (size_t cut = 0; cut < n; cut += 7)
			ck_assert_int_eq(pkcs11_ec_certificate(span_of(der,
								   cut),
					     &k),
			    ERR_KEY_BAD);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { curves_are_known_by_every_name_in_use,
		what_is_written_is_read, points_are_read_in_every_spelling,
		points_that_are_no_keys_are_refused,
		certificates_give_their_key };

	return SUITE_RUN("pkcs11_ec", t);
}
