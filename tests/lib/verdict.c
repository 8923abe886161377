/* SPDX-License-Identifier: ISC */
#include "verdict.h"

static uint8_t before[STATE_ENCODED_MAX];
static size_t before_n;

void
verdict_before(const struct chain_builder *b)
{
	struct out o = out_of(before, sizeof before);

	state_encode(&o, &b->st);
	before_n = o.n;
}

bool
verdict_unchanged(const struct chain_builder *b)
{
	static uint8_t after[STATE_ENCODED_MAX];
	struct out o = out_of(after, sizeof after);

	state_encode(&o, &b->st);
	return span_eq(out_span(&o), span_of(before, before_n));
}
