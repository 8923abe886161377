/* SPDX-License-Identifier: ISC */
#include "maker.h"

#include <stdlib.h>

#define MAKERS 4

const struct piv_cert_fact maker_fact = { .slot = 0x9c,
	.firmware = { 5, 7, 4 },
	.policy = { 2, 2 },
	.form = 1,
	.serial = MAKER_SERIAL };

static struct maker {
	X509 *root;
	EVP_PKEY *key, *device;
	uint8_t der[1024];
	struct out out;
} makers[MAKERS];

static EVP_PKEY *
key_of(const uint8_t seed[32])
{
	EVP_PKEY *k =
	    EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);

	if (k == NULL)
		abort();
	return k;
}

static struct maker *
get(unsigned i)
{
	struct maker *m = &makers[i % MAKERS];
	uint8_t seed[32] = { 0xa5, (uint8_t)i };

	if (m->root != NULL)
		return m;
	m->key = key_of(seed);
	seed[2] = 1;
	m->device = key_of(seed);
	m->root = piv_cert_authority(PIV_CERT_ROOT, m->key, NULL, NULL, 1);
	m->out = out_of(m->der, sizeof m->der);
	piv_cert_der(&m->out, m->root);
	return m;
}

struct span
maker_root(unsigned maker)
{
	return out_span(&get(maker)->out);
}

void
maker_bundle(struct out *o, unsigned maker, const struct piv_cert_fact *f,
    EVP_PKEY *key)
{
	struct maker *m = get(maker);
	X509 *device = piv_cert_device(f, m->device, m->root, m->key);
	X509 *leaf = piv_cert_leaf(f, key, device, m->device);

	piv_cert_pem(o, leaf);
	piv_cert_pem(o, device);
	X509_free(leaf);
	X509_free(device);
}

void
maker_bundle_ed25519(struct out *o, unsigned maker,
    const struct piv_cert_fact *f, const uint8_t seed[32])
{
	EVP_PKEY *k = key_of(seed);

	maker_bundle(o, maker, f, k);
	EVP_PKEY_free(k);
}
