/* SPDX-License-Identifier: ISC */
#include "root.h"

#include <sodium.h>

#include "chain/attest.h"
#include "chain/hash.h"
#include "chain/text.h"
#include "chain/x509.h"
#include "fail.h"
#include "file.h"
#include "mem.h"

#define CERT_MAX 16384

/* The DER between the first BEGIN and END lines of a PEM file. */
static bool
from_pem(const char *text, struct span *der)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char stop[] = "-----END CERTIFICATE-----";
	const char *a = strstr(text, begin), *b;
	uint8_t *p;
	size_t n;

	if (a == NULL)
		return false;
	a += sizeof begin - 1;
	b = strstr(a, stop);
	if (b == NULL || strstr(b, begin) != NULL)
		return false;
	p = mem_new((size_t)(b - a));
	if (sodium_base642bin(p, (size_t)(b - a), a, (size_t)(b - a), "\r\n ",
		&n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	*der = span_of(p, n);
	return true;
}

static enum err
read_root(const char *text, struct h32 *root)
{
	struct span s, der;
	struct x509 cert;

	if (strcmp(text, "aws") == 0) {
		*root = attest_root_aws;
		return OK;
	}
	if (text_unhex(span_str(text), root->b, sizeof root->b))
		return OK;
	TRY(file_read(text, CERT_MAX, &s));
	if (!from_pem(mem_string(s), &der))
		der = s;
	if (x509_parse(der, &cert) != OK)
		return fail_with(ERR_USAGE,
		    "%s is not one certificate of an attestation root.", text);
	return hash_sha256(der, root);
}

enum err
root_options(const struct cli *c, struct h32 root[ROOT_MAX], size_t *n)
{
	const char *text[ROOT_MAX];

	*n = command_values(c, "root", text, ROOT_MAX);
	for (size_t i = 0; i < *n; i++)
		TRY(read_root(text[i], &root[i]));
	return OK;
}

const char *
root_text(const struct h32 *root)
{
	if (h32_eq(root, &attest_root_aws))
		return "AWS Nitro Enclaves Root G1";
	return mem_hex(h32_span(root));
}
