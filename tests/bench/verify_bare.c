/* SPDX-License-Identifier: ISC */
/* verify_bare FILE: the signature checks that no verifier of this chain can
 * avoid, and nothing else: each distinct certificate once, each document, each
 * control signature, by the same calls.  Everything is laid out beforehand;
 * prints the seconds of the loop, and how many checks. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sodium/crypto_sign.h>

#include "chain/attest.h"
#include "chain/cbor.h"
#include "chain/hash.h"
#include "chain/sshsig.h"
#include "chain/x509.h"
#include "tests/lib/chain_reader.h"

struct p384 {
	uint8_t point[P384_POINT], digest[P384_SIZE], sig[P384_SIG];
};

struct ed25519 {
	uint8_t tbs[SSHSIG_TBS_SIZE], sig[64], public[32];
};

static struct p384 *p384;
static struct ed25519 *ed25519;
static struct h32 *known;
static size_t p384_n, ed25519_n, known_n;

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "verify_bare: %s\n", what);
		exit(3);
	}
}

static void *
room(size_t n, size_t size)
{
	void *p = calloc(n, size);

	must(p != NULL, "no memory");
	return p;
}

static bool
is_new(struct span der)
{
	struct h32 h;

	must(hash_sha256(der, &h) == OK, "hash");
	for (size_t i = known_n; i > 0; i--) {
		if (h32_eq(&known[i - 1], &h))
			return false;
	}
	known[known_n++] = h;
	return true;
}

static void
add_certificates(const struct attest *a, uint8_t point[P384_POINT])
{
	struct x509 issuer, c;

	must(x509_parse(a->ca[0], &issuer) == OK, "root");
	for (size_t i = 1; i <= a->ca_n; i++) {
		struct span der = i < a->ca_n ? a->ca[i] : a->certificate;
		struct p384 *k = &p384[p384_n];

		must(x509_parse(der, &c) == OK, "certificate");
		if (is_new(der)) {
			memcpy(k->point, issuer.point, P384_POINT);
			memcpy(k->sig, c.sig, P384_SIG);
			must(hash_sha384(&c.tbs, 1, k->digest) == OK, "hash");
			p384_n++;
		}
		issuer = c;
	}
	memcpy(point, issuer.point, P384_POINT);
}

static void
add_document(struct span doc)
{
	static uint8_t buf[ATTEST_DOC_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct attest a;
	uint8_t point[P384_POINT];
	struct span tbs;
	struct p384 *k;

	must(attest_parse(doc, &a) == OK, "document");
	add_certificates(&a, point);
	cbor_put_array(&o, 4);
	cbor_put_text(&o, span_str("Signature1"));
	cbor_put_bytes(&o, a.protected);
	cbor_put_bytes(&o, span_str(""));
	cbor_put_bytes(&o, a.payload);
	tbs = out_span(&o);
	k = &p384[p384_n++];
	memcpy(k->point, point, P384_POINT);
	memcpy(k->sig, a.signature.p, P384_SIG);
	must(hash_sha384(&tbs, 1, k->digest) == OK, "hash");
}

static void
add_signature(const struct chain_reader_sig *s)
{
	struct ed25519 *k = &ed25519[ed25519_n++];
	enum key_type type;
	struct span public;

	must(key_parse(s->blob, &type, &public, NULL) == OK &&
		 type == KEY_ED25519 && sshsig_tbs(s->payload, k->tbs) == OK,
	    "key");
	memcpy(k->public, public.p, sizeof k->public);
	memcpy(k->sig, s->sig.p, sizeof k->sig);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
run(void)
{
	for (size_t i = 0; i < p384_n; i++) {
		must(p384_verify(p384[i].point, p384[i].digest, p384[i].sig),
		    "P-384");
	}
	for (size_t i = 0; i < ed25519_n; i++) {
		must(crypto_sign_verify_detached(ed25519[i].sig, ed25519[i].tbs,
			 sizeof ed25519[i].tbs, ed25519[i].public) == 0,
		    "Ed25519");
	}
}

int
main(int argc, char **argv)
{
	struct chain_reader r;
	double start;

	must(argc == 2, "verify_bare FILE");
	chain_reader_open(&r, argv[1]);
	known = room(r.doc_n * (ATTEST_CA_MAX + 1), sizeof *known);
	p384 = room(r.doc_n * (ATTEST_CA_MAX + 2), sizeof *p384);
	ed25519 = room(r.sig_n, sizeof *ed25519);
	for (size_t i = 0; i < r.doc_n; i++)
		add_document(r.doc[i]);
	for (size_t i = 0; i < r.sig_n; i++)
		add_signature(&r.sig[i]);
	start = seconds();
	run();
	printf("%.6f %zu %zu\n", seconds() - start, p384_n, ed25519_n);
	chain_reader_close(&r);
	free(known);
	free(p384);
	free(ed25519);
	return 0;
}
