/* SPDX-License-Identifier: ISC */
/* The order of entries, and how a chain begins. */

#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

static struct chain_builder *b;
static struct chain_builder_draft d;
static const signers two = CONTROL(0) | CONTROL(1);

/* order */

START_TEST(a_chain_begins_with_genesis)
{
	struct chain_builder *other;
	struct span genesis, first;

	b = chain_builder_running();
	genesis = chain_builder_entry(b, 0);
	first = chain_builder_entry(b, 1);
	other = chain_builder_new(&chain_builder_plain);
	memset(&other->st, 0, sizeof other->st);
	REFUSED(other, ERR_NOT_GENESIS,
	    chain_builder_append_bytes(other, first));
	ACCEPTED(chain_builder_append_bytes(other, genesis));
	REFUSED(other, ERR_GENESIS_AGAIN,
	    chain_builder_append_bytes(other, genesis));
	ACCEPTED(chain_builder_append_bytes(other, first));
	chain_builder_free(other);
	chain_builder_free(b);
}
END_TEST

START_TEST(genesis_and_its_payload_go_together)
{
	struct entry e;

	b = chain_builder_running();
	ck_assert_int_eq(entry_decode(chain_builder_entry(b, 0), &e), OK);
	chain_builder_draft(b, &d, e.payload);
	chain_builder_sign(b, &d, two);
	REFUSED(b, ERR_GENESIS_AGAIN, chain_builder_append(b, &d));
	ck_assert_int_eq(entry_decode(chain_builder_entry(b, 1), &e), OK);
	memset(&b->st, 0, sizeof b->st);
	chain_builder_draft(b, &d, e.payload);
	chain_builder_sign(b, &d, two);
	ck_assert(d.genesis);
	REFUSED(b, ERR_NOT_GENESIS, chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

START_TEST(an_entry_is_of_this_chain)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct chain_builder *other;
	struct stage g;

	b = chain_builder_running();
	o.number = 1;
	other = chain_builder_new(&o);
	chain_builder_draft_stage(b, &d, 2);
	d.chain = other->st.chain;
	REFUSED(b, ERR_CHAIN_FOREIGN, chain_builder_append(b, &d));
	g = chain_builder_stage_of(b, 2);
	g.chain = other->st.chain;
	REFUSED(b, ERR_CHAIN_FOREIGN, chain_builder_stage(b, &g, two));
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	chain_builder_free(other);
	chain_builder_free(b);
}
END_TEST

START_TEST(every_kind_names_its_chain)
{
	static uint8_t buf[4096];
	struct endorse n = { .chain = { { 9 } } };
	struct revoke v = { { { 9 } }, { { 0 } }, { NULL, 0 } };
	struct receipt r = { { { 9 } }, ROLE_SEEN };
	struct out o = out_of(buf, sizeof buf);

	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	n.stage = v.stage = b->st.stage_id;
	endorse_encode(&o, &n);
	chain_builder_draft(b, &d, out_span(&o));
	REFUSED(b, ERR_CHAIN_FOREIGN, chain_builder_append(b, &d));
	o = out_of(buf, sizeof buf);
	v.reason = span_str("x");
	revoke_encode(&o, &v);
	chain_builder_draft(b, &d, out_span(&o));
	REFUSED(b, ERR_CHAIN_FOREIGN, chain_builder_append(b, &d));
	o = out_of(buf, sizeof buf);
	receipt_encode(&o, &r);
	chain_builder_draft(b, &d, out_span(&o));
	REFUSED(b, ERR_CHAIN_FOREIGN, chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

START_TEST(places_are_taken_in_order)
{
	b = chain_builder_running();
	chain_builder_draft_stage(b, &d, 2);
	d.seq++;
	REFUSED(b, ERR_SEQ_WRONG, chain_builder_append(b, &d));
	d.seq -= 2;
	REFUSED(b, ERR_SEQ_WRONG, chain_builder_append(b, &d));
	d.seq++;
	d.prev.b[31] ^= 1;
	REFUSED(b, ERR_PREV_WRONG, chain_builder_append(b, &d));
	d.prev.b[31] ^= 1;
	ACCEPTED(chain_builder_append(b, &d));
	REFUSED(b, ERR_SEQ_WRONG, chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

/* genesis */

/* b's own genesis with another policy, root or floor, as a first entry. */
static enum err
begin(const struct genesis *g, signers who)
{
	static uint8_t buf[PAYLOAD_MAX];
	struct out o = out_of(buf, sizeof buf);

	genesis_encode(&o, g);
	memset(&b->st, 0, sizeof b->st);
	chain_builder_draft(b, &d, out_span(&o));
	chain_builder_sign(b, &d, who);
	return chain_builder_append(b, &d);
}

static struct genesis
own_genesis(void)
{
	struct entry e;
	struct genesis g;

	ck_assert_int_eq(entry_decode(chain_builder_entry(b, 0), &e), OK);
	ck_assert_int_eq(genesis_decode(e.payload, &g), OK);
	return g;
}

START_TEST(genesis_is_signed_by_its_own_control_keys)
{
	struct genesis g;

	b = chain_builder_running();
	g = own_genesis();
	ck_assert_int_eq(begin(&g, CONTROL(0)), ERR_AUTHORITY);
	ck_assert_uint_eq(b->st.next_seq, 0);
	ck_assert_int_eq(begin(&g, CONTROL(0) | CONTROL(2)), OK);
	ck_assert_int_eq(begin(&g, two | CONTROL(2)), OK);
	ck_assert_int_eq(begin(&g, two | GUARDIAN(0)), ERR_PROOF_SURPLUS);
	ck_assert_int_eq(begin(&g, two | OTHER(0)), ERR_PROOF_SURPLUS);
	ck_assert_int_eq(begin(&g, GUARDIAN(0) | GUARDIAN(1)), ERR_AUTHORITY);
	chain_builder_free(b);
}
END_TEST

START_TEST(genesis_signatures_are_checked)
{
	struct genesis g;

	b = chain_builder_running();
	g = own_genesis();
	ck_assert_int_eq(begin(&g, two), OK);
	memset(&b->st, 0, sizeof b->st);
	d.sig[0][0] ^= 1;
	REFUSED(b, ERR_SIG_BAD, chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

START_TEST(the_root_is_one_that_the_client_named)
{
	struct h32 roots[2] = { { { 1 } }, { { 2 } } };
	struct genesis g;

	b = chain_builder_running();
	g = own_genesis();
	g.root = roots[0];
	ck_assert_int_eq(begin(&g, two), ERR_ROOT_FOREIGN);
	b->rules.root = roots;
	b->rules.root_n = 2;
	ck_assert_int_eq(begin(&g, two), OK);
	g.root = roots[1];
	ck_assert_int_eq(begin(&g, two), OK);
	b->rules.root_n = 1;
	ck_assert_int_eq(begin(&g, two), ERR_ROOT_FOREIGN);
	b->rules.root_n = 0;
	ck_assert_int_eq(begin(&g, two), ERR_ROOT_FOREIGN);
	chain_builder_free(b);
}
END_TEST

START_TEST(genesis_keeps_its_own_floor)
{
	struct genesis g;

	b = chain_builder_running();
	g = own_genesis();
	g.floor = g.policy.min_delay;
	ck_assert_int_eq(begin(&g, two), OK);
	g.floor++;
	ck_assert_int_eq(begin(&g, two), ERR_POLICY_FLOOR);
	chain_builder_free(b);
}
END_TEST

START_TEST(genesis_names_sound_witnesses)
{
	struct genesis g;

	b = chain_builder_running();
	g = own_genesis();
	cosigner_policy(&g.policy, 0, 2, 1);
	g.policy.witness[1] = span_str("w");
	ck_assert_int_eq(begin(&g, two), ERR_POLICY_WITNESSES);
	g.policy.witness[1] = span_str(cosigner_witness(1)->vkey);
	ck_assert_int_eq(begin(&g, two), OK);
	chain_builder_free(b);
}
END_TEST

static void
setup_three_roles(void)
{
	struct chain_builder_opts o = chain_builder_plain;

	o.endorsers = o.endorser_threshold = 1;
	b = chain_builder_new(&o);
}

/* The key, with a point of small order. */
static struct span
off_the_curve(uint8_t blob[64])
{
	memcpy(blob, b->key[16].blob, 51);
	memset(blob + 19, 0, 32);
	return span_of(blob, 51);
}

/* Of every role, whether it signed or not. */
START_TEST(a_key_off_the_curve_never_enters)
{
	struct genesis g;
	uint8_t blob[64];

	setup_three_roles();
	g = own_genesis();
	struct span *const key[] = { &g.policy.control.key[2].blob,
		&g.policy.guardians.key[0].blob,
		&g.policy.endorsers.key[0].blob };
	for (size_t i = 0; i < 3; i++) {
		struct span good = *key[i];

		*key[i] = off_the_curve(blob);
		ck_assert_int_eq(begin(&g, two), ERR_KEY_BAD);
		*key[i] = good;
	}
	ck_assert_int_eq(begin(&g, two), OK);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_policy_stage_brings_no_key_off_the_curve)
{
	struct policy p;
	struct stage s;
	uint8_t blob[64];

	setup_three_roles();
	ACCEPTED(chain_builder_stage_release(b, 1, two));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(0)));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	p = chain_builder_policy(b);
	struct span *const key[] = { &p.control.key[2].blob,
		&p.guardians.key[0].blob, &p.endorsers.key[0].blob };
	for (size_t i = 0; i < 3; i++) {
		struct span good = *key[i];

		*key[i] = off_the_curve(blob);
		s = chain_builder_policy_stage(b, &p);
		REFUSED(b, ERR_KEY_BAD, chain_builder_stage(b, &s, two));
		*key[i] = good;
	}
	s = chain_builder_policy_stage(b, &p);
	ACCEPTED(chain_builder_stage(b, &s, two));
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_chain_begins_with_genesis,
		genesis_and_its_payload_go_together, an_entry_is_of_this_chain,
		every_kind_names_its_chain, places_are_taken_in_order,
		genesis_is_signed_by_its_own_control_keys,
		genesis_signatures_are_checked,
		the_root_is_one_that_the_client_named,
		genesis_keeps_its_own_floor, genesis_names_sound_witnesses,
		a_key_off_the_curve_never_enters,
		a_policy_stage_brings_no_key_off_the_curve };

	return SUITE_RUN("order", t);
}
