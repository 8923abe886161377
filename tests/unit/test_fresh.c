/* SPDX-License-Identifier: ISC */
/* The levels that need witnesses, and the checkpoint over the end of a chain.
 */
#include <stdlib.h>

#include "chain/walk.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

static struct chain_builder *b;
static struct walk w;
static struct walk_opts opts;
static const signers two = CONTROL(0) | CONTROL(1);

#define SECOND UINT64_C(1900000000)
#define C (SECOND * 1000 + 999) /* its witness time */

static void
setup(void)
{
	b = chain_builder_witnessed();
	chain_builder_upgrade(b, 2);
	opts = (struct walk_opts){ .rules = b->rules };
}

static enum err
walk_some(size_t n)
{
	walk_init(&w, &opts);
	for (size_t i = 0; i < n; i++)
		TRY(walk_feed(&w, chain_builder_entry(b, i)));
	return walk_end(&w);
}

static enum err
walk_all(void)
{
	return walk_some(b->n);
}

/* Of all that b has now. */
static struct span
tip(void)
{
	static uint8_t bytes[CHECKPOINT_MAX];

	return chain_builder_checkpoint(b, SECOND, bytes, sizeof bytes);
}

static void
ask_fresh(void)
{
	opts.rules.level = LEVEL_FRESH;
	opts.fresh = (struct walk_fresh){ tip(), C, 0 };
}

/* In the last receipt, which is `released`, a cosignature of nobody's. */
static void
forge_cosignature(void)
{
	struct span *last = &b->entry[b->n - 1];
	struct checkpoint c;
	struct entry e;
	uint8_t *copy = malloc(last->n), *p;

	ACCEPTED(entry_decode(*last, &e));
	ck_assert(e.proof[1].kind == PROOF_CHECKPOINT);
	ACCEPTED(checkpoint_decode(e.proof[1].body, &c));
	p = copy + (c.note.signature[1].base64.p - last->p) + 40;
	memcpy(copy, last->p, last->n);
	*p = *p == 'A' ? 'B' : 'A';
	free((void *)(uintptr_t)last->p);
	*last = span_of(copy, last->n);
}

START_TEST(public_is_reached_with_witnesses)
{
	setup();
	opts.rules.level = LEVEL_PUBLIC;
	opts.wanted = true;
	ACCEPTED(walk_all());
	ck_assert(w.reached == LEVEL_PUBLIC);
	ck_assert(w.tip == ERR_CHECKPOINT_MISSING && w.witnessed == 0);
	opts.rules.level = LEVEL_ATTESTED;
	ACCEPTED(walk_all());
	ck_assert(w.reached == LEVEL_ATTESTED);
	chain_builder_free(b);
}
END_TEST

/* The policy after the last entry decides. */
START_TEST(public_is_what_the_policy_in_force_makes_possible)
{
	struct policy p;
	struct stage g;

	setup();
	p = chain_builder_policy(b);
	p.has_witnesses = false;
	g = chain_builder_policy_stage(b, &p);
	ACCEPTED(chain_builder_stage(b, &g, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 2));
	b->now += 48 * HOUR;
	opts.rules.level = LEVEL_PUBLIC;
	opts.wanted = true;
	ACCEPTED(walk_all());
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 2));
	ck_assert_int_eq(walk_all(), ERR_LEVEL);
	opts.wanted = false;
	ACCEPTED(walk_all());
	ck_assert(w.reached == LEVEL_ATTESTED);
	chain_builder_free(b);
}
END_TEST

/* Below, signatures on checkpoints are not looked at: but everything else is,
 * so that the chain amounts to the same. */
START_TEST(witnesses_signatures_count_from_public_on)
{
	static uint8_t one[STATE_ENCODED_MAX], other[STATE_ENCODED_MAX];
	struct out o = out_of(one, sizeof one),
		   o2 = out_of(other, sizeof other);

	setup();
	opts.rules.level = LEVEL_PUBLIC;
	ACCEPTED(walk_all());
	state_encode(&o, &w.st);
	for (opts.rules.level = LEVEL_SIGNED; opts.rules.level < LEVEL_PUBLIC;
	     opts.rules.level++) {
		o2.n = 0;
		ACCEPTED(walk_all());
		state_encode(&o2, &w.st);
		ck_assert(span_eq(out_span(&o), out_span(&o2)));
	}
	forge_cosignature();
	ck_assert_int_eq(walk_all(), ERR_COSIGNATURE);
	opts.rules.level = LEVEL_ATTESTED;
	ACCEPTED(walk_all());
	opts.rules.level = LEVEL_SIGNED;
	ACCEPTED(walk_all());
	chain_builder_free(b);
}
END_TEST

static enum err
count_only(void *ctx, const struct check *k)
{
	unsigned *seen = ctx;

	if (k->what == CHECK_NOTE)
		(*seen)++;
	return OK;
}

/* Three receipts with the log's signature and three cosignatures each. */
START_TEST(checks_of_notes_are_handed_out)
{
	unsigned seen = 0;

	setup();
	opts.rules.check = count_only;
	opts.rules.ctx = &seen;
	opts.rules.level = LEVEL_ATTESTED;
	ACCEPTED(walk_all());
	ck_assert_uint_eq(seen, 0);
	opts.rules.level = LEVEL_PUBLIC;
	opts.fresh.checkpoint = tip();
	ACCEPTED(walk_all());
	ck_assert_uint_eq(seen, 12);
	ck_assert(w.tip == OK);
	seen = 0;
	ask_fresh();
	ACCEPTED(walk_all());
	ck_assert_uint_eq(seen, 16);
	ck_assert_uint_eq(w.signatures, 6 + 16);
	chain_builder_free(b);
}
END_TEST

START_TEST(fresh_wants_a_checkpoint)
{
	setup();
	opts.rules.level = LEVEL_FRESH;
	ck_assert_int_eq(walk_all(), ERR_CHECKPOINT_MISSING);
	ask_fresh();
	ACCEPTED(walk_all());
	ck_assert(w.reached == LEVEL_FRESH && w.tip == OK);
	ck_assert_uint_eq(w.witnessed, C);
	chain_builder_free(b);
	setup();
	ask_fresh();
	opts.fresh.checkpoint = span_str("no note");
	ck_assert_int_eq(walk_all(), ERR_NOTE);
	chain_builder_free(b);
}
END_TEST

/* A server that serves last week's chain has last week's checkpoint only. */
START_TEST(last_weeks_chain_is_stale)
{
	setup();
	ask_fresh();
	opts.fresh.max_age = HOUR;
	opts.fresh.now = C + HOUR;
	ACCEPTED(walk_all());
	opts.fresh.now++;
	ck_assert_int_eq(walk_all(), ERR_CHECKPOINT_STALE);
	opts.fresh.now = C + 7 * DAY;
	ck_assert_int_eq(walk_all(), ERR_CHECKPOINT_STALE);
	opts.fresh.max_age = UINT64_MAX;
	ACCEPTED(walk_all());
	chain_builder_free(b);
}
END_TEST

/* A server that hides the newest entry has a checkpoint of one more. */
START_TEST(a_hidden_entry_is_missed)
{
	setup();
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	ask_fresh();
	ck_assert_int_eq(walk_some(b->n - 1), ERR_CHECKPOINT_SIZE);
	ACCEPTED(walk_all());
	chain_builder_free(b);
}
END_TEST

/* Two readers are shown two histories: the witnesses saw one of them. */
START_TEST(another_history_of_that_size_is_seen)
{
	static uint8_t bytes[CHECKPOINT_MAX];
	struct span theirs;

	setup();
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	theirs = chain_builder_checkpoint(b, SECOND, bytes, sizeof bytes);
	chain_builder_free(b);
	setup();
	ACCEPTED(chain_builder_stage_release(b, 4, two));
	ask_fresh();
	opts.fresh.checkpoint = theirs;
	ck_assert_int_eq(walk_all(), ERR_CHECKPOINT_ROOT);
	opts.fresh.checkpoint = tip();
	ACCEPTED(walk_all());
	chain_builder_free(b);
}
END_TEST

START_TEST(a_checkpoint_from_the_future_is_refused)
{
	setup();
	ask_fresh();
	opts.fresh.max_age = HOUR;
	opts.fresh.now = C - WITNESS_AFTER_MS;
	ACCEPTED(walk_all());
	opts.fresh.now--;
	ck_assert_int_eq(walk_all(), ERR_CHECKPOINT_TIME);
	opts.fresh.now = 0;
	ck_assert_int_eq(walk_all(), ERR_CHECKPOINT_TIME);
	chain_builder_free(b);
}
END_TEST

START_TEST(fresh_is_cosigned_by_enough)
{
	static uint8_t bytes[CHECKPOINT_MAX];
	struct out o = out_of(bytes, sizeof bytes);
	struct cosigner_note n;

	setup();
	ask_fresh();
	cosigner_note(&n, &b->st, 1, SECOND);
	cosigner_write(&o, &n);
	opts.fresh.checkpoint = out_span(&o);
	ck_assert_int_eq(walk_all(), ERR_WITNESSES_FEW);
	o.n = 0;
	n.log = cosigner_witness(9); /* under the log's name */
	n.second[1] = SECOND;
	cosigner_write(&o, &n);
	opts.fresh.checkpoint = out_span(&o);
	ck_assert_int_eq(walk_all(), ERR_CHECKPOINT_SIG);
	o.n = 0;
	n.log = cosigner_log();
	cosigner_write(&o, &n);
	opts.fresh.checkpoint = out_span(&o);
	ACCEPTED(walk_all());
	bytes[o.n - 20] = bytes[o.n - 20] == 'A' ? 'B' : 'A';
	ck_assert_int_eq(walk_all(), ERR_COSIGNATURE);
	chain_builder_free(b);
}
END_TEST

/* A checkpoint at hand helps where it holds, and does no harm where not. */
START_TEST(below_fresh_a_checkpoint_has_no_say)
{
	setup();
	opts.rules.level = LEVEL_PUBLIC;
	opts.fresh.checkpoint = tip();
	ACCEPTED(walk_all());
	ck_assert(w.tip == OK && w.witnessed == C);
	opts.fresh.checkpoint = span_str("no note");
	ACCEPTED(walk_all());
	ck_assert(w.tip == ERR_NOTE && w.witnessed == 0);
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	opts.fresh.checkpoint = tip();
	ACCEPTED(walk_some(b->n - 1));
	ck_assert(w.tip == ERR_CHECKPOINT_SIZE && w.witnessed == 0);
	chain_builder_free(b);
}
END_TEST

START_TEST(without_witnesses_nothing_is_fresh)
{
	setup();
	ask_fresh();
	chain_builder_free(b);
	b = chain_builder_new(&chain_builder_plain);
	opts.rules = b->rules;
	opts.rules.level = LEVEL_FRESH;
	ck_assert_int_eq(walk_all(), ERR_LEVEL);
	opts.fresh.checkpoint = (struct span){ 0 };
	ck_assert_int_eq(walk_all(), ERR_LEVEL);
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { public_is_reached_with_witnesses,
		public_is_what_the_policy_in_force_makes_possible,
		witnesses_signatures_count_from_public_on,
		checks_of_notes_are_handed_out, fresh_wants_a_checkpoint,
		last_weeks_chain_is_stale, a_hidden_entry_is_missed,
		another_history_of_that_size_is_seen,
		a_checkpoint_from_the_future_is_refused,
		fresh_is_cosigned_by_enough,
		below_fresh_a_checkpoint_has_no_say,
		without_witnesses_nothing_is_fresh };

	return SUITE_RUN("fresh", t);
}
