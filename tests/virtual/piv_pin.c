/* SPDX-License-Identifier: ISC */
#include <openssl/crypto.h>

#include "piv_card.h"
#include "piv_store.h"

#define REF_PIN 0x80
#define REF_PUK 0x81

static unsigned
wrong(uint8_t *left)
{
	(*left)--;
	return *left > 0 ? PIV_TRIES | *left : PIV_BLOCKED;
}

unsigned
piv_pin_verify(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	struct piv_nv *nv = &c->nv;

	(void)r;
	if (a->p2 != REF_PIN)
		return PIV_REFERENCE;
	if (a->p1 == 0xff) {
		c->s.pin_ok = false;
		return PIV_OK;
	}
	if (a->data.n == 0 && c->s.pin_ok)
		return PIV_OK;
	if (nv->pin_left == 0)
		return PIV_BLOCKED;
	if (a->data.n == 0)
		return PIV_TRIES | nv->pin_left;
	if (a->data.n != sizeof nv->pin)
		return PIV_DATA;
	c->changed = true;
	c->s.pin_ok = CRYPTO_memcmp(a->data.p, nv->pin, sizeof nv->pin) == 0;
	if (!c->s.pin_ok)
		return wrong(&nv->pin_left);
	nv->pin_left = nv->pin_tries;
	return PIV_OK;
}

/* CHANGE REFERENCE DATA of either, and RESET RETRY COUNTER: the PUK opens, a
 * new PIN follows. */
unsigned
piv_pin_change(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	struct piv_nv *nv = &c->nv;
	bool unblock = a->ins == 0x2c, puk = unblock || a->p2 == REF_PUK;
	uint8_t *ref = puk ? nv->puk : nv->pin;
	uint8_t *left = puk ? &nv->puk_left : &nv->pin_left;

	(void)r;
	if (a->data.n != 16)
		return PIV_LENGTH;
	if (*left == 0)
		return PIV_BLOCKED;
	c->changed = true;
	if (CRYPTO_memcmp(a->data.p, ref, 8) != 0)
		return wrong(left);
	*left = puk ? nv->puk_tries : nv->pin_tries;
	if (unblock || !puk) {
		memcpy(nv->pin, a->data.p + 8, 8);
		nv->pin_left = nv->pin_tries;
	} else {
		memcpy(nv->puk, a->data.p + 8, 8);
	}
	return PIV_OK;
}

unsigned
piv_pin_retries(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	(void)r;
	if (!c->s.mgm_ok || !c->s.pin_ok)
		return PIV_SECURITY;
	if (a->p1 == 0 || a->p2 == 0)
		return PIV_DATA;
	piv_store_factory_pins(&c->nv);
	c->nv.pin_tries = c->nv.pin_left = a->p1;
	c->nv.puk_tries = c->nv.puk_left = a->p2;
	c->changed = true;
	return PIV_OK;
}

/* Only when PIN and PUK are blocked; the attestation key stays. */
unsigned
piv_pin_wipe(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	(void)a, (void)r;
	if (c->nv.pin_left > 0 || c->nv.puk_left > 0)
		return PIV_CONDITIONS;
	piv_store_wipe(&c->nv);
	c->changed = true;
	return PIV_OK;
}
