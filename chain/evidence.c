/* SPDX-License-Identifier: ISC */
#include "evidence.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "der.h"
#include "hash.h"
#include "pem.h"
#include "text.h"

/* Yubico's arc 1.3.6.1.4.1.41482.3, without its last number. */
#define ARC 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0xc4, 0x0a, 0x03
#define ARC_SIZE 10 /* with it */
#define FIRMWARE 3
#define SERIAL 7
#define POLICY 8
#define FORM 9
#define FIPS 10

#define KEY_NAME "YubiKey PIV Attestation "
#define ISSUER_NAME "Yubico PIV Attestation "
/* This one signs issuers of FIDO, OpenPGP and other devices too. */
#define MIXED_ROOT "Yubico Attestation Root 1"
#define SECURITY_LEVEL 2 /* 112 bits: RSA 2048, SHA-224 */

static const struct h32 yubico[] = {
	{ { 0x63, 0xec, 0xe9, 0x14, 0xe5, 0x4d, 0xd8, 0x79, 0x15, 0xf3, 0x40,
	    0x33, 0xc8, 0x5a, 0xf4, 0xc0, 0x69, 0x6b, 0xa1, 0x51, 0x2f, 0x8a,
	    0xdd, 0x66, 0xce, 0xd7, 0x38, 0x33, 0x12, 0x07, 0xb5, 0x46 } },
	{ { 0x62, 0x76, 0x0c, 0x6a, 0x6e, 0xf9, 0x16, 0x79, 0xf4, 0x54, 0xc8,
	    0x90, 0x2b, 0x80, 0xfd, 0x00, 0x98, 0x25, 0xb3, 0xf2, 0x5d, 0xa9,
	    0x0f, 0x1f, 0xba, 0xce, 0x2e, 0xc6, 0x58, 0x6c, 0xd5, 0xa8 } },
};

/* Certificates as libcrypto has them.  Released by chain_free. */
struct chain {
	X509 *cert[EVIDENCE_CERTS];
	size_t n;
};

static void
chain_free(struct chain *c)
{
	for (size_t i = 0; i < c->n; i++)
		X509_free(c->cert[i]);
	c->n = 0;
}

static void
store_free(X509_STORE **s)
{
	X509_STORE_free(*s);
}

static void
context_free(X509_STORE_CTX **c)
{
	X509_STORE_CTX_free(*c);
}

static void
stack_free(STACK_OF(X509) * *s)
{
	sk_X509_free(*s);
}

#define CHAIN struct chain __attribute__((cleanup(chain_free)))

bool
evidence_root_is_yubico(const struct h32 *h)
{
	for (size_t i = 0; i < sizeof yubico / sizeof yubico[0]; i++)
		if (h32_eq(&yubico[i], h))
			return true;
	return false;
}

/* One certificate, nothing after it; NULL: it is none. */
static X509 *
parse(struct span der)
{
	const uint8_t *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);

	if (x != NULL && p != der.p + der.n) {
		X509_free(x);
		x = NULL;
	}
	return x;
}

static enum err
read_bundle(struct span bundle, struct chain *c)
{
	uint8_t buf[EVIDENCE_MAX];
	struct span der;

	c->n = 0;
	if (bundle.n > EVIDENCE_MAX)
		return ERR_TOO_LARGE;
	while (!pem_end(bundle)) {
		if (c->n == EVIDENCE_CERTS ||
		    !pem_next(&bundle, buf, sizeof buf, &der))
			return ERR_EVIDENCE_BAD;
		c->cert[c->n] = parse(der);
		if (c->cert[c->n] == NULL)
			return ERR_EVIDENCE_BAD;
		c->n++;
	}
	return c->n >= 2 ? OK : ERR_EVIDENCE_BAD;
}

/* The only common name of a name; borrowed from it. */
static bool
common_name(const X509_NAME *name, struct span *cn)
{
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	const ASN1_STRING *s;

	if (at < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0)
		return false;
	s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	*cn = span_of(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
	return ASN1_STRING_type(s) == V_ASN1_UTF8STRING ||
	       ASN1_STRING_type(s) == V_ASN1_PRINTABLESTRING;
}

static bool
begins(struct span s, const char *with)
{
	return s.n > strlen(with) && memcmp(s.p, with, strlen(with)) == 0;
}

static enum err
trust(X509_STORE *store, struct span root)
{
	X509 *x = parse(root);
	bool added =
	    store != NULL && x != NULL && X509_STORE_add_cert(store, x) == 1;

	X509_free(x);
	return added ? OK : ERR_EVIDENCE_BAD;
}

/* libcrypto's own check of signatures, names, path lengths and critical
 * extensions. */
static enum err
run_check(X509_STORE_CTX *ctx, X509_STORE *store, STACK_OF(X509) * between,
    X509 *leaf)
{
	X509_VERIFY_PARAM *how;

	if (X509_STORE_CTX_init(ctx, store, leaf, between) != 1)
		return ERR_CRYPTO;
	how = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_depth(how, EVIDENCE_CERTS);
	X509_VERIFY_PARAM_set_auth_level(how, SECURITY_LEVEL);
	if (X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_NO_CHECK_TIME) != 1)
		return ERR_CRYPTO;
	return X509_verify_cert(ctx) == 1 ? OK : ERR_EVIDENCE_BAD;
}

/* What was checked is the bundle, each certificate of it and in its order,
 * and one root after it. */
static enum err
check_order(const struct chain *c, const STACK_OF(X509) * path)
{
	if (sk_X509_num(path) != (int)c->n + 1)
		return ERR_EVIDENCE_BAD;
	for (size_t i = 0; i < c->n; i++)
		if (X509_cmp(sk_X509_value(path, (int)i), c->cert[i]) != 0)
			return ERR_EVIDENCE_BAD;
	/* 1: by basicConstraints, not by what else may be taken for it. */
	for (int i = 1; i <= (int)c->n; i++)
		if (X509_check_ca(sk_X509_value(path, i)) != 1)
			return ERR_EVIDENCE_BAD;
	return X509_check_ca(c->cert[0]) == 0 ? OK : ERR_EVIDENCE_BAD;
}

/* The device's certificate comes from the root of PIV devices itself, or from
 * an issuer of PIV devices. */
static enum err
check_issuer(const struct chain *c)
{
	struct span cn;

	if (!common_name(X509_get_issuer_name(c->cert[1]), &cn))
		return ERR_EVIDENCE_BAD;
	if (c->n > 2)
		return begins(cn, ISSUER_NAME) ? OK : ERR_EVIDENCE_BAD;
	return span_is(cn, MIXED_ROOT) ? ERR_EVIDENCE_BAD : OK;
}

static enum err
check_chain(const struct chain *c, struct span root)
{
	X509_STORE *store __attribute__((cleanup(store_free))) =
	    X509_STORE_new();
	X509_STORE_CTX *ctx __attribute__((cleanup(context_free))) =
	    X509_STORE_CTX_new();
	STACK_OF(X509) * between __attribute__((cleanup(stack_free))) =
	    sk_X509_new_null();

	if (ctx == NULL || between == NULL)
		return ERR_CRYPTO;
	for (size_t i = 1; i < c->n; i++)
		if (sk_X509_push(between, c->cert[i]) <= 0)
			return ERR_CRYPTO;
	TRY(trust(store, root));
	TRY(run_check(ctx, store, between, c->cert[0]));
	TRY(check_order(c, X509_STORE_CTX_get0_chain(ctx)));
	return check_issuer(c);
}

/* One root after another: of several that bear one name libcrypto tries only
 * the first. */
static enum err
check_roots(const struct chain *c, const struct span *root, size_t n,
    size_t *which)
{
	enum err e = ERR_EVIDENCE_BAD;

	for (size_t i = 0; i < n; i++) {
		e = check_chain(c, root[i]);
		*which = i;
		if (e != ERR_EVIDENCE_BAD)
			return e;
	}
	return e;
}

/* The contents of Yubico's extension of this number, n bytes; borrowed.
 * *there: it is there, once.  Twice is an error. */
static enum err
extension(const X509 *x, uint8_t number, bool *there, struct span *v)
{
	const uint8_t oid[ARC_SIZE] = { ARC, number };

	*there = false;
	for (int i = 0; i < X509_get_ext_count(x); i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);
		const ASN1_OBJECT *o = X509_EXTENSION_get_object(e);
		const ASN1_OCTET_STRING *s = X509_EXTENSION_get_data(e);

		if (!span_eq(span_of(OBJ_get0_data(o), OBJ_length(o)),
			span_of(oid, sizeof oid)))
			continue;
		if (*there)
			return ERR_EVIDENCE_FIELDS;
		*there = true;
		*v = span_of(ASN1_STRING_get0_data(s),
		    (size_t)ASN1_STRING_length(s));
	}
	return OK;
}

static enum err
read_serial(const X509 *leaf, struct evidence *ev)
{
	struct span v, n;

	TRY(extension(leaf, SERIAL, &ev->has_serial, &v));
	if (!ev->has_serial)
		return OK;
	if (!der_uint(&v, &n) || v.n != 0 || n.n > 4)
		return ERR_EVIDENCE_FIELDS;
	for (size_t i = 0; i < n.n; i++)
		ev->serial = ev->serial << 8 | n.p[i];
	return OK;
}

static enum err
read_policy(const X509 *leaf, struct evidence *ev)
{
	struct span v;
	bool there;

	TRY(extension(leaf, POLICY, &there, &v));
	if (!there || v.n != 2 || v.p[0] < EVIDENCE_PIN_NEVER ||
	    v.p[0] > EVIDENCE_PIN_MATCH_ALWAYS ||
	    v.p[1] < EVIDENCE_TOUCH_NEVER || v.p[1] > EVIDENCE_TOUCH_CACHED)
		return ERR_EVIDENCE_FIELDS;
	ev->pin = (enum evidence_pin)v.p[0];
	ev->touch = (enum evidence_touch)v.p[1];
	return OK;
}

/* The slots that hold keys of people: SP 800-73-4, and the retired ones. */
static bool
is_slot(uint8_t s)
{
	return s == 0x9a || (s >= 0x9c && s <= 0x9e) ||
	       (s >= 0x82 && s <= 0x95);
}

static enum err
read_slot(const X509 *leaf, struct evidence *ev)
{
	size_t n = strlen(KEY_NAME);
	struct span cn;

	if (!common_name(X509_get_subject_name(leaf), &cn) ||
	    !begins(cn, KEY_NAME) ||
	    !text_unhex(span_of(cn.p + n, cn.n - n), &ev->slot, 1) ||
	    !is_slot(ev->slot))
		return ERR_EVIDENCE_FIELDS;
	return OK;
}

static enum err
read_fields(const struct chain *c, struct evidence *ev)
{
	const X509 *leaf = c->cert[0];
	struct span v;
	bool there;

	TRY(extension(leaf, FIRMWARE, &there, &v));
	if (!there || v.n != sizeof ev->firmware)
		return ERR_EVIDENCE_FIELDS;
	memcpy(ev->firmware, v.p, v.n);
	TRY(read_serial(leaf, ev));
	TRY(read_policy(leaf, ev));
	TRY(extension(leaf, FORM, &there, &v));
	if (there && v.n != 1)
		return ERR_EVIDENCE_FIELDS;
	ev->form = there ? v.p[0] : 0;
	TRY(extension(c->cert[1], FIPS, &ev->fips, &v));
	return read_slot(leaf, ev);
}

static bool
type_of(const X509_ALGOR *alg, enum key_type *type)
{
	const ASN1_OBJECT *oid, *curve = NULL;
	const void *value;
	int kind;

	X509_ALGOR_get0(&oid, &kind, &value, alg);
	if (OBJ_obj2nid(oid) == NID_ED25519) {
		*type = KEY_ED25519;
		return true;
	}
	if (OBJ_obj2nid(oid) != NID_X9_62_id_ecPublicKey ||
	    kind != V_ASN1_OBJECT)
		return false;
	curve = value;
	*type =
	    OBJ_obj2nid(curve) == NID_X9_62_prime256v1 ? KEY_P256 : KEY_P384;
	return *type == KEY_P256 || OBJ_obj2nid(curve) == NID_secp384r1;
}

static enum err
public_of(const X509 *x, enum key_type *type, struct span *public)
{
	const uint8_t *p;
	X509_ALGOR *alg;
	int n;

	if (X509_PUBKEY_get0_param(NULL, &p, &n, &alg,
		X509_get_X509_PUBKEY(x)) != 1 ||
	    n < 0 || !type_of(alg, type))
		return ERR_EVIDENCE_KEY;
	*public = span_of(p, (size_t)n);
	return OK;
}

/* The certificate's key, spelled as SSH does, is the blob. */
static enum err
check_key(const X509 *leaf, struct span blob, enum key_type *type)
{
	uint8_t buf[KEY_BLOB_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct span public;

	TRY(public_of(leaf, type, &public));
	key_blob(&o, *type, public);
	if (o.full || !span_eq(out_span(&o), blob))
		return ERR_EVIDENCE_KEY;
	return key_parse(blob, NULL, NULL, NULL) == OK ? OK : ERR_EVIDENCE_KEY;
}

enum err
evidence_key(struct span certificate, enum key_type *type, struct out *public)
{
	CHAIN c = { .n = 1 };
	struct span v;

	c.cert[0] = parse(certificate);
	if (c.cert[0] == NULL)
		return ERR_EVIDENCE_BAD;
	TRY(public_of(c.cert[0], type, &v));
	out_put(public, v.p, v.n);
	return public->full ? ERR_EVIDENCE_KEY : OK;
}

enum err
evidence_verify(struct span bundle, const struct span *root, size_t root_n,
    struct span blob, struct evidence *ev)
{
	CHAIN c = { .n = 0 };

	memset(ev, 0, sizeof *ev);
	if (root_n > EVIDENCE_ROOTS)
		return ERR_TOO_LARGE;
	TRY(read_bundle(bundle, &c));
	TRY(check_roots(&c, root, root_n, &ev->root));
	TRY(read_fields(&c, ev));
	return check_key(c.cert[0], blob, &ev->type);
}

enum err
evidence_judge(const struct evidence *ev)
{
	const uint8_t *v = ev->firmware;
	bool mended = v[0] > 5 || (v[0] == 5 && v[1] >= 7);

	if (ev->touch != EVIDENCE_TOUCH_ALWAYS || ev->pin == EVIDENCE_PIN_NEVER)
		return ERR_EVIDENCE_WEAK;
	return mended || ev->type == KEY_ED25519 ? OK : ERR_EVIDENCE_WEAK;
}

/* issuer is where x comes from, and no root. */
static bool
leads_to(X509 *x, X509 *issuer)
{
	return X509_NAME_cmp(X509_get_subject_name(issuer),
		   X509_get_issuer_name(issuer)) != 0 &&
	       X509_check_issued(issuer, x) == X509_V_OK;
}

/* The one of them that x comes from.  Not found is no error. */
static enum err
find_issuer(X509 *x, const struct span *cert, size_t n, X509 **issuer,
    struct span *der)
{
	*issuer = NULL;
	for (size_t i = 0; i < n; i++) {
		X509 *candidate = parse(cert[i]);

		if (candidate == NULL)
			return ERR_EVIDENCE_BAD;
		if (leads_to(x, candidate)) {
			*issuer = candidate;
			*der = cert[i];
			return OK;
		}
		X509_free(candidate);
	}
	return OK;
}

static enum err
add_issuers(struct chain *c, const struct span *cert, size_t n,
    struct out *whole)
{
	struct span der;
	X509 *x;

	for (;;) {
		TRY(find_issuer(c->cert[c->n - 1], cert, n, &x, &der));
		if (x == NULL)
			return OK;
		if (c->n == EVIDENCE_CERTS) {
			X509_free(x);
			return ERR_TOO_LARGE;
		}
		c->cert[c->n++] = x;
		pem_put(whole, der);
	}
}

enum err
evidence_complete(struct span bundle, const struct span *cert, size_t n,
    struct out *whole)
{
	CHAIN c = { .n = 0 };

	TRY(read_bundle(bundle, &c));
	out_put(whole, bundle.p, bundle.n);
	TRY(add_issuers(&c, cert, n, whole));
	return whole->full ? ERR_NO_SPACE : OK;
}

bool
evidence_is_root(struct span certificate)
{
	X509 *x = parse(certificate);
	bool is = x != NULL && X509_NAME_cmp(X509_get_subject_name(x),
				   X509_get_issuer_name(x)) == 0;

	X509_free(x);
	return is;
}

const char *
evidence_pin_name(enum evidence_pin p)
{
	static const char *const name[] = { "?", "never", "once", "always",
		"match-once", "match-always" };

	return name[p];
}

const char *
evidence_touch_name(enum evidence_touch t)
{
	static const char *const name[] = { "?", "never", "always", "cached" };

	return name[t];
}
