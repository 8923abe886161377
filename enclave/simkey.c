/* SPDX-License-Identifier: ISC */
#include "simkey.h"

#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>

#include "chain/hash.h"

static const char ORDER[] = "ffffffffffffffffffffffffffffffffffffffffffffffff"
			    "c7634d81f4372ddf581a0db248b0a77aecec196accc52973";

/* 64 bytes modulo n - 1, and one added, lie in 1..n-1 with no bias to see. */
static void
scalar_of(const uint8_t wide[64], mpz_t x)
{
	mpz_t n;

	mpz_init_set_str(n, ORDER, 16);
	mpz_sub_ui(n, n, 1);
	nettle_mpz_set_str_256_u(x, 64, wide);
	mpz_mod(x, x, n);
	mpz_add_ui(x, x, 1);
	mpz_clear(n);
}

static bool
point_of(const mpz_t x, uint8_t point[96])
{
	struct ecc_scalar secret;
	struct ecc_point public;
	mpz_t px, py;
	bool good;

	ecc_scalar_init(&secret, nettle_get_secp_384r1());
	ecc_point_init(&public, nettle_get_secp_384r1());
	mpz_init(px);
	mpz_init(py);
	good = ecc_scalar_set(&secret, x) == 1;
	if (good) {
		ecc_point_mul_g(&public, &secret);
		ecc_point_get(&public, px, py);
		nettle_mpz_get_str_256(48, point, px);
		nettle_mpz_get_str_256(48, point + 48, py);
	}
	mpz_clear(px);
	mpz_clear(py);
	ecc_point_clear(&public);
	ecc_scalar_clear(&secret);
	return good;
}

enum err
simkey_derive(const uint8_t seed[32], struct span name, struct simkey *k)
{
	uint8_t in[256], wide[64];
	struct out o = out_of(in, sizeof in);
	mpz_t x;
	bool good;

	out_put(&o, seed, 32);
	out_put(&o, name.p, name.n);
	if (o.full)
		return ERR_NO_SPACE;
	TRY(hash_sha512(out_span(&o), wide));
	mpz_init(x);
	scalar_of(wide, x);
	nettle_mpz_get_str_256(48, k->secret, x);
	good = point_of(x, k->point);
	mpz_clear(x);
	return good ? OK : ERR_CRYPTO;
}

/* The bytes that ECDSA wants at random: SHA-512 over key, digest, counter. */
struct stream {
	uint8_t in[48 + 48 + 1];
	uint8_t block[64];
	size_t left;
	enum err err;
};

static void
stream_read(void *ctx, size_t n, uint8_t *dst)
{
	struct stream *s = ctx;

	for (; n; n--) {
		if (s->left == 0) {
			enum err e =
			    hash_sha512(span_of(s->in, sizeof s->in), s->block);

			if (e != OK)
				s->err = e;
			s->in[96]++;
			s->left = sizeof s->block;
		}
		*dst++ = s->block[sizeof s->block - s->left--];
	}
}

enum err
simkey_sign(const struct simkey *k, const uint8_t digest[48], uint8_t rs[96])
{
	struct stream s = { 0 };
	struct ecc_scalar secret;
	struct dsa_signature sig;
	mpz_t x;

	memcpy(s.in, k->secret, 48);
	memcpy(s.in + 48, digest, 48);
	nettle_mpz_init_set_str_256_u(x, 48, k->secret);
	ecc_scalar_init(&secret, nettle_get_secp_384r1());
	dsa_signature_init(&sig);
	if (ecc_scalar_set(&secret, x) != 1)
		s.err = ERR_CRYPTO;
	else
		ecdsa_sign(&secret, &s, stream_read, 48, digest, &sig);
	nettle_mpz_get_str_256(48, rs, sig.r);
	nettle_mpz_get_str_256(48, rs + 48, sig.s);
	dsa_signature_clear(&sig);
	ecc_scalar_clear(&secret);
	mpz_clear(x);
	return s.err;
}
