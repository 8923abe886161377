/* SPDX-License-Identifier: ISC */
#include <check.h>

#include <openssl/bn.h>
#include <openssl/ec.h>

#include "chain/hash.h"
#include "chain/p384.h"
#include "tests/lib/forge.h"
#include "tests/lib/suite.h"

static const char ORDER[] = "ffffffffffffffffffffffffffffffffffffffffffffffff"
			    "c7634d81f4372ddf581a0db248b0a77aecec196accc52973";

static struct forge_key key;
static uint8_t digest[48], sig[96];

static void
setup(void)
{
	struct span msg = span_str("message");

	key = forge_key();
	ck_assert_int_eq(hash_sha384(&msg, 1, digest), OK);
	memcpy(sig, forge_sign(&key, msg).p, sizeof sig);
}

/* The signature once a half of it is another number. */
static bool
with(int half, struct span v)
{
	uint8_t s[96];

	memcpy(s, sig, sizeof s);
	memcpy(s + 48 * half, v.p, 48);
	return p384_verify(key.point, digest, s);
}

START_TEST(right_signature_and_its_twin_verify)
{
	ck_assert(p384_verify(key.point, digest, sig));
	ck_assert(
	    p384_verify(key.point, digest, forge_twin(span_of(sig, 96)).p));
}
END_TEST

START_TEST(any_changed_bit_is_refused)
{
	for (size_t i = 0; i < 8 * sizeof sig; i += 7) {
		sig[i / 8] ^= (uint8_t)(1U << i % 8);
		ck_assert(!p384_verify(key.point, digest, sig));
		sig[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	for (size_t i = 0; i < 8 * sizeof digest; i += 7) {
		digest[i / 8] ^= (uint8_t)(1U << i % 8);
		ck_assert(!p384_verify(key.point, digest, sig));
		digest[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	struct forge_key other = forge_key();
	ck_assert(!p384_verify(other.point, digest, sig));
	ck_assert(p384_verify(key.point, digest, sig));
}
END_TEST

START_TEST(r_and_s_are_from_1_to_the_order)
{
	for (int half = 0; half < 2; half++) {
		ck_assert(!with(half, forge_fill(0, 48)));
		ck_assert(!with(half, forge_hex(ORDER)));
		ck_assert(!with(half, forge_fill(0xff, 48)));
	}
	memset(sig, 0, sizeof sig);
	ck_assert(!p384_verify(key.point, digest, sig));
	/* all zero against a digest of zero */
	memset(digest, 0, sizeof digest);
	ck_assert(!p384_verify(key.point, digest, sig));
}
END_TEST

START_TEST(point_must_be_on_the_curve)
{
	uint8_t p[96];

	ck_assert(p384_on_curve(key.point));
	memcpy(p, key.point, 96);
	p[95] ^= 1;
	ck_assert(!p384_on_curve(p));
	ck_assert(!p384_verify(p, digest, sig));
	memset(p, 0, 96);
	ck_assert(!p384_on_curve(p));
	memset(p, 0xff, 96);
	ck_assert(!p384_on_curve(p));
}
END_TEST

static void
put(const BIGNUM *v, uint8_t b[48])
{
	ck_assert_int_eq(BN_bn2binpad(v, b, 48), 48);
}

/* h/s G and r/s Q are the same point: with s = 1 that is h = k/2 and
 * d = k/(2r) where r is the x of kG. */
START_TEST(doubled_point_verifies_and_only_in_range)
{
	EC_GROUP *g = EC_GROUP_new_by_curve_name(NID_secp384r1);
	EC_POINT *r_point = EC_POINT_new(g), *q = EC_POINT_new(g);
	BN_CTX *ctx = BN_CTX_new();
	const BIGNUM *n = EC_GROUP_get0_order(g);
	BIGNUM *k = BN_new(), *r = BN_new(), *h = BN_new(), *d = BN_new();
	BIGNUM *s = BN_new(), *y = BN_new();
	uint8_t point[96];

	BN_set_word(k, 123456789);
	EC_POINT_mul(g, r_point, k, NULL, NULL, ctx);
	EC_POINT_get_affine_coordinates(g, r_point, r, y, ctx);
	BN_nnmod(r, r, n, ctx);
	BN_set_word(h, 2);
	BN_mod_inverse(h, h, n, ctx);
	BN_mod_mul(h, h, k, n, ctx);
	BN_mod_inverse(d, r, n, ctx);
	BN_mod_mul(d, d, h, n, ctx);
	EC_POINT_mul(g, q, d, NULL, NULL, ctx);
	EC_POINT_get_affine_coordinates(g, q, s, y, ctx);
	put(s, point);
	put(y, point + 48);
	put(h, digest);
	put(r, sig);
	BN_one(s);
	put(s, sig + 48);
	ck_assert(p384_verify(point, digest, sig));
	BN_add(s, s, n);
	put(s, sig + 48);
	ck_assert(!p384_verify(point, digest, sig));
	BN_one(s);
	put(s, sig + 48);
	digest[47] ^= 1;
	ck_assert(!p384_verify(point, digest, sig));
	digest[47] ^= 1;
	sig[47] ^= 1;
	ck_assert(!p384_verify(point, digest, sig));
	sig[47] ^= 1;
	/* the two points cancel out: -Q */
	BN_sub(y, EC_GROUP_get0_field(g), y);
	put(y, point + 48);
	ck_assert(!p384_verify(point, digest, sig));
	BN_free(k), BN_free(r), BN_free(h), BN_free(d), BN_free(s), BN_free(y);
	EC_POINT_free(r_point), EC_POINT_free(q);
	BN_CTX_free(ctx);
	EC_GROUP_free(g);
}
END_TEST

START_TEST(signature_in_der)
{
	uint8_t out[96];
	struct span rs = span_of(sig, 96), der = forge_sig_der(rs);

	ck_assert(p384_sig_der(der, out));
	ck_assert(memcmp(out, sig, 96) == 0);
	ck_assert(!p384_sig_der(forge_cat(2, der, forge_hex("00")), out));
	ck_assert(!p384_sig_der(span_of(der.p, der.n - 1), out));
	ck_assert(!p384_sig_der(span_of(NULL, 0), out));
	ck_assert(p384_sig_der(forge_hex("3006020100020101"), out));
	ck_assert(!p384_verify(key.point, digest, out));
	ck_assert(!p384_sig_der(forge_hex("3006020101020181"), out));
	ck_assert(!p384_sig_der(forge_hex("300702020001020101"), out));
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { right_signature_and_its_twin_verify,
		any_changed_bit_is_refused, r_and_s_are_from_1_to_the_order,
		point_must_be_on_the_curve,
		doubled_point_verifies_and_only_in_range, signature_in_der };

	return SUITE_RUN_FIXTURE("p384", t, setup, NULL);
}
