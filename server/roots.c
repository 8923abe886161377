/* SPDX-License-Identifier: ISC */
#include "roots.h"

#include <stdio.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "chain/attest.h"
#include "chain/hash.h"

static X509 *
certificate(const char *file)
{
	FILE *f = fopen(file, "rbe");
	X509 *x;

	if (!f)
		return NULL;
	x = PEM_read_X509(f, NULL, NULL, NULL);
	if (!x) {
		rewind(f);
		x = d2i_X509_fp(f, NULL);
	}
	(void)fclose(f);
	return x;
}

static enum err
hash_file(const char *file, struct h32 *root)
{
	X509 *x = certificate(file);
	uint8_t *der = NULL;
	int n = x ? i2d_X509(x, &der) : -1;
	enum err e = ERR_SETTING;

	if (n > 0)
		e = hash_sha256(span_of(der, (size_t)n), root);
	OPENSSL_free(der);
	X509_free(x);
	return e;
}

enum err
roots_read(const char *files, struct h32 *root, size_t max, size_t *n,
    char *why, size_t why_n)
{
	char file[512];

	root[0] = attest_root_aws;
	*n = 1;
	while (*files) {
		size_t len = strcspn(files, ":");

		if (len == 0 || len >= sizeof file || *n == max) {
			(void)snprintf(why, why_n,
			    "roots: too many, or a bad name");
			return ERR_SETTING;
		}
		memcpy(file, files, len);
		file[len] = '\0';
		if (hash_file(file, &root[*n]) != OK) {
			(void)snprintf(why, why_n,
			    "roots: %s is not a certificate, PEM or DER", file);
			return ERR_SETTING;
		}
		(*n)++;
		files += len + (files[len] == ':');
	}
	return OK;
}
