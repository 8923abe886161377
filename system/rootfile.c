/* SPDX-License-Identifier: ISC */
#include "rootfile.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "chain/hash.h"
#include "whole.h"

#define FILE_MAX 65536

/* Through OpenSSL's own reading and writing, so that what is hashed is the
 * certificate and not what stands around it. */
static enum err
hash_certificate(X509 *x, struct h32 *h)
{
	uint8_t *der = NULL;
	int n = i2d_X509(x, &der);
	enum err e = ERR_CERT_DER;

	if (n > 0)
		e = hash_sha256(span_of(der, (size_t)n), h);
	OPENSSL_free(der);
	return e;
}

static enum err
hash_bytes(const uint8_t *p, size_t n, struct h32 *h)
{
	const uint8_t *der = p;
	X509 *x = d2i_X509(NULL, &der, (long)n);
	enum err e = ERR_CERT_DER;
	BIO *bio;

	if (x && der != p + n) {
		X509_free(x);
		return ERR_CERT_DER;
	}
	if (!x) {
		bio = BIO_new_mem_buf(p, (int)n);
		x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
		BIO_free(bio);
	}
	if (x)
		e = hash_certificate(x, h);
	X509_free(x);
	return e;
}

enum err
rootfile_hash(const char *path, struct h32 *h)
{
	static uint8_t buf[FILE_MAX];
	size_t n;

	TRY(whole_file(path, buf, sizeof buf, &n));
	return hash_bytes(buf, n, h);
}
