/* SPDX-License-Identifier: ISC */
#include "piv_maker.h"

#include <stdio.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "piv_env.h"
#include "piv_key.h"
#include "piv_store.h"
#include "piv_tlv.h"
#include "tests/lib/piv_cert.h"

/* What signs devices of old and of new firmware: key and certificate in one
 * file each. */
#define OLD "maker-old.pem"
#define NEW "maker-new.pem"

static bool
keep(const char *name, EVP_PKEY *key, X509 *const *cert, size_t n)
{
	char path[512];
	FILE *f = fopen(piv_env_path(path, sizeof path, name), "w");
	bool good = f != NULL;

	if (good && key != NULL)
		good = PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL,
			   NULL) == 1;
	for (size_t i = 0; good && i < n; i++)
		good = PEM_write_X509(f, cert[i]) == 1;
	if (f != NULL && fclose(f) != 0)
		good = false;
	return good;
}

static bool
establish(void)
{
	EVP_PKEY *key[4];
	X509 *cert[4];
	bool good;

	for (size_t i = 0; i < 4; i++)
		key[i] = piv_key_new(PIV_P384);
	cert[0] = piv_cert_authority(PIV_CERT_ROOT, key[0], NULL, NULL, 1);
	cert[1] = piv_cert_authority(PIV_CERT_ROOT1, key[1], NULL, NULL,
	    PIV_CERT_NO_LIMIT);
	cert[2] =
	    piv_cert_authority(PIV_CERT_BETWEEN, key[2], cert[1], key[1], 2);
	cert[3] =
	    piv_cert_authority(PIV_CERT_ISSUER, key[3], cert[2], key[2], 1);
	/* The two that are looked for come last. */
	good = keep("root.pem", NULL, cert, 1) &&
	       keep("root1.pem", NULL, cert + 1, 1) &&
	       keep("between.pem", NULL, cert + 2, 2) &&
	       keep("roots.pem", NULL, cert, 4) && keep(OLD, key[0], cert, 1) &&
	       keep(NEW, key[3], cert + 3, 1);
	for (size_t i = 0; i < 4; i++) {
		EVP_PKEY_free(key[i]);
		X509_free(cert[i]);
	}
	return good;
}

static bool
open_maker(const char *name, EVP_PKEY **key, X509 **cert)
{
	char path[512];
	FILE *f = fopen(piv_env_path(path, sizeof path, name), "r");

	if (f == NULL)
		return false;
	*key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	*cert = PEM_read_X509(f, NULL, NULL, NULL);
	(void)fclose(f);
	return *key != NULL && *cert != NULL;
}

/* A certificate as a data object holds it: SP 800-73-4 part 1, table 10. */
static void
put_object(struct piv_object *o, X509 *x)
{
	uint8_t der[2048];
	struct out d = out_of(der, sizeof der);
	struct out w = out_of(o->data, sizeof o->data);

	piv_cert_der(&d, x);
	piv_tlv_put(&w, 0x70, out_span(&d));
	out_put(&w, "\x71\x01\x00\xfe\x00", 5);
	o->n = (uint16_t)w.n;
}

bool
piv_maker_issue(struct piv_card *c)
{
	bool new = piv_card_is_at_least(c, 5, 7, 4);
	struct piv_cert_fact fact = { .form = 3 };
	struct piv_slot *s = piv_store_slot(&c->nv, PIV_ATTESTATION, true);
	struct piv_object *o = piv_store_object(&c->nv, PIV_F9_OBJECT, true);
	EVP_PKEY *maker_key = NULL, *key = piv_key_new(PIV_P256);
	X509 *maker = NULL, *x;
	char path[512];
	bool good;

	if (access(piv_env_path(path, sizeof path, NEW), R_OK) != 0 &&
	    !establish())
		return false;
	good = open_maker(new ? NEW : OLD, &maker_key, &maker);
	if (good) {
		memcpy(fact.firmware, c->nv.firmware, 3);
		x = piv_cert_device(&fact, key, maker, maker_key);
		put_object(o, x);
		good = piv_key_keep(s, key, PIV_P256);
		s->origin = PIV_IMPORTED;
		s->pin = PIV_PIN_NEVER;
		s->touch = PIV_TOUCH_NEVER;
		X509_free(x);
	}
	EVP_PKEY_free(maker_key);
	EVP_PKEY_free(key);
	X509_free(maker);
	return good;
}
