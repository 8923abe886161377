/* SPDX-License-Identifier: ISC */
#include "card_script.h"

#include <check.h>

#include "cli/fail.h"
#include "tests/lib/forge.h"
#include "tests/lib/same.h"

static struct step {
	const char *want, *give;
} script[16];
static size_t steps, at;

static enum err
transmit(void *ctx, struct span command, struct out *answer)
{
	struct span want, give;

	(void)ctx;
	ck_assert_uint_lt(at, steps);
	if (script[at].want != NULL) {
		want = forge_hex(script[at].want);
		ck_assert_uint_eq(command.n, want.n);
		ck_assert_mem_eq(command.p, want.p, want.n);
	}
	if (script[at].give == NULL)
		return ERR_DEVICE_GONE;
	give = forge_hex(script[at++].give);
	out_put(answer, give.p, give.n);
	return OK;
}

void
card_script_begin(struct piv_card *card)
{
	at = steps = 0;
	*card = (struct piv_card){ .transmit = transmit };
	memcpy(card->firmware, "\5\7\4", 3);
	same(piv_card_begin(card), OK);
	fail_forget();
}

void
card_script_expect(const char *want, const char *give)
{
	ck_assert_uint_lt(steps, sizeof script / sizeof script[0]);
	script[steps++] = (struct step){ want, give };
}

size_t
card_script_left(void)
{
	return steps - at;
}
