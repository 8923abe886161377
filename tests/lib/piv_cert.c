/* SPDX-License-Identifier: ISC */
#include "piv_cert.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define SINCE "20160314000000Z"
#define UNTIL "20520417000000Z"

static void
must(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "piv_cert: %s\n", what);
	abort();
}

static void
add_raw(X509 *x, const struct piv_cert_extension *e)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(e->oid, 1);
	ASN1_OCTET_STRING *v = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;

	must(oid != NULL && v != NULL &&
		 ASN1_OCTET_STRING_set(v, e->value.p, (int)e->value.n) == 1,
	    "extension");
	ext = X509_EXTENSION_create_by_OBJ(NULL, oid, e->critical, v);
	must(ext != NULL && X509_add_ext(x, ext, -1) == 1, "extension");
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(v);
	ASN1_OBJECT_free(oid);
}

static void
add_named(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	must(ext != NULL && X509_add_ext(x, ext, -1) == 1, value);
	X509_EXTENSION_free(ext);
}

static void
add_extensions(X509 *x, const struct piv_cert_ask *a)
{
	char text[64];

	if (a->constraints && a->path_len >= 0) {
		(void)snprintf(text, sizeof text, "critical,CA:%s,pathlen:%d",
		    a->ca ? "TRUE" : "FALSE", a->path_len);
		add_named(x, NID_basic_constraints, text);
	} else if (a->constraints) {
		add_named(x, NID_basic_constraints,
		    a->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	}
	if (a->usage != NULL)
		add_named(x, NID_key_usage, a->usage);
	for (size_t i = 0;
	     i < PIV_CERT_EXTENSIONS && a->extension[i].oid != NULL; i++)
		add_raw(x, &a->extension[i]);
}

static void
number(X509 *x)
{
	uint8_t b[16];
	BIGNUM *n;

	must(RAND_bytes(b, sizeof b) == 1, "random");
	b[0] = (uint8_t)((b[0] & 0x7f) | 0x40);
	n = BN_bin2bn(b, sizeof b, NULL);
	must(n != NULL &&
		 BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL,
	    "serial number");
	BN_free(n);
}

X509 *
piv_cert_make(const struct piv_cert_ask *a)
{
	X509 *x = X509_new();
	X509_NAME *name = x != NULL ? X509_get_subject_name(x) : NULL;
	EVP_PKEY *with = a->issuer != NULL ? a->issuer_key : a->key;
	bool pure = EVP_PKEY_is_a(with, "ED25519") == 1;

	must(name != NULL && X509_set_version(x, 2) == 1, "certificate");
	number(x);
	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		 (const unsigned char *)a->subject, -1, -1, 0) == 1,
	    a->subject);
	must(X509_set_issuer_name(x,
		 a->issuer != NULL ? X509_get_subject_name(a->issuer) : name) ==
		 1,
	    "issuer");
	must(ASN1_TIME_set_string(X509_getm_notBefore(x), SINCE) == 1 &&
		 ASN1_TIME_set_string(X509_getm_notAfter(x),
		     a->until != NULL ? a->until : UNTIL) == 1,
	    "validity");
	must(X509_set_pubkey(x, a->key) == 1, "key");
	add_extensions(x, a);
	must(X509_sign(x, with, pure ? NULL : EVP_sha256()) > 0, "sign");
	return x;
}

X509 *
piv_cert_authority(const char *subject, EVP_PKEY *key, X509 *issuer,
    EVP_PKEY *issuer_key, int path_len)
{
	const struct piv_cert_ask ask = { .subject = subject,
		.key = key,
		.issuer = issuer,
		.issuer_key = issuer_key,
		.constraints = true,
		.ca = true,
		.path_len = path_len,
		.usage = "critical,keyCertSign,cRLSign" };

	return piv_cert_make(&ask);
}

X509 *
piv_cert_device(const struct piv_cert_fact *f, EVP_PKEY *key, X509 *issuer,
    EVP_PKEY *issuer_key)
{
	const struct piv_cert_ask ask = { .subject = PIV_CERT_DEVICE,
		.key = key,
		.issuer = issuer,
		.issuer_key = issuer_key,
		.constraints = true,
		.ca = true,
		.extension = {
		    { PIV_CERT_FIRMWARE, span_of(f->firmware, 3), false } } };

	return piv_cert_make(&ask);
}

X509 *
piv_cert_leaf(const struct piv_cert_fact *f, EVP_PKEY *key, X509 *device,
    EVP_PKEY *device_key)
{
	/* DER: an INTEGER, with a zero before it where it looks negative. */
	uint8_t serial[7] = { 2, 5, 0, (uint8_t)(f->serial >> 24),
		(uint8_t)(f->serial >> 16), (uint8_t)(f->serial >> 8),
		(uint8_t)f->serial };
	size_t skip = 0;
	char subject[64];
	struct piv_cert_ask ask = { .subject = subject,
		.key = key,
		.issuer = device,
		.issuer_key = device_key };

	while (skip < 4 && serial[2 + skip] == 0 && serial[3 + skip] < 0x80)
		skip++;
	serial[skip] = 2;
	serial[skip + 1] = (uint8_t)(5 - skip);
	(void)snprintf(subject, sizeof subject, PIV_CERT_KEY "%02x", f->slot);
	ask.extension[0] = (struct piv_cert_extension){ PIV_CERT_FIRMWARE,
		span_of(f->firmware, 3), false };
	ask.extension[1] = (struct piv_cert_extension){ PIV_CERT_SERIAL,
		span_of(serial + skip, 7 - skip), false };
	ask.extension[2] = (struct piv_cert_extension){ PIV_CERT_POLICY,
		span_of(f->policy, 2), false };
	ask.extension[3] = (struct piv_cert_extension){ PIV_CERT_FORM,
		span_of(&f->form, 1), false };
	return piv_cert_make(&ask);
}

void
piv_cert_pem(struct out *o, X509 *x)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	long n;

	must(b != NULL && PEM_write_bio_X509(b, x) == 1, "PEM");
	n = BIO_get_mem_data(b, &text);
	out_put(o, text, (size_t)n);
	BIO_free(b);
}

void
piv_cert_der(struct out *o, X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);

	must(n > 0, "DER");
	out_put(o, der, (size_t)n);
	OPENSSL_free(der);
}
