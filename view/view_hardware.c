/* SPDX-License-Identifier: ISC */
#include "put.h"
#include "view.h"

static const char *
reason(const struct hardware *h)
{
	return h->kind == HARDWARE_CLAIMED ? "not_published" : err_code(h->why);
}

static void
put_device(json_t **o, const struct hardware *h)
{
	const struct evidence *ev = &h->ev;

	put_member(o, "touch", json_string(evidence_touch_name(ev->touch)));
	put_member(o, "pin", json_string(evidence_pin_name(ev->pin)));
	put_member(o, "firmware",
	    json_sprintf("%u.%u.%u", ev->firmware[0], ev->firmware[1],
		ev->firmware[2]));
	put_member(o, "root", view_bytes_h32(&h->root));
	if (evidence_root_is_yubico(&h->root))
		put_member(o, "maker", json_string("Yubico"));
}

json_t *
view_hardware(const struct hardware *h)
{
	bool shown = h->kind == HARDWARE_SHOWN;
	json_t *o = json_object();

	put_member(&o, "verified", json_boolean(shown));
	if (!shown)
		put_member(&o, "reason", json_string(reason(h)));
	if (shown ||
	    (h->kind == HARDWARE_REFUSED && h->why == ERR_EVIDENCE_WEAK))
		put_device(&o, h);
	return o;
}

static bool
put_keys(json_t *list, const struct hardware **of, const struct hardware *end)
{
	json_t *key;
	size_t i;

	json_array_foreach(list, i, key)
	{
		const struct hardware *h = *of;

		if (h == end)
			return false;
		(*of)++;
		if (h->kind != HARDWARE_NONE &&
		    json_object_set_new(key, "hardware", view_hardware(h)) != 0)
			return false;
	}
	return true;
}

bool
view_hardware_put(json_t *policy, const struct hardware *of, size_t n)
{
	const json_t *e = json_object_get(policy, "endorsers");
	const struct hardware *end = of + n;

	return put_keys(json_object_get(policy, "control"), &of, end) &&
	       put_keys(json_object_get(policy, "guardians"), &of, end) &&
	       put_keys(json_object_get(e, "keys"), &of, end) && of == end;
}
