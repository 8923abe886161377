/* SPDX-License-Identifier: ISC */
#include "piv_ref.h"

#include "chain/text.h"
#include "cli/fail.h"
#include "cli/mem.h"

static const uint8_t slots[PIV_SLOTS] = { 0x9a, 0x9c, 0x9d, 0x9e, 0x82, 0x83,
	0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f,
	0x90, 0x91, 0x92, 0x93, 0x94, 0x95 };

uint8_t
piv_ref_slot(size_t i)
{
	return slots[i];
}

/* Decimal digits alone, at most ten, the first of them no zero. */
static bool
read_serial(struct span s, uint32_t *serial)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 10 || s.p[0] == '0')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*serial = (uint32_t)v;
	return v <= UINT32_MAX;
}

static bool
read_slot(struct span s, uint8_t *slot)
{
	if (!text_unhex(s, slot, 1))
		return false;
	for (size_t i = 0; i < PIV_SLOTS; i++)
		if (slots[i] == *slot)
			return true;
	return false;
}

static bool
is_named(struct span *part, const char *name)
{
	size_t n = strlen(name);

	if (part->n < n || memcmp(part->p, name, n) != 0)
		return false;
	*part = span_of(part->p + n, part->n - n);
	return true;
}

static bool
read_part(struct span part, struct piv_ref *r, bool *has_slot)
{
	if (is_named(&part, "serial=") && !r->has_serial) {
		r->has_serial = true;
		return read_serial(part, &r->serial);
	}
	if (is_named(&part, "slot=") && !*has_slot) {
		*has_slot = true;
		return read_slot(part, &r->slot);
	}
	return false;
}

enum err
piv_ref_parse(const char *text, struct piv_ref *r)
{
	bool has_slot = false;
	const char *p = text;

	*r = (struct piv_ref){ .slot = PIV_SLOT_DEFAULT };
	while (*text != '\0') {
		size_t n = strcspn(p, ";");

		if (!read_part(span_of(p, n), r, &has_slot)) {
			fail_hint("piv:serial=17654321;slot=9c, or a part of "
				  "it; slots are 9a, 9c, 9d, 9e and 82 to 95");
			return fail_with(ERR_USAGE,
			    "\"piv:%s\" is not a reference.", text);
		}
		if (p[n] == '\0')
			break;
		p += n + 1;
	}
	return OK;
}

const char *
piv_ref_text(const struct piv_ref *r)
{
	if (!r->has_serial)
		return mem_printf("piv:slot=%02x", r->slot);
	return mem_printf("piv:serial=%u;slot=%02x", (unsigned)r->serial,
	    r->slot);
}
