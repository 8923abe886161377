/* SPDX-License-Identifier: ISC */
/*
 * The reader of certificates and the walk from root to leaf against libcrypto:
 * what is accepted here, libcrypto accepts, and it finds the same in it.  The
 * other way round it need not be: the profile is narrower.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/x509v3.h>

#include "chain/hash.h"
#include "chain/x509.h"
#include "tests/lib/forge.h"

#define HERE "../shared/vectors/attestation/"
#define DOCS 128
#define DOC_MUTATIONS 24000
#define CERT_MUTATIONS 40000
#define SIGNED_MUTATIONS 1500

static int failed;

static void
result(bool ok, const char *what, unsigned n, unsigned accepted)
{
	printf("%s %s: %u, %u accepted\n", ok ? "ok" : "not ok", what, n,
	    accepted);
	failed += !ok;
}

/* What libcrypto finds in a certificate. */

static bool
same_time(const ASN1_TIME *t, int64_t at)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 && timegm(&tm) == at;
}

static bool
same_der(int n, uint8_t *der, struct span want)
{
	bool same = n > 0 && span_eq(span_of(der, (size_t)n), want);

	OPENSSL_free(der);
	return same;
}

static bool
same_names(X509 *x, const struct x509 *c)
{
	uint8_t *a = NULL, *b = NULL, *tbs = NULL;
	int an = i2d_X509_NAME(X509_get_issuer_name(x), &a);
	int bn = i2d_X509_NAME(X509_get_subject_name(x), &b);
	bool issuer = same_der(an, a, c->issuer);
	bool subject = same_der(bn, b, c->subject);
	/* Last, as it makes libcrypto write everything anew. */
	int tn = i2d_re_X509_tbs(x, &tbs);

	return same_der(tn, tbs, c->tbs) && issuer && subject;
}

static bool
same_key(X509 *x, const struct x509 *c)
{
	EVP_PKEY *k = X509_get0_pubkey(x);
	uint8_t point[97];
	size_t n = 0;

	if (!k)
		return !p384_on_curve(c->point);
	return p384_on_curve(c->point) &&
	       EVP_PKEY_get_octet_string_param(k, "encoded-pub-key", point,
		   sizeof point, &n) == 1 &&
	       n == 97 && memcmp(point + 1, c->point, 96) == 0;
}

static bool
same_signature(X509 *x, const struct x509 *c)
{
	const ASN1_BIT_STRING *bits;
	const X509_ALGOR *alg;
	const uint8_t *p;
	uint8_t rs[96];
	ECDSA_SIG *sig;
	bool same;

	X509_get0_signature(&bits, &alg, x);
	p = bits->data;
	sig = d2i_ECDSA_SIG(NULL, &p, bits->length);
	same = sig && p == bits->data + bits->length &&
	       BN_bn2binpad(ECDSA_SIG_get0_r(sig), rs, 48) == 48 &&
	       BN_bn2binpad(ECDSA_SIG_get0_s(sig), rs + 48, 48) == 48 &&
	       memcmp(rs, c->sig, 96) == 0 &&
	       OBJ_obj2nid(alg->algorithm) == NID_ecdsa_with_SHA384 &&
	       X509_get_signature_nid(x) == NID_ecdsa_with_SHA384;
	ECDSA_SIG_free(sig);
	return same;
}

static bool
same_extensions(X509 *x, const struct x509 *c)
{
	int crit = 0;
	BASIC_CONSTRAINTS *bc =
	    X509_get_ext_d2i(x, NID_basic_constraints, &crit, NULL);
	bool same = bc ? (bc->ca != 0) == c->ca && (crit == 1) == c->ca_critical
		       : crit == -1 && !c->ca && !c->ca_critical;
	uint16_t usage = 0;

	if (bc && bc->pathlen) {
		int64_t len = -1;
		bool fits = ASN1_INTEGER_get_int64(&len, bc->pathlen) == 1;

		same = same && c->path_len == (fits && len < 254 ? len : 254);
	} else {
		same = same && c->path_len == X509_NO_PATH_LEN;
	}
	BASIC_CONSTRAINTS_free(bc);
	ASN1_BIT_STRING *ku = X509_get_ext_d2i(x, NID_key_usage, &crit, NULL);
	for (int i = 0; ku && i < 16; i++) {
		if (ASN1_BIT_STRING_get_bit(ku, i))
			usage = (uint16_t)(usage | 1U << i);
	}
	same = same && usage == c->usage && (ku || crit == -1);
	ASN1_BIT_STRING_free(ku);
	return same;
}

static bool
same_certificate(struct span der, const struct x509 *c)
{
	const uint8_t *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);
	bool same = x && p == der.p + der.n && X509_get_version(x) == 2 &&
		    X509_get0_serialNumber(x)->type == V_ASN1_INTEGER &&
		    same_time(X509_get0_notBefore(x), c->not_before) &&
		    same_time(X509_get0_notAfter(x), c->not_after) &&
		    same_key(x, c) && same_signature(x, c) &&
		    same_extensions(x, c) && same_names(x, c);

	X509_free(x);
	return same;
}

/* The whole verdict of libcrypto: the way that an auditor would write it. */

static X509 *
decode(struct span der)
{
	const uint8_t *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);

	if (x && p == der.p + der.n)
		return x;
	X509_free(x);
	return NULL;
}

static bool
document_signature(const struct attest *a, X509 *leaf)
{
	struct span tbs = forge_cat(5, forge_hex("846a"),
	    span_str("Signature1"), forge_bytes(a->protected), forge_hex("40"),
	    forge_bytes(a->payload));
	struct span der = forge_sig_der(a->signature);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = EVP_DigestVerifyInit(ctx, NULL, EVP_sha384(), NULL,
		      X509_get0_pubkey(leaf)) == 1 &&
		  EVP_DigestVerify(ctx, der.p, der.n, tbs.p, tbs.n) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool
chain_is(X509_STORE_CTX *ctx, STACK_OF(X509) * up, X509 *leaf)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	int n = sk_X509_num(up);

	if (sk_X509_num(chain) != n + 1 ||
	    X509_cmp(sk_X509_value(chain, 0), leaf) != 0)
		return false;
	for (int i = 0; i < n; i++) {
		if (X509_cmp(sk_X509_value(chain, i + 1),
			sk_X509_value(up, n - 1 - i)) != 0)
			return false;
	}
	return true;
}

static bool
oracle(const struct attest *a, const struct h32 *root, uint64_t at)
{
	STACK_OF(X509) *up = sk_X509_new_null();
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *leaf = decode(a->certificate);
	struct h32 h;
	bool ok = leaf && hash_sha256(a->ca[0], &h) == OK && h32_eq(&h, root);

	for (size_t i = 0; i < a->ca_n; i++) {
		X509 *x = decode(a->ca[i]);

		if (x) {
			sk_X509_push(up, x);
		} else {
			ok = false;
		}
	}
	if (ok) {
		X509_STORE_add_cert(store, sk_X509_value(up, 0));
		X509_STORE_CTX_init(ctx, store, leaf, up);
		X509_STORE_CTX_set_time(ctx, 0, (time_t)(at / 1000));
		ok = X509_verify_cert(ctx) == 1 && chain_is(ctx, up, leaf) &&
		     document_signature(a, leaf);
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(leaf);
	sk_X509_pop_free(up, X509_free);
	return ok;
}

/* Real documents. */

static struct doc {
	size_t n;
	uint8_t b[8192];
} docs[DOCS];
static size_t doc_n;

static void
load(const char *sub)
{
	char path[512];
	DIR *d;

	snprintf(path, sizeof path, HERE "%s", sub);
	d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));) {
		snprintf(path, sizeof path, HERE "%s/%s", sub, e->d_name);
		FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "rb");
		if (!f)
			continue;
		if (doc_n == DOCS)
			abort();
		docs[doc_n].n = fread(docs[doc_n].b, 1, 8192, f);
		doc_n++;
		fclose(f);
	}
	if (d)
		closedir(d);
}

static void
real_documents(void)
{
	unsigned accepted = 0;
	bool ok = true;

	for (size_t i = 0; i < doc_n; i++) {
		struct attest a;

		if (attest_parse(span_of(docs[i].b, docs[i].n), &a) != OK) {
			ok = false;
			continue;
		}
		ok = ok &&
		     attest_verify(&a, &attest_root_aws, a.timestamp, NULL) ==
			 OK &&
		     oracle(&a, &attest_root_aws, a.timestamp);
		accepted++;
		forge_release(0);
	}
	result(ok, "real documents, both accept", (unsigned)doc_n, accepted);
}

/* Both under the synthetic root: of what breaks a rule libcrypto accepts some,
 * but nothing is accepted here that it refuses. */
static void
synthetic_documents(void)
{
	static uint8_t der[1024];
	FILE *f = fopen(HERE "../attestation-synthetic/root.der", "rb");
	struct h32 root;
	unsigned accepted = 0;
	bool ok = true;

	if (!f ||
	    hash_sha256(span_of(der, fread(der, 1, sizeof der, f)), &root))
		abort();
	fclose(f);
	doc_n = 0;
	load("../attestation-synthetic");
	for (size_t i = 0; i < doc_n; i++) {
		struct attest a;

		if (attest_parse(span_of(docs[i].b, docs[i].n), &a) != OK ||
		    attest_verify(&a, &root, a.timestamp, NULL) != OK)
			continue;
		ok = ok && oracle(&a, &root, a.timestamp);
		accepted++;
		forge_release(0);
	}
	result(ok && accepted == 9, "synthetic documents, both accept",
	    (unsigned)doc_n, accepted);
}

/* One random change, n stays within cap = n + 4. */
static size_t
mutate(uint8_t *b, size_t n)
{
	size_t at = forge_dice((uint32_t)n), more = 1 + forge_dice(4);

	switch (forge_dice(8)) {
	case 0:
		return at; /* truncate */
	case 1:
		memmove(b + at, b + at + 1, n - at - 1);
		return n - 1;
	case 2:
		more = more < n - at ? more : n - at;
		memmove(b + at, b + at + more, n - at - more);
		return n - more;
	case 3:
		memmove(b + at + 1, b + at, n - at);
		b[at] = (uint8_t)forge_dice(256);
		return n + 1;
	case 4:
		b[at] = (uint8_t)forge_dice(256);
		return n;
	case 5:
		b[at] = (uint8_t)(b[at] + (forge_dice(2) ? 1 : -1));
		return n;
	default:
		b[at] ^= (uint8_t)(1U << forge_dice(8));
		return n;
	}
}

static void
mutated_documents(void)
{
	static struct attest_cache cache;
	static uint8_t b[8192 + 4];
	unsigned done = 0, accepted = 0;

	while (done < DOC_MUTATIONS) {
		const struct doc *d = &docs[done % doc_n];
		struct attest a;
		size_t n;

		memcpy(b, d->b, d->n);
		n = mutate(b, d->n);
		if (n == d->n && memcmp(b, d->b, n) == 0)
			continue;
		done++;
		if (attest_parse(span_of(b, n), &a) == OK &&
		    attest_verify(&a, &attest_root_aws, a.timestamp, &cache) ==
			OK)
			accepted++;
	}
	result(accepted == 0, "mutated real documents, none accepted", done,
	    accepted);
}

/* The one change that is meant to be accepted. */
static void
twins(void)
{
	static uint8_t b[8192];
	unsigned accepted = 0;

	for (size_t i = 0; i < doc_n; i++) {
		struct attest a, t;

		memcpy(b, docs[i].b, docs[i].n);
		if (attest_parse(span_of(b, docs[i].n), &a) != OK)
			continue;
		memcpy(b + docs[i].n - 96, forge_twin(a.signature).p, 96);
		accepted += attest_parse(span_of(b, docs[i].n), &t) == OK &&
			    attest_verify(&t, &attest_root_aws, t.timestamp,
				NULL) == OK &&
			    oracle(&t, &attest_root_aws, t.timestamp);
		forge_release(0);
	}
	result(accepted == doc_n, "real documents with (r, n - s)",
	    (unsigned)doc_n, accepted);
}

static void
mutated_certificates(void)
{
	static uint8_t b[1024 + 4];
	unsigned accepted = 0, wrong = 0;

	for (unsigned i = 0; i < CERT_MUTATIONS; i++) {
		const struct doc *d = &docs[i % doc_n];
		struct attest a;
		struct x509 c;
		size_t n;

		if (attest_parse(span_of(d->b, d->n), &a) != OK)
			abort();
		size_t which = forge_dice((uint32_t)a.ca_n + 1);
		struct span der = which ? a.ca[which - 1] : a.certificate;
		memcpy(b, der.p, der.n);
		n = mutate(b, der.n);
		if (forge_dice(4) == 0)
			n = n ? mutate(b, n) : n;
		if (x509_parse(span_of(b, n), &c) != OK)
			continue;
		accepted++;
		wrong += !same_certificate(span_of(b, n), &c);
	}
	result(wrong == 0 && accepted > 1000,
	    "mutated certificates, the same found in each", CERT_MUTATIONS,
	    accepted);
}

/* Changes in what is signed, signed again by the right key. */
static void
signed_mutations(void)
{
	struct forge_pki base = forge_pki();
	struct h32 root;
	size_t mark = forge_mark();
	unsigned accepted = 0, wrong = 0;

	if (hash_sha256(forge_cert(&base.cert[0], &base.key[0]), &root) != OK)
		abort();
	for (unsigned i = 0; i < SIGNED_MUTATIONS; i++) {
		struct forge_pki p = base;
		struct attest a;

		forge_release(mark);
		struct forge_cert *c = &p.cert[1 + forge_dice(FORGE_CAS)];
		struct span *part[] = { &c->serial, &c->serial, &c->issuer,
			&c->subject, &c->validity, &c->exts, &c->exts };
		struct span *s = part[forge_dice(7)];
		uint8_t b[1024];
		memcpy(b, s->p, s->n);
		*s = span_of(b, mutate(b, s->n));
		struct span doc = forge_pki_doc(&p, NULL, NULL);
		if (attest_parse(doc, &a) != OK ||
		    attest_verify(&a, &root, FORGE_TIME, NULL) != OK)
			continue;
		accepted++;
		wrong += !oracle(&a, &root, FORGE_TIME);
	}
	result(wrong == 0 && accepted > 20,
	    "mutated certificates signed again, both accept", SIGNED_MUTATIONS,
	    accepted);
}

int
main(void)
{
	load("valid");
	load("debug");
	if (doc_n == 0) {
		puts("skipped attestation vectors are not here");
		return 77;
	}
	real_documents();
	twins();
	mutated_documents();
	mutated_certificates();
	signed_mutations();
	synthetic_documents();
	return failed != 0;
}
