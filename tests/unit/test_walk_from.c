/* SPDX-License-Identifier: ISC */
#include "chain/walk.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

static struct chain_builder *b;
static struct walk w;
static struct walk_opts opts;
static struct state from;
static const signers two = CONTROL(0) | CONTROL(1);

/* Remembers the chain as it stands, through the form in which it is kept. */
static void
remember(void)
{
	static uint8_t kept[STATE_ENCODED_MAX];
	struct out o = out_of(kept, sizeof kept);

	state_encode(&o, &b->st);
	ACCEPTED(state_decode(out_span(&o), &from));
	opts.from = &from;
}

static void
setup(void)
{
	b = chain_builder_new(&chain_builder_plain);
	chain_builder_first(b, 1);
	opts = (struct walk_opts){ .rules = b->rules };
	remember();
}

static enum err
walk_rest(void)
{
	walk_init(&w, &opts);
	for (size_t i = from.next_seq; i < b->n; i++)
		TRY(walk_feed(&w, chain_builder_entry(b, i)));
	return walk_end(&w);
}

START_TEST(it_ends_where_a_whole_walk_ends)
{
	setup();
	chain_builder_upgrade(b, 2);
	ACCEPTED(walk_rest());
	ck_assert_uint_eq(w.st.next_seq, b->n);
	ck_assert(h32_eq(&w.st.head, &b->st.head));
	ck_assert_uint_eq(w.documents, 3);
	/* and where nothing is new */
	remember();
	ACCEPTED(walk_rest());
	ck_assert(h32_eq(&w.st.head, &b->st.head));
	chain_builder_free(b);
}
END_TEST

START_TEST(an_entry_of_before_is_refused)
{
	setup();
	chain_builder_upgrade(b, 2);
	walk_init(&w, &opts);
	ck_assert_int_eq(walk_feed(&w, chain_builder_entry(b, 2)),
	    ERR_SEQ_WRONG);
	chain_builder_free(b);
}
END_TEST

/* The same chain up to the first release, and another stage after it. */
START_TEST(another_history_does_not_fit_on)
{
	struct chain_builder *other;

	setup();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	remember();
	other = chain_builder_new(&chain_builder_plain);
	chain_builder_first(other, 1);
	ACCEPTED(chain_builder_stage_release(other, 3, two));
	ACCEPTED(chain_builder_receipt(other, ROLE_SEEN, 1));
	walk_init(&w, &opts);
	ck_assert_int_ne(walk_feed(&w,
			     chain_builder_entry(other, other->n - 1)),
	    OK);
	chain_builder_free(other);
	chain_builder_free(b);
}
END_TEST

START_TEST(it_is_the_pinned_chain)
{
	struct h32 id;

	setup();
	id = b->st.chain;
	opts.chain = &id;
	ACCEPTED(walk_rest());
	ck_assert(w.chain_known);
	id.b[5] ^= 1;
	ck_assert_int_eq(walk_rest(), ERR_PIN_MISMATCH);
	chain_builder_free(b);
}
END_TEST

START_TEST(the_remembered_entry_is_its_last)
{
	struct walk_pin pin = { 2, { { 0 } } };

	setup();
	pin.id = b->st.head;
	opts.pin = &pin;
	ACCEPTED(walk_rest());
	ck_assert(w.pin_seen);
	pin.id.b[0] ^= 1;
	ck_assert_int_eq(walk_rest(), ERR_PIN_MISSING);
	chain_builder_free(b);
}
END_TEST

START_TEST(its_root_is_still_trusted)
{
	struct h32 root;

	setup();
	root = b->root;
	root.b[0] ^= 1;
	opts.rules.root = &root;
	ck_assert_int_eq(walk_rest(), ERR_ROOT_FOREIGN);
	chain_builder_free(b);
}
END_TEST

/* The revocation came before the walk stopped, the release after it. */
START_TEST(a_stage_that_was_open_is_disputed_by_what_is_at_hand)
{
	static uint8_t buf[4096];
	struct walk_revocation v;
	struct span s;

	setup();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	remember();
	s = chain_builder_revocation(b, GUARDIAN(1), buf, sizeof buf);
	ACCEPTED(walk_revocation(s, &v));
	opts.revocation = &v;
	opts.revocation_n = 1;
	ACCEPTED(walk_rest());
	ck_assert(w.held && !w.disputed);
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	ACCEPTED(walk_rest());
	ck_assert(w.disputed && !w.held);
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { it_ends_where_a_whole_walk_ends,
		an_entry_of_before_is_refused, another_history_does_not_fit_on,
		it_is_the_pinned_chain, the_remembered_entry_is_its_last,
		its_root_is_still_trusted,
		a_stage_that_was_open_is_disputed_by_what_is_at_hand };

	return SUITE_RUN("walk_from", t);
}
