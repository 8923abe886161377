/* SPDX-License-Identifier: ISC */
#include "sealed_pick.h"

#include <errno.h>
#include <stdlib.h>

#include "cli/fail.h"
#include "cli/mem.h"

static const char *
append(const char *text, uint32_t serial)
{
	const char *comma = *text != '\0' ? ", " : "";

	if (serial == 0)
		return mem_printf("%s%sone without a number", text, comma);
	return mem_printf("%s%s%u", text, comma, serial);
}

static const char *
serials_of(const struct ykpers_key *key, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		text = append(text, key[i].serial);
	return text;
}

const char *
sealed_pick_list(const struct sealed_pick *p)
{
	const char *text = "";

	for (size_t i = 0; i < p->n; i++)
		text = append(text, p->at[i].serial);
	return text;
}

static const struct ykpers_key *
find(const struct ykpers_key *key, size_t n, uint32_t serial)
{
	for (size_t i = 0; i < n; i++)
		if (key[i].serial == serial)
			return &key[i];
	return NULL;
}

static enum err
missing(const char *wanted, const struct ykpers_key *key, size_t n)
{
	if (n == 0)
		return fail_with(ERR_DEVICE_MISSING,
		    "It is YubiKey %s; none is plugged in.", wanted);
	return fail_with(ERR_DEVICE_MISSING,
	    "It is YubiKey %s; plugged in is %s.", wanted, serials_of(key, n));
}

enum err
sealed_pick_own(const struct sealed_file *f, struct ykpers_at *at)
{
	struct ykpers_key key[YKPERS_KEYS];
	const char *own = "";
	size_t n;

	TRY(ykpers_list(key, &n));
	for (size_t i = 0; i < f->serial_n; i++) {
		*at = (struct ykpers_at){ f->serial[i], f->slot };
		if (find(key, n, f->serial[i]) != NULL)
			return OK;
		own = append(own, f->serial[i]);
	}
	return missing(own, key, n);
}

/* The option has no other choices. */
static unsigned
slot_of(const struct cli *c)
{
	const char *text = command_value(c, "slot");

	return text != NULL && strcmp(text, "1") == 0 ? 1 : 2;
}

static enum err
parse_serial(const char *text, uint32_t *serial)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || text[0] < '1' || text[0] > '9' ||
	    v > UINT32_MAX)
		return fail_with(ERR_USAGE,
		    "\"%s\" is no serial number of a YubiKey.", text);
	*serial = (uint32_t)v;
	return OK;
}

static enum err
add(struct sealed_pick *p, const struct ykpers_key *k, unsigned slot)
{
	size_t i = p->n;

	for (size_t j = 0; j < p->n; j++)
		if (p->at[j].serial == k->serial)
			return fail_with(ERR_USAGE, "--serial %u twice.",
			    k->serial);
	for (; i > 0 && p->at[i - 1].serial > k->serial; i--)
		p->at[i] = p->at[i - 1];
	p->at[i] = (struct ykpers_at){ k->serial, slot };
	p->n++;
	p->used |= k->slot[slot - 1].used;
	return OK;
}

static enum err
add_only(struct sealed_pick *p, const struct ykpers_key *key, size_t n,
    unsigned slot)
{
	if (n == 0)
		return fail_with(ERR_DEVICE_MISSING,
		    "No YubiKey is plugged in.");
	if (n > 1) {
		fail_hint("--serial N names one, or several that are to hold "
			  "the same");
		return fail_with(ERR_KEY_AMBIGUOUS, "Plugged in are %s.",
		    serials_of(key, n));
	}
	return add(p, key, slot);
}

enum err
sealed_pick_named(const struct cli *c, unsigned slot, struct sealed_pick *p)
{
	struct ykpers_key key[YKPERS_KEYS];
	const char *text[SEALED_FILE_SERIALS + 1];
	size_t wanted =
	    command_values(c, "serial", text, SEALED_FILE_SERIALS + 1);
	size_t n;

	memset(p, 0, sizeof *p);
	if (slot == 0)
		slot = slot_of(c);
	if (wanted > SEALED_FILE_SERIALS)
		return fail_with(ERR_USAGE, "A sealed key has %d YubiKeys.",
		    SEALED_FILE_SERIALS);
	TRY(ykpers_list(key, &n));
	if (wanted == 0)
		return add_only(p, key, n, slot);
	for (size_t i = 0; i < wanted; i++) {
		const struct ykpers_key *k;
		uint32_t serial;

		TRY(parse_serial(text[i], &serial));
		k = find(key, n, serial);
		if (k == NULL)
			return missing(text[i], key, n);
		TRY(add(p, k, slot));
	}
	return OK;
}
