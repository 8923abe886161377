/* SPDX-License-Identifier: ISC */
#include "image.h"

#include <stdlib.h>
#include <zlib.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define TABLE_OFFSET 28
#define TABLE_SIZE 284

static void
be(struct out *o, unsigned n, uint64_t v)
{
	while (n-- > 0) {
		uint8_t b = (uint8_t)(v >> (8 * n));

		out_put(o, &b, 1);
	}
}

struct image
image_plain(void)
{
	static const char metadata[] =
	    "{\"ImageName\":\"t\",\"ImageVersion\":\"1\",\"BuildMetadata\":{"
	    "\"BuildTime\":\"2026-01-01T00:00:00Z\",\"BuildTool\":\"t\","
	    "\"BuildToolVersion\":\"1\",\"OperatingSystem\":\"Linux\","
	    "\"KernelVersion\":\"6\"},\"DockerInfo\":{},\"CustomMetadata\":{"
	    "}}";
	struct image i = { .version = 4 };

	i.n = 5;
	i.section[0] =
	    (struct image_section){ EIF_KERNEL, 0, span_str("a kernel") };
	i.section[1] =
	    (struct image_section){ EIF_CMDLINE, 0, span_str("console=ttyS0") };
	i.section[2] =
	    (struct image_section){ EIF_METADATA, 0, span_str(metadata) };
	i.section[3] = (struct image_section){ EIF_RAMDISK, 0,
		span_str("the boot ramdisk") };
	i.section[4] = (struct image_section){ EIF_RAMDISK, 0,
		span_str("the application") };
	return i;
}

static void
put_table(const struct image *i, uint8_t *h)
{
	uint64_t at = EIF_HEADER;

	for (size_t k = 0; k <= i->n && k < EIF_SECTIONS; k++) {
		struct out o = out_of(h + TABLE_OFFSET + 8 * k, 8);
		struct out s = out_of(h + TABLE_SIZE + 8 * k, 8);
		bool wrong = k == i->at;

		if (k == i->n) {
			be(&o, 8, (uint64_t)i->table_beyond);
			break;
		}
		be(&o, 8, at + (uint64_t)(wrong ? i->shift : 0));
		be(&s, 8,
		    i->section[k].data.n + (uint64_t)(wrong ? i->resize : 0));
		at += EIF_SECTION_HEAD + i->section[k].data.n;
	}
}

struct span
image_bytes(const struct image *i, uint8_t *buf)
{
	struct out o = out_of(buf, IMAGE_MAX);
	uLong crc;

	memset(buf, 0, EIF_HEADER);
	out_put(&o, i->magic ? i->magic : ".eif", 4);
	be(&o, 2, i->version);
	be(&o, 2, i->flags);
	be(&o, 8, 1 << 30);
	be(&o, 8, 2);
	be(&o, 2, i->reserved);
	be(&o, 2, (uint64_t)((int)i->n + i->count));
	put_table(i, buf);
	o.n = 540;
	be(&o, 4, i->unused);
	o.n = EIF_HEADER;
	for (size_t k = 0; k < i->n; k++) {
		be(&o, 2, i->section[k].type);
		be(&o, 2, i->section[k].flags);
		be(&o, 8, i->section[k].data.n);
		out_put(&o, i->section[k].data.p, i->section[k].data.n);
	}
	out_put(&o, i->behind.p, i->behind.n);
	if (o.full)
		abort();
	crc = crc32_z(0, buf, EIF_HEADER_CRC);
	crc = crc32_z(crc, buf + EIF_HEADER, o.n - EIF_HEADER);
	crc ^= i->crc_flip;
	o = out_of(buf, o.n);
	o.n = EIF_HEADER_CRC;
	be(&o, 4, crc);
	return span_of(buf, o.cap);
}

static void
sha384(const uint8_t *p, size_t n, uint8_t h[PCR_SIZE])
{
	if (EVP_Digest(p, n, h, NULL, EVP_sha384(), NULL) != 1)
		abort();
}

/* H(48 zeros || H(s)) */
static void
extend(struct span s, uint8_t pcr[PCR_SIZE])
{
	uint8_t b[2 * PCR_SIZE] = { 0 };

	sha384(s.p, s.n, b + PCR_SIZE);
	sha384(b, sizeof b, pcr);
}

void
image_registers(const struct image *i, struct registers *r)
{
	uint8_t *p = malloc(3 * IMAGE_MAX);
	struct out all[3] = { out_of(p, IMAGE_MAX),
		out_of(p + IMAGE_MAX, IMAGE_MAX),
		out_of(p + 2 * IMAGE_MAX, IMAGE_MAX) };
	unsigned ramdisks = 0;

	memset(r, 0, sizeof *r);
	for (size_t k = 0; k < i->n; k++) {
		unsigned t = i->section[k].type;
		struct span s = i->section[k].data;
		bool app = t == EIF_RAMDISK && ramdisks++ > 0;

		if (t > EIF_RAMDISK)
			continue;
		out_put(&all[0], s.p, s.n);
		out_put(&all[app ? 2 : 1], s.p, s.n);
	}
	for (unsigned k = 0; k < 3; k++)
		extend(out_span(&all[k]), r->value[k]);
	for (size_t k = 0; k < i->n; k++)
		r->is_signed |= i->section[k].type == EIF_SIGNATURE;
	if (r->is_signed)
		extend(image_certificate(), r->value[3]);
	free(p);
}

static const struct curve_row {
	const char *group;
	size_t half, protected_n;
	uint8_t protected[4];
} curves[] = {
	{ "P-256", 32, 3, { 0xa1, 1, 0x26 } },
	{ "P-384", 48, 4, { 0xa1, 1, 0x38, 0x22 } },
	{ "P-521", 66, 4, { 0xa1, 1, 0x38, 0x23 } },
};

static uint8_t der[4096], key_pem[4096], cert_pem[4096];
static size_t der_n, key_n, cert_n;

struct span
image_certificate(void)
{
	return span_of(der, der_n);
}

struct span
image_key_pem(void)
{
	return span_of(key_pem, key_n);
}

struct span
image_certificate_pem(void)
{
	return span_of(cert_pem, cert_n);
}

static size_t
drain(BIO *b, uint8_t *to, size_t cap)
{
	int n = BIO_read(b, to, (int)cap);

	BIO_free(b);
	return n > 0 ? (size_t)n : 0;
}

static EVP_PKEY *
make_certificate(enum image_curve c)
{
	EVP_PKEY *k = EVP_EC_gen(curves[c].group);
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	unsigned char *p = der;
	BIO *b = BIO_new(BIO_s_mem()), *kb = BIO_new(BIO_s_mem());

	ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"t", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, k);
	if (X509_sign(x, k, EVP_sha384()) <= 0)
		abort();
	der_n = (size_t)i2d_X509(x, &p);
	if (PEM_write_bio_X509(b, x) != 1 ||
	    PEM_write_bio_PrivateKey(kb, k, NULL, NULL, 0, NULL, NULL) != 1)
		abort();
	cert_n = drain(b, cert_pem, sizeof cert_pem);
	key_n = drain(kb, key_pem, sizeof key_pem);
	X509_free(x);
	return k;
}

static void
head(struct out *o, unsigned major, uint64_t n)
{
	if (n < 24)
		be(o, 1, major << 5 | n);
	else if (n < 256)
		be(o, 2, (uint64_t)(major << 5 | 24) << 8 | n);
	else
		be(o, 3, (uint64_t)(major << 5 | 25) << 16 | n);
}

static void
string(struct out *o, unsigned major, const void *p, size_t n)
{
	head(o, major, n);
	out_put(o, p, n);
}

static void
numbers(struct out *o, const uint8_t *p, size_t n)
{
	head(o, 4, n);
	for (size_t i = 0; i < n; i++)
		head(o, 0, p[i]);
}

static void
sign(EVP_PKEY *k, enum image_curve alg, struct span tbs, uint8_t *rs)
{
	static const EVP_MD *(*const md[])(
	    void) = { EVP_sha256, EVP_sha384, EVP_sha512 };
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t sig[256];
	const unsigned char *p = sig;
	size_t n = sizeof sig;
	int half = (int)curves[alg].half;
	ECDSA_SIG *s;

	if (EVP_DigestSignInit(c, NULL, md[alg](), NULL, k) != 1 ||
	    EVP_DigestSign(c, sig, &n, tbs.p, tbs.n) != 1)
		abort();
	s = d2i_ECDSA_SIG(NULL, &p, (long)n);
	if (BN_bn2binpad(ECDSA_SIG_get0_r(s), rs, half) != half ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(s), rs + half, half) != half)
		abort();
	ECDSA_SIG_free(s);
	EVP_MD_CTX_free(c);
}

static struct span
make_cose(const struct image_signature *s, EVP_PKEY *k, uint8_t *buf)
{
	const struct curve_row *a = &curves[s->alg];
	uint8_t payload[256], tbs[512], rs[132] = { 0 };
	struct out p = out_of(payload, sizeof payload);
	struct out t = out_of(tbs, sizeof tbs), o = out_of(buf, 1024);

	head(&p, 5, 2);
	string(&p, 3, "register_index", 14);
	head(&p, 0, s->index);
	string(&p, 3, "register_value", 14);
	numbers(&p, s->value, PCR_SIZE);
	head(&t, 4, 4);
	string(&t, 3, "Signature1", 10);
	string(&t, 2, a->protected, a->protected_n);
	string(&t, 2, "", 0);
	string(&t, 2, payload, p.n);
	if (s->cert_curve == s->alg)
		sign(k, s->alg, out_span(&t), rs);
	rs[5] ^= s->flip;
	head(&o, 4, 4);
	string(&o, 2, a->protected, a->protected_n);
	head(&o, 5, 0);
	string(&o, 2, payload, p.n);
	string(&o, 2, rs, 2 * a->half);
	return out_span(&o);
}

struct span
image_sign(const struct image_signature *s, uint8_t *buf)
{
	struct out o = out_of(buf, EIF_SIGNATURE_MAX);
	EVP_PKEY *k = make_certificate(s->cert_curve);
	uint8_t cose[1024];
	struct span c = make_cose(s, k, cose);

	head(&o, 4, s->elements);
	for (unsigned i = 0; i < s->elements; i++) {
		head(&o, 5, 2);
		string(&o, 3, "signing_certificate", 19);
		numbers(&o, cert_pem, cert_n);
		string(&o, 3, "signature", 9);
		numbers(&o, c.p, c.n);
	}
	EVP_PKEY_free(k);
	if (o.full)
		abort();
	return out_span(&o);
}
