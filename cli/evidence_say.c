/* SPDX-License-Identifier: ISC */
#include "evidence_say.h"

#include "evidence_store.h"
#include "evidence_trust.h"
#include "mem.h"

static const char *
device(const struct evidence *ev)
{
	return mem_printf("touch %s, PIN %s, firmware %u.%u.%u",
	    evidence_touch_name(ev->touch), evidence_pin_name(ev->pin),
	    ev->firmware[0], ev->firmware[1], ev->firmware[2]);
}

const char *
evidence_say_text(const struct key *k, const struct hardware *h)
{
	const char *hex = mem_hex(h32_span(&k->evidence));

	switch (h->kind) {
	case HARDWARE_NONE:
		break;
	case HARDWARE_CLAIMED:
		return mem_printf("evidence %s, not at hand", hex);
	case HARDWARE_REFUSED:
		return mem_printf("evidence %.16s... does not show hardware: "
				  "%s%s%s",
		    hex, err_code(h->why),
		    h->why == ERR_EVIDENCE_WEAK ? ", " : "",
		    h->why == ERR_EVIDENCE_WEAK ? device(&h->ev) : "");
	case HARDWARE_SHOWN:
		return mem_printf("held in hardware (verified here): %s",
		    device(&h->ev));
	}
	return NULL;
}

const char *
evidence_say_key(const struct key *k)
{
	struct span bundle = span_of(NULL, 0);
	struct hardware h;
	const struct maker *r = evidence_trust_known();

	if (k->has_evidence && !evidence_store_get(&k->evidence, &bundle))
		bundle = span_of(NULL, 0);
	hardware_judge(k, bundle, r->root, r->root_n, &h);
	return evidence_say_text(k, &h);
}
