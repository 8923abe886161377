/* SPDX-License-Identifier: ISC */
#include "piv_card.h"

#include "piv_env.h"
#include "piv_store.h"

#define INS_SELECT 0xa4
#define INS_GET_RESPONSE 0xc0
#define CLA_CHAIN 0x10

static unsigned
card_select(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	static const uint8_t piv[] = { 0xa0, 0, 0, 3, 8 };
	static const uint8_t answer[] = { 0x61, 0x11, 0x4f, 6, 0, 0, 0x10, 0, 1,
		0, 0x79, 7, 0x4f, 5, 0xa0, 0, 0, 3, 8 };

	/* What was chosen before stays chosen then. */
	if (a->data.n < sizeof piv || memcmp(a->data.p, piv, sizeof piv) != 0)
		return PIV_NOT_FOUND;
	memset(&c->s, 0, sizeof c->s);
	c->s.selected = true;
	out_put(r, answer, sizeof answer);
	return PIV_OK;
}

static unsigned
card_version(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	(void)a;
	out_put(r, c->nv.firmware, sizeof c->nv.firmware);
	return PIV_OK;
}

static unsigned
card_serial(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	uint32_t n = c->nv.serial;
	uint8_t b[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16),
		(uint8_t)(n >> 8), (uint8_t)n };

	(void)a;
	if (!piv_card_is_at_least(c, 5, 0, 0))
		return PIV_INSTRUCTION;
	out_put(r, b, sizeof b);
	return PIV_OK;
}

static const struct row {
	uint8_t ins;
	piv_command *run;
} rows[] = {
	{ INS_SELECT, card_select },
	{ 0x20, piv_pin_verify },
	{ 0x24, piv_pin_change },
	{ 0x2c, piv_pin_change },
	{ 0x47, piv_slot_generate },
	{ 0x87, piv_auth_general },
	{ 0xcb, piv_data_get },
	{ 0xdb, piv_data_put },
	{ 0xf7, piv_slot_metadata },
	{ 0xf8, card_serial },
	{ 0xf9, piv_slot_attest },
	{ 0xfa, piv_pin_retries },
	{ 0xfb, piv_pin_wipe },
	{ 0xfd, card_version },
	{ 0xfe, piv_slot_import },
	{ 0xff, piv_auth_set_key },
};

bool
piv_card_is_at_least(const struct piv_card *c, unsigned major, unsigned minor,
    unsigned patch)
{
	const uint8_t *v = c->nv.firmware;

	return (unsigned)(v[0] << 16 | v[1] << 8 | v[2]) >=
	       (major << 16 | minor << 8 | patch);
}

void
piv_card_reset(struct piv_card *c)
{
	memset(&c->s, 0, sizeof c->s);
}

static unsigned
run(struct piv_card *c, const struct piv_apdu *a, struct out *r)
{
	if (a->ins != INS_SELECT && !c->s.selected)
		return PIV_INSTRUCTION;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].ins == a->ins)
			return rows[i].run(c, a, r);
	return PIV_INSTRUCTION;
}

/* ISO 7816-4 section 5.1: Lc, the data and Le of a short or extended
 * command. */
static bool
parse(struct span in, struct span *data, size_t *le)
{
	size_t lc;

	*data = span_of(NULL, 0);
	*le = 256;
	if (in.n < 4)
		return false;
	if (in.n <= 5) {
		*le = in.n == 5 && in.p[4] != 0 ? in.p[4] : 256;
		return true;
	}
	if (in.p[4] != 0) {
		lc = in.p[4];
		if (5 + lc > in.n)
			return false;
		*data = span_of(in.p + 5, lc);
		if (in.n > 5 + lc && in.p[5 + lc] != 0)
			*le = in.p[5 + lc];
		return true;
	}
	*le = 65536;
	if (in.n == 7)
		return true;
	if (in.n < 7)
		return false;
	lc = (size_t)in.p[5] << 8 | in.p[6];
	*data = span_of(in.p + 7, lc);
	return 7 + lc <= in.n;
}

static void
put_sw(struct out *o, unsigned sw)
{
	uint8_t b[2] = { (uint8_t)(sw >> 8), (uint8_t)sw };

	out_put(o, b, sizeof b);
}

/* As much of the answer as was asked for, and whether there is more. */
static void
put_answer(struct piv_session *s, size_t le, struct out *o)
{
	size_t left = s->out_n - s->out_at, n = left < le ? left : le;

	out_put(o, s->out + s->out_at, n);
	s->out_at += n;
	left -= n;
	if (left > 0)
		put_sw(o, 0x6100U | (left > 255 ? 0 : (unsigned)left));
	else
		put_sw(o, PIV_OK);
}

static void
whole(struct piv_card *c, const uint8_t *head, size_t le, struct out *o)
{
	uint8_t data[sizeof c->s.in];
	struct piv_apdu a = { head[1], head[2], head[3], { data, 0 } };
	struct out r = out_of(c->s.out, sizeof c->s.out);
	unsigned sw;

	memcpy(data, c->s.in, c->s.in_n);
	a.data.n = c->s.in_n;
	c->s.in_n = c->s.out_n = c->s.out_at = 0;
	sw = run(c, &a, &r);
	if (sw != PIV_OK || r.full) {
		put_sw(o, r.full ? PIV_BROKEN : sw);
		return;
	}
	c->s.out_n = r.n;
	if (r.n > 1 && piv_env_fault("bad-tlv", NULL))
		c->s.out_n--;
	put_answer(&c->s, le, o);
}

void
piv_card_apdu(struct piv_card *c, struct span command, struct out *o)
{
	struct span data;
	size_t le;

	if (!parse(command, &data, &le)) {
		put_sw(o, PIV_LENGTH);
		return;
	}
	if (command.p[1] == INS_GET_RESPONSE) {
		put_answer(&c->s, le, o);
		return;
	}
	if (data.n > sizeof c->s.in - c->s.in_n) {
		c->s.in_n = 0;
		put_sw(o, PIV_FULL);
		return;
	}
	if (data.n > 0)
		memcpy(c->s.in + c->s.in_n, data.p, data.n);
	c->s.in_n += data.n;
	if (command.p[0] & CLA_CHAIN) {
		put_sw(o, PIV_OK);
		return;
	}
	if (!piv_store_open(c)) {
		put_sw(o, PIV_BROKEN);
		return;
	}
	whole(c, command.p, le, o);
	piv_store_close(c);
}
