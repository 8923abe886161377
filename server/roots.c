/* SPDX-License-Identifier: ISC */
#include "roots.h"

#include <stdio.h>
#include <stdlib.h>

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

/* The DER of x in memory of its own. */
static enum err
copy_der(X509 *x, struct span *der)
{
	uint8_t *p = NULL, *copy;
	int n = i2d_X509(x, &p);

	copy = n > 0 ? malloc((size_t)n) : NULL;
	if (copy != NULL)
		memcpy(copy, p, (size_t)n);
	OPENSSL_free(p);
	*der = span_of(copy, (size_t)n);
	return copy != NULL ? OK : ERR_OUT_OF_MEMORY;
}

static enum err
add(X509 *x, struct span *root, size_t max, size_t *n)
{
	enum err e = *n < max ? copy_der(x, &root[*n]) : ERR_SETTING;

	*n += e == OK;
	X509_free(x);
	return e;
}

/* Every certificate of a PEM file, or the one of a DER file. */
static enum err
add_file(const char *file, struct span *root, size_t max, size_t *n)
{
	FILE *f = fopen(file, "rbe");
	size_t before = *n;
	enum err e = OK;
	X509 *x;

	if (!f)
		return ERR_SETTING;
	while (e == OK && (x = PEM_read_X509(f, NULL, NULL, NULL)) != NULL)
		e = add(x, root, max, n);
	(void)fclose(f);
	if (e != OK || *n > before)
		return e;
	x = certificate(file);
	return x ? add(x, root, max, n) : ERR_SETTING;
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

/* The next name of a list with ':' between; false: it is too long or empty. */
static bool
next_name(const char **files, char *file, size_t size)
{
	size_t len = strcspn(*files, ":");

	if (len == 0 || len >= size)
		return false;
	memcpy(file, *files, len);
	file[len] = '\0';
	*files += len + ((*files)[len] == ':');
	return true;
}

enum err
roots_read(const char *files, struct h32 *root, size_t max, size_t *n,
    char *why, size_t why_n)
{
	char file[512];

	root[0] = attest_root_aws;
	*n = 1;
	while (*files) {
		if (*n == max || !next_name(&files, file, sizeof file)) {
			(void)snprintf(why, why_n,
			    "roots: too many, or a bad name");
			return ERR_SETTING;
		}
		if (hash_file(file, &root[*n]) != OK) {
			(void)snprintf(why, why_n,
			    "roots: %s is not a certificate, PEM or DER", file);
			return ERR_SETTING;
		}
		(*n)++;
	}
	return OK;
}

enum err
roots_certificates(const char *files, struct span *root, size_t max, size_t *n,
    char *why, size_t why_n)
{
	char file[512] = "";
	enum err e = OK;

	*n = 0;
	while (e == OK && *files) {
		e = next_name(&files, file, sizeof file)
			? add_file(file, root, max, n)
			: ERR_SETTING;
		if (e == ERR_SETTING)
			(void)snprintf(why, why_n,
			    "evidence_roots: %s is no certificate, PEM or DER, "
			    "or there are more than %zu",
			    file, max);
	}
	if (e != OK) {
		roots_certificates_free(root, *n);
		*n = 0;
	}
	return e;
}

void
roots_certificates_free(struct span *root, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)root[i].p);
}
