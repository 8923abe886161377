/* SPDX-License-Identifier: ISC */
#include "signature.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "chain/cbor.h"
#include "chain/loose.h"
#include "digest.h"

#define COSE_MAX (EIF_SIGNATURE_MAX / 2)
#define SIG_MAX 132 /* r || s of P-521 */
#define TBS_MAX 512
#define PAYLOAD_MAX_HERE 256

/* RFC 9053 section 2.1; protected is the whole header, {1: alg}. */
static const struct alg {
	const char *group, *digest;
	size_t sig_n, protected_n;
	uint8_t protected[4];
} algs[] = {
	{ "prime256v1", "SHA256", 64, 3, { 0xa1, 1, 0x26 } },
	{ "secp384r1", "SHA384", 96, 4, { 0xa1, 1, 0x38, 0x22 } },
	{ "secp521r1", "SHA512", 132, 4, { 0xa1, 1, 0x38, 0x23 } },
};
#define ES384 (&algs[1])

/* One element as it stands in the section. */
struct element {
	size_t pem_n, cose_n;
	uint8_t pem[EIF_SIGNATURE_MAX], cose[COSE_MAX];
};

struct cose1 { /* borrowed */
	struct span protected, payload, signature;
};

static enum err
numbers(struct loose *c, uint8_t *to, size_t max, size_t *n)
{
	struct loose_seq q;
	bool more;
	uint64_t v;

	if (loose_open(c, LOOSE_ARRAY, ERR_EIF_SIGNATURE_SHAPE, &q) != OK ||
	    q.indefinite)
		return ERR_EIF_SIGNATURE_SHAPE;
	for (*n = 0; loose_more(c, &q, &more) == OK; to[(*n)++] = (uint8_t)v) {
		if (!more)
			return *n > 0 ? OK : ERR_EIF_SIGNATURE_SHAPE;
		if (loose_uint(c, ERR_EIF_SIGNATURE_SHAPE, &v) != OK ||
		    v > 255 || *n == max)
			break;
	}
	return ERR_EIF_SIGNATURE_SHAPE;
}

static enum err
field(struct loose *c, struct element *e)
{
	struct span key;

	if (loose_string(c, LOOSE_TEXT, ERR_EIF_SIGNATURE_SHAPE, &key) != OK)
		return ERR_EIF_SIGNATURE_SHAPE;
	if (span_is(key, "signing_certificate") && e->pem_n == 0)
		return numbers(c, e->pem, sizeof e->pem, &e->pem_n);
	if (span_is(key, "signature") && e->cose_n == 0)
		return numbers(c, e->cose, sizeof e->cose, &e->cose_n);
	return ERR_EIF_SIGNATURE_SHAPE;
}

static enum err
element(struct loose *c, struct element *e)
{
	struct loose_seq q;
	bool more;

	e->pem_n = e->cose_n = 0;
	if (loose_open(c, LOOSE_MAP, ERR_EIF_SIGNATURE_SHAPE, &q) != OK ||
	    q.indefinite || q.left != 2)
		return ERR_EIF_SIGNATURE_SHAPE;
	TRY(field(c, e));
	if (loose_more(c, &q, &more) != OK)
		return ERR_EIF_SIGNATURE_SHAPE;
	TRY(field(c, e));
	if (loose_more(c, &q, &more) != OK || loose_more(c, &q, &more) != OK ||
	    more)
		return ERR_EIF_SIGNATURE_SHAPE;
	return OK;
}

/* All elements are read, into the same place; the first is kept. */
static enum err
read_section(struct span section, struct element *first, struct element *rest,
    size_t *n)
{
	struct loose c = loose_of(section);
	struct loose_seq q;
	bool more;

	*n = 0;
	if (loose_open(&c, LOOSE_ARRAY, ERR_EIF_SIGNATURE_SHAPE, &q) != OK ||
	    q.indefinite)
		return ERR_EIF_SIGNATURE_SHAPE;
	while (loose_more(&c, &q, &more) == OK) {
		if (!more)
			return *n > 0 && c.p == c.end ? OK
						      : ERR_EIF_SIGNATURE_SHAPE;
		TRY(element(&c, *n == 0 ? first : rest));
		++*n;
	}
	return ERR_EIF_SIGNATURE_SHAPE;
}

static enum err
cose_read(struct span doc, struct cose1 *s)
{
	struct loose c = loose_of(doc);
	struct loose_seq q, m;
	bool more;

	if (loose_open(&c, LOOSE_ARRAY, ERR_EIF_SIGNATURE_SHAPE, &q) != OK ||
	    q.indefinite || q.left != 4 ||
	    loose_string(&c, LOOSE_BYTES, ERR_EIF_SIGNATURE_SHAPE,
		&s->protected) != OK ||
	    loose_open(&c, LOOSE_MAP, ERR_EIF_SIGNATURE_SHAPE, &m) != OK ||
	    m.indefinite || m.left != 0 || loose_more(&c, &m, &more) != OK ||
	    loose_string(&c, LOOSE_BYTES, ERR_EIF_SIGNATURE_SHAPE,
		&s->payload) != OK ||
	    loose_string(&c, LOOSE_BYTES, ERR_EIF_SIGNATURE_SHAPE,
		&s->signature) != OK ||
	    c.p != c.end)
		return ERR_EIF_SIGNATURE_SHAPE;
	return OK;
}

/* Nobody is asked for the passphrase of what a file holds. */
static int
no_passphrase(char *buf, int size, int rwflag, void *u)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)u;
	return -1;
}

static void
free_x509(X509 **x)
{
	X509_free(*x);
}
static void
free_bio(BIO **b)
{
	BIO_free_all(*b);
}
static void
free_pkey(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}
static void
free_md(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
}
static void
free_sig(ECDSA_SIG **s)
{
	ECDSA_SIG_free(*s);
}
static void
free_bytes(unsigned char **p)
{
	OPENSSL_free(*p);
}
#define AUTO(fn) __attribute__((cleanup(fn)))

/* The DER of the first certificate in a PEM text, all of which is one. */
static enum err
first_certificate(struct span pem, struct signature *s)
{
	AUTO(free_bio) BIO *b = BIO_new_mem_buf(pem.p, (int)pem.n);
	AUTO(free_bytes) unsigned char *der = NULL;
	AUTO(free_bytes) unsigned char *name_bytes = NULL;
	char *name = NULL;
	long n = 0;

	if (b == NULL ||
	    PEM_bytes_read_bio(&der, &n, &name, PEM_STRING_X509, b,
		no_passphrase, NULL) != 1 ||
	    n <= 0 || n > (long)sizeof s->cert) {
		name_bytes = (unsigned char *)name;
		return ERR_EIF_SIGNATURE_CERT;
	}
	name_bytes = (unsigned char *)name;
	if (strcmp(name, PEM_STRING_X509) != 0)
		return ERR_EIF_SIGNATURE_CERT;
	memcpy(s->cert, der, (size_t)n);
	s->cert_n = (size_t)n;
	return OK;
}

static const struct alg *
key_alg(const EVP_PKEY *k)
{
	char group[32];
	size_t n;

	if (EVP_PKEY_get_id(k) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(k, group, sizeof group, &n) != 1)
		return NULL;
	for (size_t i = 0; i < sizeof algs / sizeof *algs; i++)
		if (strcmp(group, algs[i].group) == 0)
			return &algs[i];
	return NULL;
}

/* PCR8 is over the certificate as other tools write it again: only what is the
 * same then has one. */
static bool
is_der(X509 *x, const struct signature *s)
{
	AUTO(free_bytes) unsigned char *der = NULL;
	int n = i2d_X509(x, &der);

	return n > 0 &&
	       span_eq(span_of(der, (size_t)n), span_of(s->cert, s->cert_n));
}

static enum err
certificate_key(const struct signature *s, EVP_PKEY **key,
    const struct alg **alg)
{
	const unsigned char *p = s->cert;
	AUTO(free_x509) X509 *x = d2i_X509(NULL, &p, (long)s->cert_n);

	if (x == NULL || p != s->cert + s->cert_n || !is_der(x, s))
		return ERR_EIF_SIGNATURE_CERT;
	*key = X509_get_pubkey(x);
	*alg = *key != NULL ? key_alg(*key) : NULL;
	return *alg != NULL ? OK : ERR_EIF_SIGNATURE_CERT;
}

/* Sig_structure of RFC 9052 section 4.4. */
static void
put_tbs(struct out *o, struct span protected, struct span payload)
{
	cbor_put_array(o, 4);
	cbor_put_text(o, span_str("Signature1"));
	cbor_put_bytes(o, protected);
	cbor_put_bytes(o, span_of(NULL, 0));
	cbor_put_bytes(o, payload);
}

static bool
verifies(EVP_PKEY *key, const struct alg *alg, struct span tbs, struct span sig)
{
	AUTO(free_md) EVP_MD_CTX *c = EVP_MD_CTX_new();
	AUTO(free_sig) ECDSA_SIG *rs = ECDSA_SIG_new();
	AUTO(free_bytes) unsigned char *der = NULL;
	int half = (int)(sig.n / 2), n;
	BIGNUM *r = BN_bin2bn(sig.p, half, NULL);
	BIGNUM *s = BN_bin2bn(sig.p + half, half, NULL);

	if (rs == NULL || r == NULL || s == NULL ||
	    ECDSA_SIG_set0(rs, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return false;
	}
	n = i2d_ECDSA_SIG(rs, &der);
	return n > 0 && c != NULL &&
	       EVP_DigestVerifyInit_ex(c, NULL, alg->digest, NULL, NULL, key,
		   NULL) == 1 &&
	       EVP_DigestVerify(c, der, (size_t)n, tbs.p, tbs.n) == 1;
}

static void
put_numbers(struct out *o, struct span s)
{
	cbor_put_array(o, s.n);
	for (size_t i = 0; i < s.n; i++)
		cbor_put_uint(o, s.p[i]);
}

/* What is signed, byte for byte as the signing tools write it. */
static void
put_payload(struct out *o, const uint8_t pcr0[48])
{
	cbor_put_map(o, 2);
	cbor_put_text(o, span_str("register_index"));
	cbor_put_uint(o, 0);
	cbor_put_text(o, span_str("register_value"));
	put_numbers(o, span_of(pcr0, 48));
}

static enum err
says_pcr0(struct span payload, const uint8_t pcr0[48])
{
	static const char head[] = "\xa2\x6eregister_index";
	uint8_t want[PAYLOAD_MAX_HERE];
	struct out o = out_of(want, sizeof want);

	put_payload(&o, pcr0);
	if (span_eq(payload, out_span(&o)))
		return OK;
	if (payload.n < sizeof head ||
	    memcmp(payload.p, head, sizeof head - 1) != 0)
		return ERR_EIF_SIGNATURE_SHAPE;
	return payload.p[sizeof head - 1] != 0 ? ERR_EIF_SIGNATURE_INDEX
					       : ERR_EIF_SIGNATURE_PCR;
}

static enum err
verify_first(const struct element *e, const uint8_t pcr0[48],
    struct signature *s)
{
	AUTO(free_pkey) EVP_PKEY *key = NULL;
	const struct alg *alg;
	struct cose1 d;
	uint8_t tbs[TBS_MAX];
	struct out o = out_of(tbs, sizeof tbs);

	TRY(cose_read(span_of(e->cose, e->cose_n), &d));
	TRY(first_certificate(span_of(e->pem, e->pem_n), s));
	TRY(certificate_key(s, &key, &alg));
	if (!span_eq(d.protected, span_of(alg->protected, alg->protected_n)))
		return ERR_EIF_SIGNATURE_ALG;
	put_tbs(&o, d.protected, d.payload);
	if (o.full)
		return ERR_EIF_SIGNATURE_SHAPE;
	if (d.signature.n != alg->sig_n ||
	    !verifies(key, alg, out_span(&o), d.signature))
		return ERR_EIF_SIGNATURE_BAD;
	return says_pcr0(d.payload, pcr0);
}

enum err
signature_verify(struct span section, const uint8_t pcr0[48],
    struct signature *s)
{
	struct element *e = OPENSSL_zalloc(2 * sizeof *e);
	enum err err;

	if (e == NULL)
		return ERR_OUT_OF_MEMORY;
	memset(s, 0, sizeof *s);
	err = read_section(section, &e[0], &e[1], &s->n);
	if (err == OK)
		err = verify_first(&e[0], pcr0, s);
	OPENSSL_free(e);
	return err;
}

enum err
signature_register(struct span cert, uint8_t pcr8[48])
{
	AUTO(free_pkey) EVP_PKEY *key = NULL;
	const struct alg *alg;
	static struct signature s;

	if (cert.n > EIF_SIGNATURE_MAX)
		return ERR_EIF_SIGNATURE_CERT;
	TRY(first_certificate(cert, &s));
	TRY(certificate_key(&s, &key, &alg));
	return digest_register(span_of(s.cert, s.cert_n), pcr8);
}

static enum err
private_key(struct span pem, const EVP_PKEY *public, EVP_PKEY **key)
{
	AUTO(free_bio) BIO *b = BIO_new_mem_buf(pem.p, (int)pem.n);

	if (b != NULL)
		*key = PEM_read_bio_PrivateKey(b, NULL, no_passphrase, NULL);
	if (*key == NULL || key_alg(*key) != ES384 ||
	    EVP_PKEY_eq(*key, public) != 1)
		return ERR_EIF_SIGNATURE_ALG;
	return OK;
}

static enum err
sign(EVP_PKEY *key, struct span tbs, uint8_t sig[96])
{
	AUTO(free_md) EVP_MD_CTX *c = EVP_MD_CTX_new();
	AUTO(free_sig) ECDSA_SIG *rs = NULL;
	uint8_t der[SIG_MAX];
	const unsigned char *p = der;
	size_t n = sizeof der;

	if (c == NULL ||
	    EVP_DigestSignInit_ex(c, NULL, ES384->digest, NULL, NULL, key,
		NULL) != 1 ||
	    EVP_DigestSign(c, der, &n, tbs.p, tbs.n) != 1 ||
	    (rs = d2i_ECDSA_SIG(NULL, &p, (long)n)) == NULL ||
	    BN_bn2binpad(ECDSA_SIG_get0_r(rs), sig, 48) != 48 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(rs), sig + 48, 48) != 48)
		return ERR_CRYPTO;
	return OK;
}

static enum err
make_cose(EVP_PKEY *key, const uint8_t pcr0[48], struct out *cose)
{
	uint8_t payload[PAYLOAD_MAX_HERE], tbs[TBS_MAX], sig[96];
	struct out p = out_of(payload, sizeof payload);
	struct out t = out_of(tbs, sizeof tbs);
	struct span protected = span_of(ES384->protected, ES384->protected_n);

	put_payload(&p, pcr0);
	put_tbs(&t, protected, out_span(&p));
	TRY(sign(key, out_span(&t), sig));
	cbor_put_array(cose, 4);
	cbor_put_bytes(cose, protected);
	cbor_put_map(cose, 0);
	cbor_put_bytes(cose, out_span(&p));
	cbor_put_bytes(cose, span_of(sig, sizeof sig));
	return OK;
}

enum err
signature_make(struct span key, struct span cert, const uint8_t pcr0[48],
    struct out *section)
{
	AUTO(free_pkey) EVP_PKEY *public = NULL;
	AUTO(free_pkey) EVP_PKEY *private = NULL;
	const struct alg *alg;
	static struct signature s;
	uint8_t cose[TBS_MAX];
	struct out o = out_of(cose, sizeof cose);

	if (cert.n > EIF_SIGNATURE_MAX || key.n > EIF_SIGNATURE_MAX)
		return ERR_EIF_SIGNATURE_CERT;
	TRY(first_certificate(cert, &s));
	TRY(certificate_key(&s, &public, &alg));
	TRY(private_key(key, public, &private));
	TRY(make_cose(private, pcr0, &o));
	cbor_put_array(section, 1);
	cbor_put_map(section, 2);
	cbor_put_text(section, span_str("signing_certificate"));
	put_numbers(section, cert);
	cbor_put_text(section, span_str("signature"));
	put_numbers(section, out_span(&o));
	return section->full ? ERR_NO_SPACE : OK;
}
