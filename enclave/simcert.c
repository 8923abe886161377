/* SPDX-License-Identifier: ISC */
#include "simcert.h"

#include "chain/hash.h"
#include "derput.h"

enum {
	TAG_BOOLEAN = 0x01,
	TAG_BIT_STRING = 0x03,
	TAG_OCTET_STRING = 0x04,
	TAG_OID = 0x06,
	TAG_UTF8_STRING = 0x0c,
	TAG_PRINTABLE_STRING = 0x13,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	TAG_CONTEXT_0 = 0x80,
	TAG_CONTEXT_6 = 0x86,
	TAG_NAME = 0xa0,
	TAG_EXTENSIONS = 0xa3
};

enum { AT_CN = 3, AT_C = 6, AT_ST = 8, AT_O = 10, AT_OU = 11 };

enum {
	EXT_KEY_ID = 14,
	EXT_KEY_USAGE = 15,
	EXT_BASIC = 19,
	EXT_CRL = 31,
	EXT_AUTHORITY = 35
};

/* What real certificates of a level have: facts of the field, not choices. */
static const struct profile {
	bool ca, has_path_len, usage_critical, key_id, authority, crl;
	uint8_t path_len;
	uint8_t usage[2]; /* a BIT STRING: unused bits, bits */
} PROFILE[SIMCERT_LEVELS] = {
	[SIMCERT_ROOT] = { true, false, true, true, false, false, 0,
	    { 1, 0x86 } },
	[SIMCERT_REGIONAL] = { true, true, true, true, true, true, 2,
	    { 1, 0x86 } },
	[SIMCERT_ZONAL] = { true, true, true, true, true, true, 1,
	    { 1, 0x86 } },
	[SIMCERT_INSTANCE] = { true, true, true, true, true, false, 0,
	    { 2, 0x04 } },
	[SIMCERT_LEAF] = { false, false, false, false, false, false, 0,
	    { 6, 0xc0 } },
};

static const uint8_t ECDSA_SHA384[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
	0x48, 0xce, 0x3d, 0x04, 0x03, 0x03 };
/* SubjectPublicKeyInfo of P-384 up to the point's x. */
static const uint8_t SPKI_HEAD[] = { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a,
	0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
	0x22, 0x03, 0x62, 0x00, 0x04 };

static void
put_attribute(struct out *o, uint8_t type, const char *value)
{
	const uint8_t oid[] = { 0x55, 0x04, type };
	size_t set = derput_open(o, TAG_SET);
	size_t pair = derput_open(o, TAG_SEQUENCE);

	derput_item(o, TAG_OID, span_of(oid, sizeof oid));
	derput_item(o, type == AT_C ? TAG_PRINTABLE_STRING : TAG_UTF8_STRING,
	    span_str(value));
	derput_close(o, pair);
	derput_close(o, set);
}

static void
put_name(struct out *o, enum simcert_level level, const char *common_name)
{
	size_t mark = derput_open(o, TAG_SEQUENCE);

	put_attribute(o, AT_C, "US");
	if (level > SIMCERT_REGIONAL)
		put_attribute(o, AT_ST, "Nowhere");
	put_attribute(o, AT_O, "encl simulator");
	put_attribute(o, AT_OU, "not a real enclave");
	put_attribute(o, AT_CN, common_name);
	derput_close(o, mark);
}

static void
put_extension(struct out *o, uint8_t type, bool critical, const struct out *v)
{
	static const uint8_t yes = 0xff;
	const uint8_t oid[] = { 0x55, 0x1d, type };
	size_t mark = derput_open(o, TAG_SEQUENCE);

	derput_item(o, TAG_OID, span_of(oid, sizeof oid));
	if (critical)
		derput_item(o, TAG_BOOLEAN, span_of(&yes, 1));
	derput_item(o, TAG_OCTET_STRING, out_span(v));
	derput_close(o, mark);
	o->full |= v->full;
}

static void
put_basic(struct out *o, const struct profile *p)
{
	static const uint8_t yes = 0xff;
	uint8_t buf[32];
	struct out v = out_of(buf, sizeof buf);
	size_t mark = derput_open(&v, TAG_SEQUENCE);

	if (p->ca)
		derput_item(&v, TAG_BOOLEAN, span_of(&yes, 1));
	if (p->has_path_len)
		derput_uint(&v, span_of(&p->path_len, 1));
	derput_close(&v, mark);
	put_extension(o, EXT_BASIC, true, &v);
}

static void
put_authority(struct out *o, const struct simcert *issuer)
{
	uint8_t buf[64];
	struct out v = out_of(buf, sizeof buf);
	size_t mark = derput_open(&v, TAG_SEQUENCE);

	derput_item(&v, TAG_CONTEXT_0, span_of(issuer->key_id, 20));
	derput_close(&v, mark);
	put_extension(o, EXT_AUTHORITY, false, &v);
}

static void
put_key_id(struct out *o, const struct simcert *c)
{
	uint8_t buf[64];
	struct out v = out_of(buf, sizeof buf);

	derput_item(&v, TAG_OCTET_STRING, span_of(c->key_id, 20));
	put_extension(o, EXT_KEY_ID, false, &v);
}

static void
put_usage(struct out *o, const struct profile *p)
{
	uint8_t buf[16];
	struct out v = out_of(buf, sizeof buf);

	derput_item(&v, TAG_BIT_STRING, span_of(p->usage, sizeof p->usage));
	put_extension(o, EXT_KEY_USAGE, p->usage_critical, &v);
}

/* Real ones name a list that nobody should fetch; this one does not exist. */
static void
put_crl(struct out *o)
{
	static const char url[] = "http://crl.encl.nitro-enclaves.invalid/crl/"
				  "00000000-0000-0000-0000-000000000000.crl";
	uint8_t buf[160];
	struct out v = out_of(buf, sizeof buf);
	size_t points = derput_open(&v, TAG_SEQUENCE);
	size_t point = derput_open(&v, TAG_SEQUENCE);
	size_t name = derput_open(&v, TAG_NAME);
	size_t full_name = derput_open(&v, TAG_NAME);

	derput_item(&v, TAG_CONTEXT_6, span_str(url));
	derput_close(&v, full_name);
	derput_close(&v, name);
	derput_close(&v, point);
	derput_close(&v, points);
	put_extension(o, EXT_CRL, false, &v);
}

static void
put_extensions(struct out *o, const struct simcert *c, enum simcert_level level,
    const struct simcert *issuer)
{
	const struct profile *p = &PROFILE[level];
	size_t outer = derput_open(o, TAG_EXTENSIONS);
	size_t list = derput_open(o, TAG_SEQUENCE);

	put_basic(o, p);
	if (p->authority)
		put_authority(o, issuer);
	if (p->key_id)
		put_key_id(o, c);
	put_usage(o, p);
	if (p->crl)
		put_crl(o);
	derput_close(o, list);
	derput_close(o, outer);
}

static void
put_tbs(struct out *o, const struct simcert *c, enum simcert_level level,
    const uint8_t serial[16], const struct simcert *issuer)
{
	static const uint8_t v3[] = { 0xa0, 0x03, 0x02, 0x01, 0x02 };
	size_t mark = derput_open(o, TAG_SEQUENCE), validity;

	out_put(o, v3, sizeof v3);
	derput_uint(o, span_of(serial, 16));
	out_put(o, ECDSA_SHA384, sizeof ECDSA_SHA384);
	out_put(o, issuer->name, issuer->name_n);
	validity = derput_open(o, TAG_SEQUENCE);
	derput_time(o, c->not_before);
	derput_time(o, c->not_after);
	derput_close(o, validity);
	out_put(o, c->name, c->name_n);
	out_put(o, SPKI_HEAD, sizeof SPKI_HEAD);
	out_put(o, c->key.point, sizeof c->key.point);
	put_extensions(o, c, level, issuer);
	derput_close(o, mark);
}

static void
put_signature(struct out *o, const uint8_t rs[96])
{
	static const uint8_t no_unused_bits = 0;
	size_t mark = derput_open(o, TAG_BIT_STRING);

	out_put(o, &no_unused_bits, 1);
	derput_ecdsa(o, rs);
	derput_close(o, mark);
}

enum err
simcert_issue(struct simcert *c, enum simcert_level level,
    const char *common_name, const uint8_t serial[16],
    const struct simcert *issuer)
{
	struct out name = out_of(c->name, sizeof c->name);
	struct out o = out_of(c->der, sizeof c->der);
	uint8_t digest[48], rs[96];
	struct h32 id;
	struct span tbs;
	size_t mark;

	put_name(&name, level, common_name);
	c->name_n = name.n;
	TRY(hash_sha256(span_of(c->key.point, sizeof c->key.point), &id));
	memcpy(c->key_id, id.b, sizeof c->key_id);
	if (!issuer)
		issuer = c;
	mark = derput_open(&o, TAG_SEQUENCE);
	put_tbs(&o, c, level, serial, issuer);
	tbs = span_of(c->der + mark, o.n - mark);
	TRY(hash_sha384(&tbs, 1, digest));
	TRY(simkey_sign(&issuer->key, digest, rs));
	out_put(&o, ECDSA_SHA384, sizeof ECDSA_SHA384);
	put_signature(&o, rs);
	derput_close(&o, mark);
	c->der_n = o.n;
	return o.full || name.full ? ERR_NO_SPACE : OK;
}
