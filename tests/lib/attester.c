/* SPDX-License-Identifier: ISC */
#include "attester.h"

#include <check.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

struct span
attester_blob(EVP_PKEY *k, enum key_type t, uint8_t buf[KEY_BLOB_MAX])
{
	uint8_t public[128];
	size_t n = sizeof public;
	struct out o = out_of(buf, KEY_BLOB_MAX);

	if (t == KEY_ED25519)
		ck_assert_int_eq(EVP_PKEY_get_raw_public_key(k, public, &n), 1);
	else
		ck_assert_int_eq(EVP_PKEY_get_octet_string_param(k, "pub",
				     public, sizeof public, &n),
		    1);
	key_blob(&o, t, span_of(public, n));
	return out_span(&o);
}

static void
make_root(struct attester *m, size_t i, const char *name, EVP_PKEY *k,
    int path_len)
{
	struct out o = out_of(m->root_der[i], sizeof m->root_der[i]);

	m->root_cert[i] = piv_cert_authority(name, k, NULL, NULL, path_len);
	piv_cert_der(&o, m->root_cert[i]);
	m->root[i] = out_span(&o);
}

void
attester_make(struct attester *m)
{
	for (size_t i = 0; i < ATTESTER_KEYS; i++)
		m->key[i] = EVP_EC_gen("P-256");
	make_root(m, 0, PIV_CERT_ROOT, m->key[ROOT], 1);
	make_root(m, 1, PIV_CERT_ROOT1, m->key[ROOT1], PIV_CERT_NO_LIMIT);
}

void
attester_again(struct attester *m)
{
	m->fact = (struct piv_cert_fact){ .slot = 0x9c,
		.firmware = { 5, 7, 4 },
		.policy = { EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS },
		.form = 1,
		.serial = 17654321 };
	m->bundle = out_of(m->text, sizeof m->text);
}

X509 *
attester_device(struct attester *m, X509 *issuer, EVP_PKEY *issuer_key)
{
	return piv_cert_device(&m->fact, m->key[DEVICE], issuer, issuer_key);
}

void
attester_put(struct attester *m, X509 *x)
{
	piv_cert_pem(&m->bundle, x);
	X509_free(x);
}

void
attester_bundle(struct attester *m, const struct piv_cert_ask *ask)
{
	X509 *device = attester_device(m, m->root_cert[0], m->key[ROOT]);
	struct piv_cert_ask a = *ask;

	if (a.key == NULL)
		a.key = m->key[LEAF];
	if (a.subject == NULL)
		a.subject = PIV_CERT_KEY "9c";
	a.issuer = device;
	a.issuer_key = m->key[DEVICE];
	attester_put(m, piv_cert_make(&a));
	attester_put(m, device);
}

void
attester_usual(struct piv_cert_ask *ask)
{
	ask->extension[0] = (struct piv_cert_extension){ PIV_CERT_FIRMWARE,
		span_of("\5\7\4", 3), false };
	ask->extension[1] = (struct piv_cert_extension){ PIV_CERT_POLICY,
		span_of("\2\2", 2), false };
}

static X509 *
leaf_of(struct attester *m, X509 *device)
{
	return piv_cert_leaf(&m->fact, m->key[LEAF], device, m->key[DEVICE]);
}

void
attester_old(struct attester *m)
{
	X509 *device = attester_device(m, m->root_cert[0], m->key[ROOT]);

	attester_put(m, leaf_of(m, device));
	attester_put(m, device);
}

void
attester_new(struct attester *m, const char *issuer_name)
{
	X509 *between = piv_cert_authority(PIV_CERT_BETWEEN, m->key[BETWEEN],
	    m->root_cert[1], m->key[ROOT1], 2);
	X509 *issuer = piv_cert_authority(issuer_name, m->key[ISSUER], between,
	    m->key[BETWEEN], 1);
	X509 *device = attester_device(m, issuer, m->key[ISSUER]);

	attester_put(m, leaf_of(m, device));
	attester_put(m, device);
	attester_put(m, issuer);
	attester_put(m, between);
}

enum err
attester_verify(struct attester *m, const struct span *roots, size_t n,
    struct evidence *ev)
{
	struct span blob = attester_blob(m->key[LEAF], KEY_P256, m->blob);

	ck_assert(!m->bundle.full);
	return evidence_verify(out_span(&m->bundle), roots, n, blob, ev);
}

enum err
attester_verdict(struct attester *m)
{
	struct evidence ev;

	return attester_verify(m, m->root, 2, &ev);
}
