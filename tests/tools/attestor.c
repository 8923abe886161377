/* SPDX-License-Identifier: ISC */
/*
 * attestor root MAKER >PEM: the root of a maker of devices (tests/lib/maker.h).
 * attestor key MAKER TOUCH FIRMWARE <LINE >PEM: what a device of that maker
 * says of the key in an OpenSSH public key line, whoever has it.  TOUCH is 1
 * never, 2 always, 3 cached; FIRMWARE is 5.7.4.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "chain/key.h"
#include "tests/lib/maker.h"

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "attestor: %s\n", what);
	exit(1);
}

static EVP_PKEY *
ec_key(const char *group, struct span point)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	char name[16];
	EVP_PKEY *k = NULL;
	OSSL_PARAM p[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    name, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
		    (void *)(uintptr_t)point.p, point.n),
		OSSL_PARAM_construct_end()
	};

	(void)snprintf(name, sizeof name, "%s", group);
	must(EVP_PKEY_fromdata_init(ctx) == 1 &&
		 EVP_PKEY_fromdata(ctx, &k, EVP_PKEY_PUBLIC_KEY, p) == 1,
	    "key");
	EVP_PKEY_CTX_free(ctx);
	return k;
}

/* The public half alone: a certificate needs no more. */
static EVP_PKEY *
public_key(const char *line)
{
	uint8_t buf[KEY_BLOB_MAX];
	struct span blob, comment, public, application;
	enum key_type type = KEY_ED25519;

	must(key_line_decode(span_str(line), buf, &blob, &comment) == OK &&
		 key_parse(blob, &type, &public, &application) == OK,
	    "not a public key line");
	if (type == KEY_ED25519)
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
		    public.p, public.n);
	return ec_key(type == KEY_P384 ? "P-384" : "P-256", public);
}

static void
say(struct span s)
{
	must(fwrite(s.p, 1, s.n, stdout) == s.n, "write");
}

static void
root(unsigned maker)
{
	struct span der = maker_root(maker);
	const uint8_t *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);

	must(x != NULL && PEM_write_X509(stdout, x) == 1, "root");
	X509_free(x);
}

static void
key(unsigned maker, const char *touch, const char *firmware)
{
	struct piv_cert_fact f = maker_fact;
	uint8_t pem[16384];
	struct out o = out_of(pem, sizeof pem);
	unsigned v[3];
	char line[1024];
	EVP_PKEY *k;

	must(fgets(line, sizeof line, stdin) != NULL, "no line");
	line[strcspn(line, "\n")] = '\0';
	must(sscanf(firmware, "%u.%u.%u", &v[0], &v[1], &v[2]) == 3,
	    "firmware");
	for (int i = 0; i < 3; i++)
		f.firmware[i] = (uint8_t)v[i];
	f.policy[1] = (uint8_t)strtoul(touch, NULL, 10);
	k = public_key(line);
	maker_bundle(&o, maker, &f, k);
	EVP_PKEY_free(k);
	must(!o.full, "size");
	say(out_span(&o));
}

int
main(int argc, char **argv)
{
	unsigned maker = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;

	if (argc == 3 && strcmp(argv[1], "root") == 0)
		root(maker);
	else if (argc == 5 && strcmp(argv[1], "key") == 0)
		key(maker, argv[3], argv[4]);
	else
		must(false, "root MAKER, or key MAKER TOUCH FIRMWARE");
	return 0;
}
