/* SPDX-License-Identifier: ISC */
#include "p384.h"

/* The order of the group. */
#define ORDER \
	"ffffffffffffffffffffffffffffffffffffffffffffffff" \
	"c7634d81f4372ddf581a0db248b0a77aecec196accc52973"

#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>

#include "der.h"

static void
number(mpz_t v, const uint8_t b[P384_SIZE])
{
	mpz_import(v, P384_SIZE, 1, 1, 1, 0, b);
}

static bool
set_point(struct ecc_point *pub, const uint8_t point[P384_POINT])
{
	mpz_t x, y;
	bool ok;

	mpz_inits(x, y, NULL);
	number(x, point);
	number(y, point + P384_SIZE);
	ok = ecc_point_set(pub, x, y) == 1;
	mpz_clears(x, y, NULL);
	return ok;
}

bool
p384_on_curve(const uint8_t point[P384_POINT])
{
	struct ecc_point pub;
	bool ok;

	ecc_point_init(&pub, nettle_get_secp_384r1());
	ok = set_point(&pub, point);
	ecc_point_clear(&pub);
	return ok;
}

/* v * G, or v * q where q is given.  False where v is no scalar. */
static bool
multiple(mpz_t x, mpz_t y, const mpz_t v, const struct ecc_point *q)
{
	struct ecc_scalar k;
	struct ecc_point p;
	bool ok;

	ecc_scalar_init(&k, nettle_get_secp_384r1());
	ecc_point_init(&p, nettle_get_secp_384r1());
	ok = ecc_scalar_set(&k, v) == 1;
	if (ok && q) {
		ecc_point_mul(&p, &k, q);
	} else if (ok) {
		ecc_point_mul_g(&p, &k);
	}
	if (ok)
		ecc_point_get(&p, x, y);
	ecc_point_clear(&p);
	ecc_scalar_clear(&k);
	return ok;
}

/* nettle adds h/s G and r/s Q with a formula that does not hold where the two
 * are the same point, and refuses what is then right: that 2h/s G has r as its
 * x.  Nobody signs so by chance, as it shows the private key; but the verdict
 * must not depend on the library. */
static bool
verify_doubled(const struct ecc_point *pub, const uint8_t digest[P384_SIZE],
    const struct dsa_signature *rs)
{
	mpz_t n, h, x, y, qx, qy;
	bool ok;

	mpz_inits(h, x, y, qx, qy, NULL);
	mpz_init_set_str(n, ORDER, 16);
	number(h, digest);
	mpz_mod(h, h, n);
	ok = mpz_cmp(rs->s, n) < 0 && multiple(x, y, h, NULL) &&
	     multiple(qx, qy, rs->r, pub) && mpz_cmp(x, qx) == 0 &&
	     mpz_cmp(y, qy) == 0 && mpz_invert(x, rs->s, n) != 0;
	if (ok) {
		mpz_mul(h, h, x);
		mpz_mul_2exp(h, h, 1);
		mpz_mod(h, h, n);
		ok = multiple(x, y, h, NULL);
		mpz_mod(x, x, n);
		ok = ok && mpz_cmp(x, rs->r) == 0;
	}
	mpz_clears(n, h, x, y, qx, qy, NULL);
	return ok;
}

bool
p384_verify(const uint8_t point[P384_POINT], const uint8_t digest[P384_SIZE],
    const uint8_t sig[P384_SIG])
{
	struct ecc_point pub;
	struct dsa_signature rs;
	bool ok;

	ecc_point_init(&pub, nettle_get_secp_384r1());
	dsa_signature_init(&rs);
	number(rs.r, sig);
	number(rs.s, sig + P384_SIZE);
	ok = set_point(&pub, point) &&
	     (ecdsa_verify(&pub, P384_SIZE, digest, &rs) == 1 ||
		 verify_doubled(&pub, digest, &rs));
	dsa_signature_clear(&rs);
	ecc_point_clear(&pub);
	return ok;
}

bool
p384_sig_der(struct span der, uint8_t sig[P384_SIG])
{
	struct span body, v;

	if (!der_next(&der, DER_SEQUENCE, &body) || der.n != 0)
		return false;
	memset(sig, 0, P384_SIG);
	for (size_t end = P384_SIZE; end <= P384_SIG; end += P384_SIZE) {
		if (!der_uint(&body, &v) || v.n > P384_SIZE)
			return false;
		if (v.n)
			memcpy(sig + end - v.n, v.p, v.n);
	}
	return body.n == 0;
}
