/* SPDX-License-Identifier: ISC */
/* verify_plain FILE ROOT: what a careful programmer writes first.  Each
 * certificate is decoded, X509_verify_cert builds and checks the path at the
 * document's own time, EVP checks the document's signature and those of the
 * control keys.  Order and rules are not judged: it is the faster for it. */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "chain/attest.h"
#include "chain/cbor.h"
#include "chain/sshsig.h"
#include "tests/lib/chain_reader.h"

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "verify_plain: %s\n", what);
		exit(3);
	}
}

static X509 *
decode(struct span der)
{
	const unsigned char *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);

	must(x != NULL && p == der.p + der.n, "certificate");
	return x;
}

static X509_STORE *
store_of(const char *path)
{
	X509_STORE *store = X509_STORE_new();
	FILE *f = fopen(path, "rb");
	X509 *root;

	must(f != NULL, path);
	root = d2i_X509_fp(f, NULL);
	must(store && root && X509_STORE_add_cert(store, root) == 1, path);
	X509_free(root);
	fclose(f);
	return store;
}

static void
verify_path(X509_STORE *store, X509 *leaf, const struct attest *a)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *between = sk_X509_new_null();

	for (size_t i = 1; i < a->ca_n; i++)
		must(sk_X509_push(between, decode(a->ca[i])) > 0, "stack");
	must(X509_STORE_CTX_init(ctx, store, leaf, between) == 1, "context");
	X509_STORE_CTX_set_time(ctx, 0, (time_t)(a->timestamp / 1000));
	must(X509_verify_cert(ctx) == 1, "path");
	sk_X509_pop_free(between, X509_free);
	X509_STORE_CTX_free(ctx);
}

/* r || s as the DER that EVP takes. */
static int
der_of(struct span rs, unsigned char **der)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int half = (int)rs.n / 2, n;

	must(sig && ECDSA_SIG_set0(sig, BN_bin2bn(rs.p, half, NULL),
			BN_bin2bn(rs.p + half, half, NULL)) == 1,
	    "signature");
	*der = NULL;
	n = i2d_ECDSA_SIG(sig, der);
	ECDSA_SIG_free(sig);
	return n;
}

static void
verify_cose(X509 *leaf, const struct attest *a)
{
	static uint8_t buf[ATTEST_DOC_MAX];
	struct out o = out_of(buf, sizeof buf);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der;
	int n = der_of(a->signature, &der);

	cbor_put_array(&o, 4);
	cbor_put_text(&o, span_str("Signature1"));
	cbor_put_bytes(&o, a->protected);
	cbor_put_bytes(&o, span_str(""));
	cbor_put_bytes(&o, a->payload);
	must(EVP_DigestVerifyInit(ctx, NULL, EVP_sha384(), NULL,
		 X509_get0_pubkey(leaf)) == 1 &&
		 EVP_DigestVerify(ctx, der, (size_t)n, o.p, o.n) == 1,
	    "document");
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
}

static void
verify_document(X509_STORE *store, struct span doc)
{
	struct attest a;
	X509 *leaf;

	must(attest_parse(doc, &a) == OK, "document");
	leaf = decode(a.certificate);
	verify_path(store, leaf, &a);
	verify_cose(leaf, &a);
	X509_free(leaf);
}

static void
verify_signature(const struct chain_reader_sig *s)
{
	uint8_t tbs[SSHSIG_TBS_SIZE];
	enum key_type type;
	struct span public;
	EVP_PKEY *key;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	must(key_parse(s->blob, &type, &public, NULL) == OK &&
		 type == KEY_ED25519 && sshsig_tbs(s->payload, tbs) == OK,
	    "key");
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public.p,
	    public.n);
	must(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
		 EVP_DigestVerify(ctx, s->sig.p, s->sig.n, tbs, sizeof tbs) ==
		     1,
	    "signature");
	EVP_PKEY_free(key);
	EVP_MD_CTX_free(ctx);
}

int
main(int argc, char **argv)
{
	struct chain_reader r;
	X509_STORE *store;

	must(argc == 3, "verify_plain FILE ROOT");
	store = store_of(argv[2]);
	chain_reader_open(&r, argv[1]);
	for (size_t i = 0; i < r.doc_n; i++)
		verify_document(store, r.doc[i]);
	for (size_t i = 0; i < r.sig_n; i++)
		verify_signature(&r.sig[i]);
	printf("%zu entries, %zu documents, %zu signatures\n", r.entries,
	    r.doc_n, r.sig_n);
	chain_reader_close(&r);
	X509_STORE_free(store);
	return 0;
}
