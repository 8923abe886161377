/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"

static uint8_t buf[STATE_ENCODED_MAX], again[STATE_ENCODED_MAX];

static void
comes_back(const struct state *st)
{
	struct state *copy = malloc(sizeof *copy);
	struct out o = out_of(buf, sizeof buf);
	struct out o2 = out_of(again, sizeof again);

	/* what was in the buffers before is not part of a state */
	memset(copy, 0xa5, sizeof *copy);
	state_encode(&o, st);
	ck_assert(!o.full);
	ck_assert_int_eq(state_decode(out_span(&o), copy), OK);
	state_encode(&o2, copy);
	ck_assert(span_eq(out_span(&o), out_span(&o2)));
	ck_assert(h32_eq(&copy->head, &st->head));
	ck_assert_uint_eq(copy->next_seq, st->next_seq);
	ck_assert_uint_eq(copy->notice, st->notice);
	ck_assert_uint_eq(copy->endorsed, st->endorsed);
	ck_assert(copy->phase == st->phase && copy->accepted == st->accepted);
	free(copy);
}

START_TEST(every_phase_comes_back)
{
	static const struct state nothing;
	struct chain_builder *b = chain_builder_new(&chain_builder_plain);
	struct stage g = chain_builder_stage_of(b, 1);

	comes_back(&nothing);
	comes_back(&b->st);
	ck_assert_int_eq(chain_builder_stage(b, &g, CONTROL(0) | CONTROL(1)),
	    OK);
	comes_back(&b->st);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_ACCEPTED, 1), OK);
	comes_back(&b->st);
	g = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(chain_builder_stage(b, &g, CONTROL(0) | CONTROL(1)),
	    OK);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_SEEN, 1), OK);
	ck_assert_int_eq(chain_builder_receipt(b, ROLE_ACCEPTED, 2), OK);
	comes_back(&b->st);
	chain_builder_free(b);
}
END_TEST

/* A cached state goes on exactly where the walked one would. */
START_TEST(a_chain_goes_on_from_a_decoded_state)
{
	struct chain_builder *b = chain_builder_new(&chain_builder_plain);
	struct state *copy = malloc(sizeof *copy);
	struct out o = out_of(buf, sizeof buf);
	struct out o2 = out_of(again, sizeof again);

	chain_builder_first(b, 1);
	state_encode(&o, &b->st);
	memset(copy, 0xa5, sizeof *copy);
	ck_assert_int_eq(state_decode(out_span(&o), copy), OK);
	b->st = *copy;
	chain_builder_upgrade(b, 2);
	o = out_of(buf, sizeof buf);
	state_encode(&o, &b->st);
	/* the same entries, walked from the beginning */
	memset(copy, 0, sizeof *copy);
	for (size_t i = 0; i < b->n; i++) {
		static struct entry e;

		ck_assert_int_eq(entry_decode(chain_builder_entry(b, i), &e),
		    OK);
		ck_assert_int_eq(rules_next(&b->rules, copy, &e), OK);
	}
	state_encode(&o2, copy);
	ck_assert(span_eq(out_span(&o), out_span(&o2)));
	free(copy);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_torn_state_is_refused)
{
	struct chain_builder *b = chain_builder_new(&chain_builder_plain);
	struct state *copy = malloc(sizeof *copy);
	struct out o = out_of(buf, sizeof buf);

	chain_builder_first(b, 1);
	state_encode(&o, &b->st);
	for (size_t n = 0; n < o.n; n++)
		ck_assert(state_decode(span_of(buf, n), copy) != OK);
	buf[o.n] = 0;
	ck_assert(state_decode(span_of(buf, o.n + 1), copy) != OK);
	free(copy);
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { every_phase_comes_back,
		a_chain_goes_on_from_a_decoded_state, a_torn_state_is_refused };

	return SUITE_RUN("state", t);
}
