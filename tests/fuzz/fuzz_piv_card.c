/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chain/curve.h"
#include "cli/fail.h"
#include "cli/keys/piv_card.h"
#include "cli/keys/piv_manage.h"
#include "tests/fuzz/fuzz.h"

/* The input is what a card answers, one answer after another: a length of one
 * byte, and as many bytes.  A card that has nothing more to say is gone. */
static enum err
transmit(void *ctx, struct span command, struct out *answer)
{
	struct span *in = ctx;
	size_t n;

	if (command.n < 5 || in->n == 0)
		return ERR_DEVICE_GONE;
	n = in->p[0];
	if (n > in->n - 1)
		n = in->n - 1;
	out_put(answer, in->p + 1, n);
	*in = span_of(in->p + 1 + n, in->n - 1 - n);
	return OK;
}

/* Any error is a right answer to something. */
static void
hear(enum err e)
{
	(void)e;
}

static void
use_key(struct piv_card *c)
{
	struct piv_key k;
	uint8_t sig[KEY_SIG_MAX];
	size_t n;
	enum key_type type;

	if (piv_card_key(c, 0x9c, &k) != OK)
		return;
	if (key_parse(k.blob, &type, NULL, NULL) != OK || type != k.type)
		abort();
	if (piv_card_sign(c, 0x9c, &k, span_str("x"), sig, &n) != OK)
		return;
	if (n != key_sig_size(k.type) ||
	    (type != KEY_ED25519 && curve_low_s(key_curve(type), sig, n) != OK))
		abort();
}

static void
manage(struct piv_card *c)
{
	static const uint8_t zero[PIV_MANAGE_KEY_MAX];
	uint8_t key[PIV_MANAGE_KEY_MAX], buf[KEY_BLOB_MAX];
	struct out blob = out_of(buf, sizeof buf);
	struct piv_manage m;

	if (piv_manage_info(c, &m) != OK)
		return;
	if (m.key_size > sizeof key)
		abort();
	hear(piv_manage_kept(c, &m, key));
	hear(piv_manage_auth(c, &m, zero));
	if (piv_manage_generate(c, 0x9c, KEY_P256, PIV_PIN_ONCE,
		PIV_TOUCH_ALWAYS, &blob) == OK &&
	    key_parse(out_span(&blob), NULL, NULL, NULL) != OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t a[PIV_CARD_ANSWER], b[PIV_CARD_ANSWER];
	struct span in = span_of(p, n);
	struct piv_card c = { .transmit = transmit, .ctx = &in };
	struct out leaf = out_of(a, sizeof a), device = out_of(b, sizeof b);
	int left = -1;

	if (piv_card_begin(&c) != OK)
		abort();
	if (piv_card_select(&c) == OK) {
		use_key(&c);
		if (piv_card_tries(&c, &left) == OK && left == 0)
			abort();
		hear(piv_card_pin(&c, span_str("123456"), &left));
		manage(&c);
		hear(piv_card_attest(&c, 0x9c, &leaf, &device));
	}
	piv_card_end(&c);
	fail_forget();
	return 0;
}
