/* SPDX-License-Identifier: ISC */
#include "tests/lib/forge.h"

#include <stdarg.h>
#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "chain/text.h"

static uint8_t arena[64 << 20];
static size_t used;
static EVP_PKEY *keys[1024]; /* so that they can still be reached */
static size_t key_n;

static void
need(bool ok)
{
	if (!ok)
		abort();
}

static uint8_t *
room(size_t n)
{
	uint8_t *p = arena + used;

	need(n <= sizeof arena - used);
	used += n;
	return p;
}

size_t
forge_mark(void)
{
	return used;
}

void
forge_release(size_t mark)
{
	used = mark;
}

uint32_t
forge_dice(uint32_t n)
{
	static uint64_t x = 0x9e3779b97f4a7c15;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % n;
}

struct span
forge_hex(const char *hex)
{
	size_t n = strlen(hex) / 2;
	uint8_t *p = room(n);

	need(text_unhex(span_str(hex), p, n));
	return span_of(p, n);
}

static struct span
cat(size_t n, va_list ap)
{
	struct span r = { arena + used, 0 };

	for (size_t i = 0; i < n; i++) {
		struct span s = va_arg(ap, struct span);

		if (s.n)
			memcpy(room(s.n), s.p, s.n);
		r.n += s.n;
	}
	return r;
}

struct span
forge_cat(size_t n, ...)
{
	va_list ap;
	struct span r;

	va_start(ap, n);
	r = cat(n, ap);
	va_end(ap);
	return r;
}

struct span
forge_fill(uint8_t byte, size_t n)
{
	return span_of(memset(room(n), byte, n), n);
}

struct span
forge_tlv(uint8_t tag, struct span body)
{
	uint8_t head[4] = { tag, (uint8_t)body.n };
	size_t n = 2;

	if (body.n >= 0x100) {
		head[1] = 0x82;
		head[2] = (uint8_t)(body.n >> 8);
		head[3] = (uint8_t)body.n;
		n = 4;
	} else if (body.n >= 0x80) {
		head[1] = 0x81;
		head[2] = (uint8_t)body.n;
		n = 3;
	}
	return forge_cat(2, span_of(head, n), body);
}

struct span
forge_name(const char *cn)
{
	struct span pair = forge_cat(2, forge_hex("0603550403"),
	    forge_tlv(0x0c, span_str(cn)));

	return forge_tlv(0x30, forge_tlv(0x31, forge_tlv(0x30, pair)));
}

static struct span
date(const char *s)
{
	return forge_tlv(strlen(s) == 13 ? 0x17 : 0x18, span_str(s));
}

struct span
forge_validity(const char *from, const char *to)
{
	return forge_tlv(0x30, forge_cat(2, date(from), date(to)));
}

struct span
forge_ext(const char *oid, bool critical, const char *value)
{
	return forge_tlv(0x30, forge_cat(3, forge_tlv(0x06, forge_hex(oid)),
				   forge_hex(critical ? "0101ff" : ""),
				   forge_tlv(0x04, forge_hex(value))));
}

struct span
forge_exts(size_t n, ...)
{
	va_list ap;
	struct span list;

	va_start(ap, n);
	list = cat(n, ap);
	va_end(ap);
	return forge_tlv(0xa3, forge_tlv(0x30, list));
}

struct span
forge_ca(int path_len)
{
	char v[] = "30060101ff0201xx";
	static const char hex[] = "0123456789abcdef";

	if (path_len < 0) {
		return forge_exts(2, forge_ext("551d13", true, "30030101ff"),
		    forge_ext("551d0f", true, "03020186"));
	}
	v[14] = hex[path_len >> 4 & 15];
	v[15] = hex[path_len & 15];
	return forge_exts(2, forge_ext("551d13", true, v),
	    forge_ext("551d0f", true, "03020204"));
}

struct span
forge_leaf(void)
{
	return forge_exts(2, forge_ext("551d13", true, "3000"),
	    forge_ext("551d0f", false, "030206c0"));
}

struct forge_key
forge_key(void)
{
	struct forge_key k;
	uint8_t point[97];
	size_t n = 0;

	k.pkey = EVP_EC_gen("P-384");
	need(k.pkey != NULL && key_n < sizeof keys / sizeof keys[0]);
	keys[key_n++] = k.pkey;
	need(EVP_PKEY_get_octet_string_param(k.pkey, OSSL_PKEY_PARAM_PUB_KEY,
		 point, sizeof point, &n) == 1 &&
	     n == sizeof point);
	memcpy(k.point, point + 1, sizeof k.point);
	return k;
}

struct span
forge_spki(const struct forge_key *k)
{
	return forge_cat(2,
	    forge_hex("3076301006072a8648ce3d020106052b8104002203620004"),
	    span_of(k->point, sizeof k->point));
}

struct forge_cert
forge_cert_default(const char *issuer, const char *subject,
    const struct forge_key *key, struct span exts)
{
	struct span alg = forge_hex("300a06082a8648ce3d040303");

	return (struct forge_cert){
		.version = forge_hex("a003020102"),
		.serial = forge_hex("02020102"),
		.alg = alg,
		.outer_alg = alg,
		.issuer = forge_name(issuer),
		.validity = forge_validity("260101000000Z", "270101000000Z"),
		.subject = forge_name(subject),
		.spki = forge_spki(key),
		.exts = exts,
	};
}

static struct span
tbs_of(const struct forge_cert *c)
{
	return forge_tlv(0x30,
	    forge_cat(8, c->version, c->serial, c->alg, c->issuer, c->validity,
		c->subject, c->spki, c->exts));
}

struct span
forge_cert(const struct forge_cert *c, const struct forge_key *by)
{
	struct span tbs = tbs_of(c);
	struct span sig = c->sig;

	if (sig.n == 0)
		sig = forge_sig_der(forge_sign(by, tbs));
	return forge_tlv(0x30,
	    forge_cat(3, tbs, c->outer_alg,
		forge_tlv(0x03, forge_cat(2, forge_hex("00"), sig))));
}

struct span
forge_sign(const struct forge_key *by, struct span bytes)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[128], *rs = room(96);
	const uint8_t *p = der;
	size_t n = sizeof der;
	ECDSA_SIG *sig;

	need(ctx &&
	     EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, by->pkey) == 1 &&
	     EVP_DigestSign(ctx, der, &n, bytes.p, bytes.n) == 1);
	EVP_MD_CTX_free(ctx);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
	need(sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), rs, 48) == 48 &&
	     BN_bn2binpad(ECDSA_SIG_get0_s(sig), rs + 48, 48) == 48);
	ECDSA_SIG_free(sig);
	return span_of(rs, 96);
}

static struct span
der_int(struct span v)
{
	while (v.n > 1 && v.p[0] == 0)
		v = span_of(v.p + 1, v.n - 1);
	return forge_tlv(0x02,
	    forge_cat(2, forge_hex(v.p[0] & 0x80 ? "00" : ""), v));
}

struct span
forge_sig_der(struct span rs)
{
	return forge_tlv(0x30, forge_cat(2, der_int(span_of(rs.p, 48)),
				   der_int(span_of(rs.p + 48, 48))));
}

struct span
forge_twin(struct span rs)
{
	uint8_t *twin = room(96);
	EC_GROUP *g = EC_GROUP_new_by_curve_name(NID_secp384r1);
	BIGNUM *s = BN_bin2bn(rs.p + 48, 48, NULL);

	memcpy(twin, rs.p, 48);
	need(g && s && BN_sub(s, EC_GROUP_get0_order(g), s) == 1 &&
	     BN_bn2binpad(s, twin + 48, 48) == 48);
	BN_free(s);
	EC_GROUP_free(g);
	return span_of(twin, 96);
}

struct span
forge_head(unsigned major, uint64_t n)
{
	unsigned size = n < 24            ? 0
			: n < 0x100       ? 1
			: n < 0x10000     ? 2
			: n <= UINT32_MAX ? 4
					  : 8;
	unsigned info = size == 0   ? (unsigned)n
			: size == 1 ? 24
			: size == 2 ? 25
			: size == 4 ? 26
				    : 27;
	uint8_t *p = room(1 + size);

	p[0] = (uint8_t)(major << 5 | info);
	for (unsigned i = 0; i < size; i++)
		p[1 + i] = (uint8_t)(n >> 8 * (size - 1 - i));
	return span_of(p, 1 + size);
}

struct span
forge_bytes(struct span v)
{
	struct span head = forge_head(2, v.n);

	return forge_cat(2, head, v);
}

struct span
forge_text(const char *s)
{
	struct span head = forge_head(3, strlen(s));

	return forge_cat(2, head, span_str(s));
}

static struct span
default_pcrs(void)
{
	struct span all = forge_hex("b0");

	for (uint8_t i = 0; i < 16; i++) {
		all = forge_cat(3, all, forge_head(0, i),
		    forge_bytes(forge_fill((uint8_t)(i < 3 ? i + 1 : 0), 48)));
	}
	return all;
}

struct forge_doc
forge_doc_default(struct span leaf, const struct span *ca, size_t n)
{
	struct forge_doc d = {
		.module_id = forge_text("i-0123-enc4567"),
		.digest = forge_text("SHA384"),
		.timestamp = forge_head(0, FORGE_TIME),
		.pcrs = default_pcrs(),
		.certificate = forge_bytes(leaf),
		.cabundle = forge_head(4, n),
		.public_key = forge_hex("f6"),
		.user_data = forge_bytes(span_str("hello")),
		.nonce = forge_hex("f6"),
	};

	for (size_t i = 0; i < n; i++)
		d.cabundle = forge_cat(2, d.cabundle, forge_bytes(ca[i]));
	return d;
}

static struct span
pair(struct span before, const char *key, struct span value)
{
	return value.n ? forge_cat(3, before, forge_text(key), value) : before;
}

struct span
forge_payload(const struct forge_doc *d)
{
	struct span s = forge_hex("bf");

	s = pair(s, "module_id", d->module_id);
	s = pair(s, "digest", d->digest);
	s = pair(s, "timestamp", d->timestamp);
	s = pair(s, "pcrs", d->pcrs);
	s = pair(s, "certificate", d->certificate);
	s = pair(s, "cabundle", d->cabundle);
	s = pair(s, "public_key", d->public_key);
	s = pair(s, "user_data", d->user_data);
	s = pair(s, "nonce", d->nonce);
	return forge_cat(3, s, d->extra, forge_hex("ff"));
}

struct span
forge_sign1(struct span payload, const struct forge_key *leaf)
{
	struct span body = forge_bytes(payload);
	struct span tbs = forge_cat(4, forge_hex("846a"),
	    span_str("Signature1"), forge_hex("44a101382240"), body);

	return forge_cat(3, forge_hex("8444a1013822a0"), body,
	    forge_bytes(forge_sign(leaf, tbs)));
}

struct span
forge_doc(const struct forge_doc *d, const struct forge_key *leaf)
{
	return forge_sign1(forge_payload(d), leaf);
}

struct forge_pki
forge_pki(void)
{
	static const char *const name[] = { "root", "regional", "zonal",
		"instance", "leaf" };
	struct forge_pki p;

	for (size_t i = 0; i <= FORGE_CAS; i++) {
		struct span exts =
		    i == FORGE_CAS
			? forge_leaf()
			: forge_ca(i == 0 ? -1 : (int)(FORGE_CAS - 1 - i));

		p.key[i] = forge_key();
		p.cert[i] = forge_cert_default(name[i ? i - 1 : 0], name[i],
		    &p.key[i], exts);
	}
	p.cert[0].sig =
	    forge_sig_der(forge_sign(&p.key[0], tbs_of(&p.cert[0])));
	return p;
}

struct span
forge_pki_doc(const struct forge_pki *p, struct span *ca, struct span *leaf)
{
	struct span c[FORGE_CAS + 1];
	struct forge_doc d;

	for (size_t i = 0; i <= FORGE_CAS; i++)
		c[i] = forge_cert(&p->cert[i], &p->key[i ? i - 1 : 0]);
	d = forge_doc_default(c[FORGE_CAS], c, FORGE_CAS);
	if (ca)
		memcpy(ca, c, FORGE_CAS * sizeof *ca);
	if (leaf)
		*leaf = c[FORGE_CAS];
	return forge_doc(&d, &p->key[FORGE_CAS]);
}
