/* SPDX-License-Identifier: ISC */
#include "piv_card.h"
#include "piv_store.h"
#include "piv_tlv.h"

#define TAG_DISCOVERY 0x7e
#define TAG_PRINTED 0x5fc109

static uint32_t
tag_of(struct span v)
{
	uint32_t tag = 0;

	for (size_t i = 0; i < v.n && i < 4; i++)
		tag = tag << 8 | v.p[i];
	return tag;
}

unsigned
piv_data_get(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	static const uint8_t discovery[] = { 0x7e, 0x12, 0x4f, 0x0b, 0xa0, 0, 0,
		3, 8, 0, 0, 0x10, 0, 1, 0, 0x5f, 0x2f, 2, 0x40, 0 };
	const struct piv_object *o;
	struct span v;

	if (a->p1 != 0x3f || a->p2 != 0xff || !piv_tlv_find(a->data, 0x5c, &v))
		return PIV_DATA;
	if (tag_of(v) == TAG_DISCOVERY) {
		out_put(r, discovery, sizeof discovery);
		return PIV_OK;
	}
	/* The printed information, where a PIN-protected management key is
	 * kept. */
	if (tag_of(v) == TAG_PRINTED && !c->s.pin_ok)
		return PIV_SECURITY;
	o = piv_store_object(&c->nv, tag_of(v), false);
	if (o == NULL || o->n == 0)
		return PIV_NOT_FOUND;
	piv_tlv_put(r, 0x53, span_of(o->data, o->n));
	return PIV_OK;
}

unsigned
piv_data_put(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	struct piv_object *o;
	struct span tag, v;

	(void)r;
	if (!c->s.mgm_ok)
		return PIV_SECURITY;
	if (!piv_tlv_find(a->data, 0x5c, &tag) || tag.n != 3 ||
	    !piv_tlv_find(a->data, 0x53, &v) || v.n > PIV_OBJECT_MAX)
		return PIV_DATA;
	o = piv_store_object(&c->nv, tag_of(tag), true);
	if (o == NULL)
		return PIV_FULL;
	if (v.n > 0)
		memcpy(o->data, v.p, v.n);
	o->n = (uint16_t)v.n;
	if (v.n == 0)
		o->tag = 0;
	c->changed = true;
	return PIV_OK;
}
