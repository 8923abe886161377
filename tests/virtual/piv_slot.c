/* SPDX-License-Identifier: ISC */
#include "piv_env.h"
#include "piv_key.h"
#include "piv_store.h"
#include "piv_tlv.h"
#include "tests/lib/piv_cert.h"

#define TAG_ALG 0x80
#define TAG_PIN 0xaa
#define TAG_TOUCH 0xab
#define FORM_USB_A_KEYCHAIN 1

static bool
is_slot(uint8_t id)
{
	return id == 0x9a || (id >= 0x9c && id <= 0x9e) ||
	       (id >= 0x82 && id <= 0x95) || id == PIV_ATTESTATION;
}

static bool
can(const struct piv_card *c, uint8_t alg)
{
	return piv_key_is(alg) &&
	       (alg != PIV_ED25519 || piv_card_is_at_least(c, 5, 7, 0));
}

/* What the command says, and where it says nothing or 0 the slot's own. */
static bool
set_policies(struct piv_slot *s, struct span in)
{
	uint8_t pin = 0, touch = 0;

	(void)piv_tlv_byte(in, TAG_PIN, &pin);
	(void)piv_tlv_byte(in, TAG_TOUCH, &touch);
	if (pin == 0)
		pin = s->id == 0x9c   ? PIV_PIN_ALWAYS
		      : s->id == 0x9e ? PIV_PIN_NEVER
				      : PIV_PIN_ONCE;
	if (touch == 0)
		touch = PIV_TOUCH_NEVER;
	s->pin = pin;
	s->touch = touch;
	return pin <= PIV_PIN_ALWAYS && touch <= PIV_TOUCH_CACHED;
}

static void
put_public(struct out *o, const struct piv_slot *s)
{
	piv_tlv_put(o, 0x86, span_of(s->public, piv_key_public_size(s->alg)));
}

unsigned
piv_slot_generate(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	struct piv_slot new = { .id = a->p2, .origin = PIV_GENERATED }, *s;
	struct span how;
	uint8_t alg = 0, buf[128];
	struct out public = out_of(buf, sizeof buf);
	EVP_PKEY *key;

	if (!c->s.mgm_ok)
		return PIV_SECURITY;
	if (!is_slot(a->p2))
		return PIV_PARAMETERS;
	if (!piv_tlv_find(a->data, 0xac, &how) ||
	    !piv_tlv_byte(how, TAG_ALG, &alg) || !can(c, alg) ||
	    !set_policies(&new, how))
		return PIV_DATA;
	s = piv_store_slot(&c->nv, a->p2, true);
	key = piv_key_new(alg);
	if (s == NULL || key == NULL || !piv_key_keep(&new, key, alg)) {
		EVP_PKEY_free(key);
		return PIV_FULL;
	}
	EVP_PKEY_free(key);
	*s = new;
	c->changed = true;
	put_public(&public, s);
	piv_tlv_put(r, 0x7f49, out_span(&public));
	return PIV_OK;
}

unsigned
piv_slot_import(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	struct piv_slot new = { .id = a->p2, .origin = PIV_IMPORTED }, *s;
	uint8_t tag = a->p1 == PIV_ED25519 ? 0x07 : 0x06;
	struct span private;

	(void)r;
	if (!c->s.mgm_ok)
		return PIV_SECURITY;
	if (!is_slot(a->p2))
		return PIV_PARAMETERS;
	if (!can(c, a->p1) || !piv_tlv_find(a->data, tag, &private) ||
	    !set_policies(&new, a->data) ||
	    !piv_key_import(&new, a->p1, private))
		return PIV_DATA;
	s = piv_store_slot(&c->nv, a->p2, true);
	if (s == NULL)
		return PIV_FULL;
	*s = new;
	c->changed = true;
	return PIV_OK;
}

static void
metadata_pin(const struct piv_nv *nv, bool puk, struct out *r)
{
	bool is = puk ? memcmp(nv->puk, "12345678", 8) == 0
		      : memcmp(nv->pin, "123456\xff\xff", 8) == 0;
	uint8_t alg = 0xff, def = is;
	uint8_t tries[2] = { puk ? nv->puk_tries : nv->pin_tries,
		puk ? nv->puk_left : nv->pin_left };

	piv_tlv_put(r, 1, span_of(&alg, 1));
	piv_tlv_put(r, 5, span_of(&def, 1));
	piv_tlv_put(r, 6, span_of(tries, 2));
}

static void
metadata_mgm(const struct piv_nv *nv, struct out *r)
{
	uint8_t policy[2] = { 0, nv->mgm_touch };
	uint8_t def = piv_store_mgm_is_default(nv);

	piv_tlv_put(r, 1, span_of(&nv->mgm_alg, 1));
	piv_tlv_put(r, 2, span_of(policy, 2));
	piv_tlv_put(r, 5, span_of(&def, 1));
}

unsigned
piv_slot_metadata(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	const struct piv_slot *s = piv_store_slot(&c->nv, a->p2, false);
	uint8_t buf[128];
	struct out public = out_of(buf, sizeof buf);

	if (!piv_card_is_at_least(c, 5, 3, 0))
		return PIV_INSTRUCTION;
	if (a->p2 == 0x80 || a->p2 == 0x81) {
		metadata_pin(&c->nv, a->p2 == 0x81, r);
		return PIV_OK;
	}
	if (a->p2 == 0x9b) {
		metadata_mgm(&c->nv, r);
		return PIV_OK;
	}
	if (s == NULL || s->alg == 0)
		return PIV_REFERENCE;
	put_public(&public, s);
	piv_tlv_put(r, 1, span_of(&s->alg, 1));
	piv_tlv_put(r, 2, span_of((uint8_t[2]){ s->pin, s->touch }, 2));
	piv_tlv_put(r, 3, span_of(&s->origin, 1));
	piv_tlv_put(r, 4, out_span(&public));
	return PIV_OK;
}

/* Only keys that the card made itself. */
unsigned
piv_slot_attest(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	const struct piv_slot *s = piv_store_slot(&c->nv, a->p1, false);
	const struct piv_slot *f9 =
	    piv_store_slot(&c->nv, PIV_ATTESTATION, false);
	const struct piv_object *o =
	    piv_store_object(&c->nv, PIV_F9_OBJECT, false);
	struct piv_cert_fact fact = { .slot = a->p1,
		.form = FORM_USB_A_KEYCHAIN,
		.serial = c->nv.serial };
	struct span der;
	EVP_PKEY *f9_key, *key;
	X509 *f9_cert, *x;

	if (!piv_card_is_at_least(c, 4, 3, 0))
		return PIV_INSTRUCTION;
	if (s == NULL || s->alg == 0 || s->origin != PIV_GENERATED ||
	    f9 == NULL || o == NULL ||
	    !piv_tlv_find(span_of(o->data, o->n), 0x70, &der))
		return PIV_DATA;
	memcpy(fact.firmware, c->nv.firmware, 3);
	fact.policy[0] = s->pin;
	fact.policy[1] = s->touch;
	f9_cert = d2i_X509(NULL, &der.p, (long)der.n);
	if (f9_cert == NULL)
		return PIV_DATA;
	f9_key = piv_key_of(f9);
	key = piv_key_of(s);
	x = piv_cert_leaf(&fact, key, f9_cert, f9_key);
	piv_cert_der(r, x);
	X509_free(x);
	X509_free(f9_cert);
	EVP_PKEY_free(key);
	EVP_PKEY_free(f9_key);
	return PIV_OK;
}
