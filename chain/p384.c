/* SPDX-License-Identifier: ISC */
#include "p384.h"

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
	     ecdsa_verify(&pub, P384_SIZE, digest, &rs) == 1;
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
	for (int i = 1; i <= 2; i++) {
		if (!der_uint(&body, &v) || v.n > P384_SIZE)
			return false;
		if (v.n)
			memcpy(sig + i * P384_SIZE - v.n, v.p, v.n);
	}
	return body.n == 0;
}
