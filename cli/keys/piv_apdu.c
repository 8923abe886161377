/* SPDX-License-Identifier: ISC */
#include <sodium.h>

#include "cli/fail.h"
#include "piv_card.h"

#define CHUNK 255

enum err
piv_card_begin(struct piv_card *c)
{
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	c->command = sodium_malloc(PIV_CARD_COMMAND);
	return c->command != NULL ? OK : ERR_OUT_OF_MEMORY;
}

void
piv_card_end(struct piv_card *c)
{
	sodium_free(c->command);
	c->command = NULL;
}

enum err
piv_card_refused(unsigned sw, const char *what)
{
	switch (sw) {
	case 0x6983:
		return ERR_PIN_BLOCKED;
	case 0x6d00:
	case 0x6e00:
		return fail_with(ERR_DEVICE_REFUSED,
		    "The device does not know how to %s.", what);
	default:
		return fail_with(ERR_DEVICE_REFUSED,
		    "It answered %04x when asked to %s.", sw, what);
	}
}

enum err
piv_card_garbled(const char *what)
{
	return fail_with(ERR_DEVICE_GONE,
	    "The answer makes no sense when asked to %s.", what);
}

static enum err
send(struct piv_card *c, size_t n, struct out *answer, unsigned *sw)
{
	uint8_t buf[PIV_CARD_COMMAND];
	struct out o = out_of(buf, sizeof buf);
	enum err e = c->transmit(c->ctx, span_of(c->command, n), &o);

	sodium_memzero(c->command, PIV_CARD_COMMAND);
	if (e == OK && (o.n < 2 || o.full))
		e = piv_card_garbled("do something");
	if (e == OK) {
		*sw = (unsigned)(buf[o.n - 2] << 8 | buf[o.n - 1]);
		if (answer != NULL)
			out_put(answer, buf, o.n - 2);
	}
	sodium_memzero(buf, sizeof buf);
	if (e == OK && answer != NULL && answer->full)
		e = piv_card_garbled("do something");
	return e;
}

static enum err
send_part(struct piv_card *c, bool more, const uint8_t head[3],
    struct span part, struct out *answer, unsigned *sw)
{
	struct out o = out_of(c->command, PIV_CARD_COMMAND);
	uint8_t n = (uint8_t)part.n;

	out_put(&o, more ? "\x10" : "\0", 1);
	out_put(&o, head, 3);
	out_put(&o, &n, 1); /* Lc, or where there is no data Le: all of it */
	out_put(&o, part.p, part.n);
	return send(c, o.n, answer, sw);
}

enum err
piv_card_apdu(struct piv_card *c, const uint8_t head[3], struct span data,
    struct out *answer, unsigned *sw)
{
	size_t n;

	do {
		n = data.n < CHUNK ? data.n : CHUNK;
		TRY(send_part(c, n < data.n, head, span_of(data.p, n), answer,
		    sw));
		if (n < data.n && *sw != PIV_CARD_OK)
			return OK;
		if (n > 0)
			data = span_of(data.p + n, data.n - n);
	} while (data.n > 0);
	while (*sw >> 8 == 0x61) {
		const uint8_t more[5] = { 0, 0xc0, 0, 0, (uint8_t)*sw };
		size_t before = answer != NULL ? answer->n : 0;

		memcpy(c->command, more, sizeof more);
		TRY(send(c, sizeof more, answer, sw));
		/* A card that has more and gives none would never end. */
		if (*sw >> 8 == 0x61 && (answer == NULL || answer->n == before))
			return piv_card_garbled("do something");
	}
	return OK;
}
