/* SPDX-License-Identifier: ISC */
/* Which receipts an enclave makes, and when. */
#include <check.h>

#include "tests/lib/enclave.h"
#include "tests/lib/suite.h"

static struct chain_builder *B;
static struct enclave ONE, TWO;

static void
setup(void)
{
	B = chain_builder_new(&chain_builder_plain);
	enclave_start(&ONE, B, 1);
	enclave_start(&TWO, B, 2);
}

static void
teardown(void)
{
	countersign_close(ONE.c);
	countersign_close(TWO.c);
	chain_builder_free(B);
}

static void
stage(unsigned version)
{
	struct stage g = chain_builder_stage_of(B, version);

	ck_assert_int_eq(chain_builder_stage(B, &g, chain_builder_owners(B)),
	    OK);
	ck_assert_int_eq(enclave_follow(&ONE), OK);
	ck_assert_int_eq(enclave_follow(&TWO), OK);
}

/* Version 1 in force, version 2 staged, both enclaves know. */
static void
stage_second(void)
{
	chain_builder_first(B, 1);
	stage(2);
}

/* Noticed and accepted, and the window is over to the millisecond. */
static void
ready_to_release(void)
{
	stage_second();
	enclave_receive(&ONE, ROLE_SEEN);
	enclave_receive(&TWO, ROLE_ACCEPTED);
	ck_assert_int_eq(enclave_follow(&ONE), OK);
	B->now += chain_builder_plain.min_delay;
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_RELEASED), OK);
}

static struct span
statement_of(signers who)
{
	static uint8_t buf[8192];

	return chain_builder_revocation(B, who, buf, sizeof buf);
}

START_TEST(upgrade_from_one_version_to_the_next)
{
	stage(1);
	enclave_receive(&ONE, ROLE_ACCEPTED);
	ck_assert_uint_eq(countersign_state(ONE.c)->upgrades, 1);
	stage(2);
	enclave_receive(&ONE, ROLE_SEEN);
	enclave_receive(&TWO, ROLE_ACCEPTED);
	B->now += chain_builder_plain.min_delay;
	enclave_receive(&ONE, ROLE_RELEASED);
	ck_assert_int_eq(enclave_follow(&TWO), OK);
	ck_assert_uint_eq(countersign_state(TWO.c)->upgrades, 2);
}
END_TEST

START_TEST(not_one_millisecond_early_or_late)
{
	uint64_t expires;
	struct stage g;

	ready_to_release();
	ck_assert_int_eq(state_stage(&B->st, &g), OK);
	expires = g.expires;
	B->now--;
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_RELEASED), ERR_TOO_EARLY);
	B->now++;
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_RELEASED), OK);
	B->now = expires;
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_RELEASED), OK);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_LAPSED), ERR_NOT_EXPIRED);
	B->now = expires + 1;
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_RELEASED), ERR_EXPIRED);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_LAPSED), OK);
}
END_TEST

START_TEST(no_release_before_notice_and_acceptance)
{
	stage_second();
	B->now += chain_builder_plain.min_delay;
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_RELEASED),
	    ERR_RECEIPT_STATE);
	enclave_receive(&ONE, ROLE_SEEN);
	B->now += chain_builder_plain.min_delay;
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_RELEASED),
	    ERR_NOT_ACCEPTED);
}
END_TEST

START_TEST(revocation_at_hand_stops_the_release)
{
	struct stage g;

	ready_to_release();
	ck_assert_int_eq(enclave_revoke(&ONE, statement_of(GUARDIAN(0))), OK);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_RELEASED), ERR_REVOKED);
	ck_assert_int_eq(enclave_revoke(&ONE, statement_of(GUARDIAN(1))), OK);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_RELEASED), ERR_REVOKED);
	ck_assert_int_eq(state_stage(&B->st, &g), OK);
	B->now = g.expires + 1;
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_LAPSED), OK);
}
END_TEST

START_TEST(worthless_revocation_stops_nothing)
{
	struct span s;
	uint8_t bad[8192], old[8192];

	stage_second();
	s = statement_of(GUARDIAN(0));
	memcpy(old, s.p, s.n);
	ck_assert_int_eq(chain_builder_revoke(B, GUARDIAN(0)), OK);
	stage(2);
	enclave_receive(&ONE, ROLE_SEEN);
	enclave_receive(&TWO, ROLE_ACCEPTED);
	ck_assert_int_eq(enclave_follow(&ONE), OK);
	B->now += chain_builder_plain.min_delay;
	ck_assert_int_eq(enclave_revoke(&ONE, span_of(old, s.n)),
	    ERR_STAGE_UNKNOWN);
	ck_assert_int_ne(enclave_revoke(&ONE, statement_of(OTHER(0))), OK);
	s = statement_of(GUARDIAN(0));
	memcpy(bad, s.p, s.n);
	bad[s.n - 1] ^= 1;
	ck_assert_int_ne(enclave_revoke(&ONE, span_of(bad, s.n)), OK);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_RELEASED), OK);
	bad[s.n - 1] ^= 1;
	ck_assert_int_eq(enclave_revoke(&ONE, span_of(bad, s.n)), OK);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_RELEASED), ERR_REVOKED);
}
END_TEST

/* It holds the stage that it names, not the one after. */
START_TEST(revocation_ends_with_its_stage)
{
	stage_second();
	ck_assert_int_eq(enclave_revoke(&ONE, statement_of(GUARDIAN(0))), OK);
	ck_assert_int_eq(chain_builder_revoke(B, GUARDIAN(0)), OK);
	B->now++;
	stage(2);
	enclave_receive(&ONE, ROLE_SEEN);
	enclave_receive(&TWO, ROLE_ACCEPTED);
	B->now += chain_builder_plain.min_delay;
	enclave_receive(&ONE, ROLE_RELEASED);
}
END_TEST

START_TEST(revoked_first_release_is_not_accepted)
{
	stage(1);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_ACCEPTED), OK);
	ck_assert_int_eq(enclave_revoke(&ONE, statement_of(GUARDIAN(2))), OK);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_ACCEPTED), ERR_REVOKED);
}
END_TEST

START_TEST(other_code_gives_no_receipt)
{
	stage_second();
	ck_assert_int_eq(enclave_receipt(&TWO, ROLE_SEEN), ERR_RECEIPT_PCRS);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_SEEN), OK);
	enclave_receive(&ONE, ROLE_SEEN);
	ck_assert_int_eq(enclave_follow(&TWO), OK);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_ACCEPTED),
	    ERR_RECEIPT_PCRS);
	ck_assert_int_eq(enclave_receipt(&TWO, ROLE_ACCEPTED), OK);
	enclave_receive(&TWO, ROLE_ACCEPTED);
	B->now += chain_builder_plain.min_delay;
	ck_assert_int_eq(enclave_receipt(&TWO, ROLE_RELEASED),
	    ERR_RECEIPT_PCRS);
}
END_TEST

START_TEST(debug_enclave_gives_no_receipt)
{
	const struct message_request hello = { .kind = MESSAGE_HELLO };

	stage_second();
	ck_assert_int_eq(enclave_ask(&ONE, &hello), OK);
	ONE.version = 0;
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_SEEN), ERR_DOC_DEBUG);
	ck_assert_int_eq(enclave_ask(&ONE, &hello), ERR_DOC_DEBUG);
	ONE.version = 1;
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_SEEN), OK);
}
END_TEST

/* A document that was made behind one head is void behind another. */
START_TEST(receipt_of_an_older_head_has_no_place)
{
	static uint8_t kept[MESSAGE_REPLY_MAX];
	struct message_reply old;

	stage_second();
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_SEEN), OK);
	memcpy(kept, ONE.buf, sizeof kept);
	ck_assert_int_eq(message_reply_decode(span_of(kept, ONE.reply_n), &old),
	    OK);
	ck_assert_int_eq(chain_builder_revoke(B, GUARDIAN(0)), OK);
	B->now++;
	stage(2);
	ck_assert_int_eq(enclave_append(B, old.payload, old.document),
	    ERR_RECEIPT_USER_DATA);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_SEEN), OK);
	ck_assert_int_eq(enclave_append(B, ONE.reply.payload,
			     ONE.reply.document),
	    OK);
}
END_TEST

static enum err
witnessed(struct enclave *v, enum role role, struct span checkpoint)
{
	const struct message_request q = { .kind = MESSAGE_RECEIPT,
		.role = role,
		.prev = countersign_state(v->c)->head,
		.body = checkpoint };

	return enclave_ask(v, &q);
}

/* By these witnesses of two, so many seconds before now. */
static struct span
checkpoint(unsigned who, uint64_t ago)
{
	static uint8_t buf[CHECKPOINT_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct cosigner_note n;

	cosigner_note(&n, &B->st, who, chain_builder_second(B) - ago);
	cosigner_write(&o, &n);
	ck_assert(!o.full);
	return out_span(&o);
}

/* A host and a server that hide a stage from everybody get no notice for it,
 * and no release at the end of a window that nobody saw. */
START_TEST(nothing_is_signed_that_witnesses_did_not_see)
{
	struct chain_builder_opts opts = chain_builder_plain;
	struct policy named = { 0 };
	struct span none = { 0 };

	cosigner_policy(&named, 0, 2, 2);
	opts.witnesses = &named;
	teardown();
	B = chain_builder_new(&opts);
	ONE.c = TWO.c = NULL;
	enclave_start(&ONE, B, 1);
	enclave_start(&TWO, B, 2);
	stage_second();
	ck_assert_int_eq(witnessed(&ONE, ROLE_SEEN, none),
	    ERR_CHECKPOINT_MISSING);
	ck_assert_int_eq(witnessed(&ONE, ROLE_SEEN, checkpoint(1, 0)),
	    ERR_WITNESSES_FEW);
	ck_assert_int_eq(witnessed(&ONE, ROLE_SEEN, checkpoint(3, 0)), OK);
	ck_assert_int_eq(chain_builder_receipt(B, ROLE_SEEN, 1), OK);
	ck_assert_int_eq(chain_builder_receipt(B, ROLE_ACCEPTED, 2), OK);
	ck_assert_int_eq(enclave_follow(&ONE), OK);
	B->now += opts.min_delay + 1000;
	ck_assert_int_eq(witnessed(&ONE, ROLE_RELEASED, none),
	    ERR_CHECKPOINT_MISSING);
	ck_assert_int_eq(witnessed(&ONE, ROLE_RELEASED, checkpoint(3, 3601)),
	    ERR_CHECKPOINT_TIME);
	ck_assert_int_eq(witnessed(&ONE, ROLE_RELEASED, checkpoint(3, 0)), OK);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { upgrade_from_one_version_to_the_next,
		not_one_millisecond_early_or_late,
		no_release_before_notice_and_acceptance,
		revocation_at_hand_stops_the_release,
		worthless_revocation_stops_nothing,
		revocation_ends_with_its_stage,
		revoked_first_release_is_not_accepted,
		other_code_gives_no_receipt, debug_enclave_gives_no_receipt,
		receipt_of_an_older_head_has_no_place,
		nothing_is_signed_that_witnesses_did_not_see };

	return SUITE_RUN_FIXTURE("countersign", t, setup, teardown);
}
