/* SPDX-License-Identifier: ISC */
#include "piv_card.h"

#include <sodium.h>

#include "chain/evidence.h"
#include "chain/hash.h"
#include "chain/p384.h"
#include "chain/sshsig.h"
#include "cli/fail.h"
#include "piv_tlv.h"

#define OK_SW PIV_CARD_OK
#define PIN_SIZE 8
#define PUBLIC_MAX 97
#define PIN_MIN 6
#define TAG_F9 0x5fff01

/* SP 800-78-4 table 6-2; Ed25519: Yubico, firmware 5.7. */
static const struct row {
	uint8_t alg;
	enum key_type type;
} rows[] = {
	{ 0x11, KEY_P256 },
	{ 0x14, KEY_P384 },
	{ 0xe0, KEY_ED25519 },
};

static enum err
other_type(void)
{
	fail_hint("chains take Ed25519, P-256 and P-384 keys");
	return fail_with(ERR_KEY_SCHEME,
	    "The slot holds a key that is of none of these types.");
}

static enum err
type_of(uint8_t alg, enum key_type *type)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].alg == alg) {
			*type = rows[i].type;
			return OK;
		}
	return other_type();
}

uint8_t
piv_card_alg(enum key_type type)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].type == type)
			return rows[i].alg;
	return 0;
}

bool
piv_card_is_at_least(const struct piv_card *c, unsigned major, unsigned minor,
    unsigned patch)
{
	const uint8_t *v = c->firmware;

	return (unsigned)(v[0] << 16 | v[1] << 8 | v[2]) >=
	       (major << 16 | minor << 8 | patch);
}

static enum err
read_serial(struct piv_card *c)
{
	static const uint8_t head[3] = { 0xf8, 0, 0 };
	uint8_t buf[PIV_CARD_COMMAND];
	struct out o = out_of(buf, sizeof buf);
	unsigned sw;

	TRY(piv_card_apdu(c, head, span_of(NULL, 0), &o, &sw));
	c->has_serial = sw == OK_SW;
	if (!c->has_serial)
		return OK;
	if (o.n != 4)
		return piv_card_garbled("tell its number");
	c->serial = (uint32_t)buf[0] << 24 | (uint32_t)buf[1] << 16 |
		    (uint32_t)buf[2] << 8 | buf[3];
	return OK;
}

enum err
piv_card_select(struct piv_card *c)
{
	static const uint8_t select[3] = { 0xa4, 4, 0 };
	static const uint8_t version[3] = { 0xfd, 0, 0 };
	static const uint8_t piv[] = { 0xa0, 0, 0, 3, 8 };
	uint8_t buf[PIV_CARD_COMMAND];
	struct out o = out_of(buf, sizeof buf);
	unsigned sw;

	TRY(piv_card_apdu(c, select, span_of(piv, sizeof piv), &o, &sw));
	if (sw != OK_SW)
		return piv_card_refused(sw, "choose PIV");
	o.n = 0;
	TRY(piv_card_apdu(c, version, span_of(NULL, 0), &o, &sw));
	if (sw != OK_SW)
		return piv_card_refused(sw, "tell its version");
	if (o.n != sizeof c->firmware)
		return piv_card_garbled("tell its version");
	memcpy(c->firmware, buf, o.n);
	return read_serial(c);
}

enum err
piv_card_blob(enum key_type type, struct span public, uint8_t buf[KEY_BLOB_MAX],
    struct span *blob)
{
	struct out o = out_of(buf, KEY_BLOB_MAX);

	key_blob(&o, type, public);
	*blob = out_span(&o);
	return !o.full && key_parse(*blob, NULL, NULL, NULL) == OK
		   ? OK
		   : piv_card_garbled("show the key");
}

/* GET METADATA: 01 algorithm, 02 policies, 03 origin, 04 public key. */
static enum err
read_metadata(struct span in, struct piv_key *k)
{
	struct span alg, policy, origin, outer, public;
	enum key_type type;

	if (!piv_tlv_get(in, 1, &alg) || alg.n != 1)
		return piv_card_garbled("describe the key");
	TRY(type_of(alg.p[0], &type));
	if (!piv_tlv_get(in, 2, &policy) || policy.n != 2 ||
	    !piv_tlv_get(in, 3, &origin) || origin.n != 1 ||
	    !piv_tlv_get(in, 4, &outer) || !piv_tlv_get(outer, 0x86, &public))
		return piv_card_garbled("describe the key");
	/* Fingerprints stand in for a PIN; what is not known is asked for. */
	k->pin = policy.p[0] <= PIV_PIN_ALWAYS ? (enum piv_pin)policy.p[0]
					       : PIV_PIN_UNKNOWN;
	k->touch = policy.p[1] <= PIV_TOUCH_CACHED ? (enum piv_touch)policy.p[1]
						   : PIV_TOUCH_UNKNOWN;
	k->imported = origin.p[0] != 1;
	k->type = type;
	return piv_card_blob(type, public, k->blob_buf, &k->blob);
}

static unsigned long
certificate_tag(uint8_t slot)
{
	switch (slot) {
	case 0x9a:
		return 0x5fc105;
	case 0x9c:
		return 0x5fc10a;
	case 0x9d:
		return 0x5fc10b;
	case 0x9e:
		return 0x5fc101;
	default:
		return 0x5fc10dUL + (slot - 0x82UL);
	}
}

/* A certificate's DER in a data object; empty: no such object. */
static enum err
certificate(struct piv_card *c, unsigned long tag, struct out *der)
{
	uint8_t buf[PIV_CARD_ANSWER];
	struct out o = out_of(buf, sizeof buf);
	struct span v, info;

	TRY(piv_card_object(c, tag, &o));
	if (o.n == 0)
		return OK;
	/* 71: 1 would be a compressed one. */
	if (!piv_tlv_get(out_span(&o), 0x70, &v) ||
	    (piv_tlv_get(out_span(&o), 0x71, &info) &&
		(info.n != 1 || info.p[0] != 0)))
		return piv_card_garbled("show a certificate");
	out_put(der, v.p, v.n);
	return der->full ? piv_card_garbled("show a certificate") : OK;
}

static enum err
key_of_certificate(struct piv_card *c, uint8_t slot, struct piv_key *k)
{
	uint8_t buf[PIV_CARD_ANSWER], point[PUBLIC_MAX];
	struct out der = out_of(buf, sizeof buf);
	struct out public = out_of(point, sizeof point);
	enum key_type type;

	TRY(certificate(c, certificate_tag(slot), &der));
	if (der.n == 0)
		return ERR_KEY_MISSING;
	if (evidence_key(out_span(&der), &type, &public) != OK)
		return other_type();
	/* SP 800-73-4: only the key of slot 9e needs no PIN. */
	k->pin = slot == 0x9e ? PIV_PIN_NEVER : PIV_PIN_UNKNOWN;
	k->touch = PIV_TOUCH_UNKNOWN;
	k->type = type;
	return piv_card_blob(type, out_span(&public), k->blob_buf, &k->blob);
}

enum err
piv_card_key(struct piv_card *c, uint8_t slot, struct piv_key *k)
{
	const uint8_t head[3] = { 0xf7, 0, slot };
	uint8_t buf[PIV_CARD_ANSWER];
	struct out o = out_of(buf, sizeof buf);
	unsigned sw;

	memset(k, 0, sizeof *k);
	if (!piv_card_is_at_least(c, 5, 3, 0))
		return key_of_certificate(c, slot, k);
	TRY(piv_card_apdu(c, head, span_of(NULL, 0), &o, &sw));
	if (sw == 0x6a88 || sw == 0x6a82)
		return ERR_KEY_MISSING;
	if (sw != OK_SW)
		return piv_card_refused(sw, "describe the key");
	return read_metadata(out_span(&o), k);
}

enum err
piv_card_tries(struct piv_card *c, int *left)
{
	static const uint8_t head[3] = { 0x20, 0, 0x80 };
	unsigned sw;

	*left = -1;
	TRY(piv_card_apdu(c, head, span_of(NULL, 0), NULL, &sw));
	if (sw >> 4 == 0x63c)
		*left = (int)(sw & 15);
	if (sw == 0x6983 || *left == 0)
		return ERR_PIN_BLOCKED;
	return *left > 0 || sw == OK_SW ? OK
					: piv_card_refused(sw, "count tries");
}

enum err
piv_card_pin(struct piv_card *c, struct span pin, int *left)
{
	static const uint8_t head[3] = { 0x20, 0, 0x80 };
	uint8_t *padded;
	unsigned sw;
	enum err e;

	if (pin.n < PIN_MIN || pin.n > PIN_SIZE)
		return ERR_PIN;
	padded = sodium_malloc(PIN_SIZE);
	if (padded == NULL)
		return ERR_OUT_OF_MEMORY;
	memset(padded, 0xff, PIN_SIZE);
	memcpy(padded, pin.p, pin.n);
	e = piv_card_apdu(c, head, span_of(padded, PIN_SIZE), NULL, &sw);
	sodium_free(padded);
	TRY(e);
	if (sw >> 4 == 0x63c)
		*left = (int)(sw & 15);
	if (sw == 0x6983 || (sw >> 4 == 0x63c && *left == 0)) {
		*left = 0;
		return ERR_PIN_BLOCKED;
	}
	if (sw >> 4 == 0x63c)
		return ERR_PIN;
	return sw == OK_SW ? OK : piv_card_refused(sw, "check the PIN");
}

/* What GENERAL AUTHENTICATE signs: the hash, or with Ed25519 all of it. */
static enum err
to_be_signed(enum key_type type, struct span tbs, uint8_t hash[48],
    struct span *data)
{
	struct h32 h;

	if (type == KEY_ED25519) {
		*data = tbs;
		return OK;
	}
	if (type == KEY_P384) {
		*data = span_of(hash, 48);
		return hash_sha384(&tbs, 1, hash);
	}
	TRY(hash_sha256(tbs, &h));
	memcpy(hash, h.b, sizeof h.b);
	*data = span_of(hash, sizeof h.b);
	return OK;
}

/* The card's DER, or Ed25519's 64 bytes, as r || s. */
static enum err
chain_form(enum key_type type, struct span in, uint8_t sig[KEY_SIG_MAX],
    size_t *n)
{
	static const uint8_t zeros[P384_SIZE];
	uint8_t wide[P384_SIG];
	size_t half, skip;

	*n = key_sig_size(type);
	half = *n / 2;
	skip = P384_SIZE - half;
	if (type == KEY_ED25519) {
		if (in.n != *n)
			return piv_card_garbled("sign");
		memcpy(sig, in.p, in.n);
		return OK;
	}
	if (!p384_sig_der(in, wide) || memcmp(wide, zeros, skip) != 0 ||
	    memcmp(wide + P384_SIZE, zeros, skip) != 0)
		return piv_card_garbled("sign");
	memcpy(sig, wide + skip, half);
	memcpy(sig + half, wide + P384_SIZE + skip, half);
	return sshsig_low_s(type, sig, *n) == OK ? OK
						 : piv_card_garbled("sign");
}

enum err
piv_card_sign(struct piv_card *c, uint8_t slot, const struct piv_key *k,
    struct span tbs, uint8_t sig[KEY_SIG_MAX], size_t *n)
{
	const uint8_t head[3] = { 0x87, piv_card_alg(k->type), slot };
	uint8_t hash[48], inner_buf[256], outer_buf[300];
	uint8_t answer_buf[PIV_CARD_COMMAND];
	struct out inner = out_of(inner_buf, sizeof inner_buf);
	struct out outer = out_of(outer_buf, sizeof outer_buf);
	struct out answer = out_of(answer_buf, sizeof answer_buf);
	struct span data, dynamic, signature;
	unsigned sw;

	TRY(to_be_signed(k->type, tbs, hash, &data));
	piv_tlv_put(&inner, 0x82, span_of(NULL, 0));
	piv_tlv_put(&inner, 0x81, data);
	piv_tlv_put(&outer, 0x7c, out_span(&inner));
	if (inner.full || outer.full)
		return ERR_NO_SPACE;
	TRY(piv_card_apdu(c, head, out_span(&outer), &answer, &sw));
	if (sw == 0x6982)
		return ERR_TOUCH;
	if (sw != OK_SW)
		return piv_card_refused(sw, "sign");
	if (!piv_tlv_get(out_span(&answer), 0x7c, &dynamic) ||
	    !piv_tlv_get(dynamic, 0x82, &signature))
		return piv_card_garbled("sign");
	return chain_form(k->type, signature, sig, n);
}

enum err
piv_card_object(struct piv_card *c, unsigned long tag, struct out *o)
{
	static const uint8_t head[3] = { 0xcb, 0x3f, 0xff };
	const uint8_t which[5] = { 0x5c, 3, (uint8_t)(tag >> 16),
		(uint8_t)(tag >> 8), (uint8_t)tag };
	uint8_t buf[PIV_CARD_ANSWER];
	struct out answer = out_of(buf, sizeof buf);
	struct span v = { NULL, 0 };
	unsigned sw;
	enum err e =
	    piv_card_apdu(c, head, span_of(which, sizeof which), &answer, &sw);

	if (e == OK && sw == OK_SW &&
	    (!piv_tlv_get(out_span(&answer), 0x53, &v)))
		e = piv_card_garbled("show an object");
	if (e == OK && sw == OK_SW)
		out_put(o, v.p, v.n);
	/* The printed information may hold a management key. */
	sodium_memzero(buf, sizeof buf);
	TRY(e);
	if (sw != OK_SW && sw != 0x6a82)
		return piv_card_refused(sw, "show an object");
	return o->full ? piv_card_garbled("show an object") : OK;
}

enum err
piv_card_attest(struct piv_card *c, uint8_t slot, struct out *leaf,
    struct out *device)
{
	const uint8_t head[3] = { 0xf9, slot, 0 };
	unsigned sw;

	TRY(piv_card_apdu(c, head, span_of(NULL, 0), leaf, &sw));
	if (sw == 0x6a80 || sw == 0x6a82 || sw == 0x6a88)
		return fail_with(ERR_DEVICE_REFUSED,
		    "The key was not made in the device, so the device does "
		    "not speak for it.");
	if (sw != OK_SW)
		return piv_card_refused(sw, "attest");
	TRY(certificate(c, TAG_F9, device));
	return device->n > 0
		   ? OK
		   : fail_with(ERR_DEVICE_REFUSED,
			 "The device's own certificate (slot f9) is gone.");
}
