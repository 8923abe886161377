/* SPDX-License-Identifier: ISC */
#include "cmd_key_attest.h"

#include "chain/hardware.h"
#include "chain/hash.h"
#include "fail.h"
#include "file.h"
#include "keys/holder.h"
#include "maker.h"
#include "mem.h"
#include "out.h"
#include "pubkey.h"
#include "view/view.h"

/* A bundle and the key that it is said to be about. */
struct shown {
	struct key key;
	struct span bundle;
	struct hardware hardware;
};

static enum err
from_file(struct cli *c, const char *path, struct shown *s)
{
	const char *line = command_value(c, "key");

	if (line == NULL || command_arg(c, 0) != NULL)
		return fail_with(ERR_USAGE,
		    "With --verify the key is named with --key, and there is "
		    "no REF.");
	TRY(pubkey_get(c, line, &s->key));
	return file_read(path, EVIDENCE_MAX, &s->bundle);
}

static enum err
from_device(struct cli *c, const struct maker *r, struct shown *s)
{
	struct out bundle = mem_out(EVIDENCE_MAX);
	struct out whole = mem_out(EVIDENCE_MAX);
	const struct holder *h;
	const char *rest, *ref = command_arg(c, 0);

	if (ref == NULL || command_value(c, "key") != NULL)
		return fail_with(ERR_USAGE,
		    "REF names the key; --key goes with --verify.");
	TRY(holder_find(ref, &h, &rest));
	if (h->attest == NULL) {
		fail_hint("piv: keys have a device that proves where they are");
		return fail_with(ERR_KEY_SCHEME,
		    "No device speaks for a %s: key.", h->scheme);
	}
	TRY(pubkey_get(c, ref, &s->key));
	TRY(h->attest(ui_of(c), rest, &bundle));
	TRY(evidence_complete(out_span(&bundle), r->between, r->between_n,
	    &whole));
	s->bundle = out_span(&whole);
	return OK;
}

static const char *
pin_text(enum evidence_pin p)
{
	switch (p) {
	case EVIDENCE_PIN_NEVER:
		return "never: whoever has the device signs";
	case EVIDENCE_PIN_ONCE:
		return "once, until it is unplugged";
	case EVIDENCE_PIN_ALWAYS:
		return "for each signature";
	case EVIDENCE_PIN_MATCH_ONCE:
		return "or a fingerprint, once, until it is unplugged";
	case EVIDENCE_PIN_MATCH_ALWAYS:
		return "or a fingerprint, for each signature";
	}
	return "?";
}

static const char *
touch_text(enum evidence_touch t)
{
	switch (t) {
	case EVIDENCE_TOUCH_NEVER:
		return "never: any program on the machine signs";
	case EVIDENCE_TOUCH_ALWAYS:
		return "for each signature";
	case EVIDENCE_TOUCH_CACHED:
		return "one counts for 15 seconds";
	}
	return "?";
}

static void
print_device(const struct hardware *h)
{
	const struct evidence *ev = &h->ev;

	out_data("  made in    a YubiKey%s, firmware %u.%u.%u, slot %02x\n",
	    ev->fips ? " FIPS" : "", ev->firmware[0], ev->firmware[1],
	    ev->firmware[2], ev->slot);
	out_data("  PIN        %s\n", pin_text(ev->pin));
	out_data("  touch      %s\n", touch_text(ev->touch));
	/* What is left when neither of these is what is weak. */
	if (h->why == ERR_EVIDENCE_WEAK && ev->touch == EVIDENCE_TOUCH_ALWAYS &&
	    ev->pin != EVIDENCE_PIN_NEVER)
		out_data("  firmware   too old for ECDSA: whoever opens the "
			 "device can read the key (Yubico YSA-2024-03)\n");
	if (ev->has_serial)
		out_data("  serial     %u (whoever gets the bundle reads it)\n",
		    (unsigned)ev->serial);
	out_data("  root       %s\n", maker_root_text(&h->root));
}

static bool
is_sound(const struct hardware *h)
{
	return h->kind == HARDWARE_SHOWN ||
	       (h->kind == HARDWARE_REFUSED && h->why == ERR_EVIDENCE_WEAK);
}

static void
print(const struct shown *s)
{
	const struct hardware *h = &s->hardware;

	out_data("%s\n", h->kind == HARDWARE_SHOWN
			     ? "VERIFIED: held in hardware, touch required"
			 : is_sound(h)
			     ? "TOO WEAK: held in hardware, and not well enough"
			     : "NOT VERIFIED");
	out_data("  key        %s (%s)\n", pubkey_fingerprint(&s->key.kid),
	    key_type_name(s->key.type));
	if (is_sound(h))
		print_device(h);
	out_data("  evidence   %s\n", mem_hex(h32_span(&s->key.evidence)));
}

static enum err
print_json(const struct cli *c, const struct shown *s)
{
	const struct evidence *ev = &s->hardware.ev;
	json_t *j = json_pack("{s:s,s:s,s:s,s:o}", "key", pubkey_line(&s->key),
	    "fingerprint", pubkey_fingerprint(&s->key.kid), "evidence",
	    mem_hex(h32_span(&s->key.evidence)), "hardware",
	    view_hardware(&s->hardware));

	if (j != NULL && is_sound(&s->hardware)) {
		(void)json_object_set_new(j, "slot",
		    json_sprintf("%02x", ev->slot));
		(void)json_object_set_new(j, "fips", json_boolean(ev->fips));
		if (ev->has_serial)
			(void)json_object_set_new(j, "serial",
			    json_integer(ev->serial));
	}
	return out_json(c, j);
}

/* What to do about it. */
static const struct {
	enum err why;
	const char *hint;
} hints[] = {
	{ ERR_EVIDENCE_ROOT,
	    "--evidence-root FILE names the root certificate that the maker of "
	    "the device publishes" },
	{ ERR_EVIDENCE_BAD,
	    "from firmware 5.7.4 on, the certificates between the device and "
	    "the root must be in --evidence-root too" },
	{ ERR_EVIDENCE_WEAK,
	    "PIN and touch are fixed when a key is made: `encl key generate` "
	    "makes another" },
};

/* It was asked whether it verifies, so the answer is said first. */
static enum err
verdict(const struct hardware *h)
{
	for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
		if (h->kind != HARDWARE_SHOWN && hints[i].why == h->why)
			fail_hint("%s", hints[i].hint);
	return h->kind == HARDWARE_SHOWN ? OK : h->why;
}

enum err
cmd_key_attest(struct cli *c)
{
	const char *from = command_value(c, "verify");
	const char *to = command_value(c, "out");
	struct maker *r = mem_new(sizeof *r);
	struct shown *s = mem_new(sizeof *s);

	TRY(maker_options(c, r));
	TRY(from != NULL ? from_file(c, from, s) : from_device(c, r, s));
	s->key.has_evidence = true;
	TRY(hash_sha256(s->bundle, &s->key.evidence));
	hardware_judge(&s->key, s->bundle, r->root, r->root_n, &s->hardware);
	if (to != NULL)
		TRY(file_create(to, s->bundle, 0600));
	if (c->format != FORMAT_TABLE)
		TRY(print_json(c, s));
	else
		print(s);
	return verdict(&s->hardware);
}
