/* SPDX-License-Identifier: ISC */
/* What an enclave makes of requests: entries, places, challenges. */
#include <check.h>

#include "tests/lib/enclave.h"
#include "tests/lib/suite.h"

static struct chain_builder *B;
static struct enclave ONE;

static void
setup(void)
{
	B = chain_builder_new(&chain_builder_plain);
	enclave_start(&ONE, B, 1);
}

static void
teardown(void)
{
	countersign_close(ONE.c);
	chain_builder_free(B);
}

/* Version 1 in force, version 2 staged, and the enclave knows. */
static void
stage_second(void)
{
	chain_builder_first(B, 1);
	ck_assert_int_eq(chain_builder_stage_release(B, 2,
			     chain_builder_owners(B)),
	    OK);
	ck_assert_int_eq(enclave_follow(&ONE), OK);
}

static struct span
statement_of(signers who)
{
	static uint8_t buf[8192];

	return chain_builder_revocation(B, who, buf, sizeof buf);
}

START_TEST(other_chain_is_refused)
{
	struct chain_builder_opts other = chain_builder_plain;
	struct chain_builder *foreign;

	other.number = 1;
	foreign = chain_builder_new(&other);
	ck_assert_int_eq(enclave_feed(&ONE, foreign->entry[0]),
	    ERR_PIN_MISMATCH);
	stage_second();
	chain_builder_first(foreign, 1);
	ck_assert_int_eq(enclave_feed(&ONE, foreign->entry[1]),
	    ERR_CHAIN_FOREIGN);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_SEEN), OK);
	chain_builder_free(foreign);
}
END_TEST

/* What a host sends too much must not end what an enclave knows. */
START_TEST(refused_entry_leaves_what_is_known)
{
	uint8_t two[8192], bad[8192];
	struct span last;
	size_t known;

	stage_second();
	known = B->n;
	ck_assert_int_eq(enclave_feed(&ONE, B->entry[0]), ERR_GENESIS_AGAIN);
	ck_assert_int_eq(enclave_feed(&ONE, B->entry[known - 1]),
	    ERR_SEQ_WRONG);
	ck_assert_int_eq(chain_builder_revoke(B, GUARDIAN(0)), OK);
	last = B->entry[known];
	memcpy(bad, last.p, last.n);
	bad[last.n - 1] ^= 1;
	ck_assert_int_ne(enclave_feed(&ONE, span_of(bad, last.n)), OK);
	ck_assert_uint_eq(countersign_state(ONE.c)->next_seq, known);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_SEEN), OK);
	memcpy(two, last.p, last.n);
	memcpy(two + last.n, last.p, last.n);
	ck_assert_int_eq(enclave_feed(&ONE, span_of(two, 2 * last.n)),
	    ERR_SEQ_WRONG);
	ck_assert_uint_eq(countersign_state(ONE.c)->next_seq, known + 1);
}
END_TEST

START_TEST(only_entries_are_taken)
{
	stage_second();
	ck_assert_int_eq(enclave_feed(&ONE, statement_of(GUARDIAN(0))),
	    ERR_ITEM_ORDER);
	ck_assert_int_ne(enclave_feed(&ONE, span_str("nonsense")), OK);
	ck_assert_int_ne(enclave_revoke(&ONE, B->entry[0]), OK);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_SEEN), OK);
}
END_TEST

START_TEST(receipt_only_after_the_known_head)
{
	struct message_request q = { .kind = MESSAGE_RECEIPT };

	ck_assert_int_eq(enclave_ask(&ONE, &q), ERR_CHAIN_EMPTY);
	stage_second();
	q.prev = B->st.head;
	ck_assert_int_eq(enclave_ask(&ONE, &q), OK);
	q.prev.b[31] ^= 1;
	ck_assert_int_eq(enclave_ask(&ONE, &q), ERR_PREV_WRONG);
	q.prev.b[31] ^= 1;
	enclave_receive(&ONE, ROLE_SEEN);
	ck_assert_int_eq(enclave_ask(&ONE, &q), ERR_PREV_WRONG);
}
END_TEST

START_TEST(simulator_is_not_trusted_by_default)
{
	countersign_close(ONE.c);
	ck_assert_int_eq(countersign_open(&B->st.chain, &attest_root_aws, 1,
			     &B->nsm, &ONE.c),
	    OK);
	ck_assert_int_eq(enclave_follow(&ONE), ERR_ROOT_FOREIGN);
	enclave_start(&ONE, B, 1);
	ck_assert_int_eq(enclave_follow(&ONE), OK);
}
END_TEST

START_TEST(document_of_another_root_is_not_handed_out)
{
	static const uint8_t seed[NSM_SIM_SEED] = "another root";
	struct nsm_sim *mine = B->sim, *other;

	stage_second();
	ck_assert_int_eq(nsm_sim_open_memory(seed, 1, &other), OK);
	B->sim = other;
	B->nsm = nsm_sim_nsm(other);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_SEEN), ERR_DOC_ROOT);
	nsm_sim_close(other);
	B->sim = mine;
	B->nsm = nsm_sim_nsm(mine);
	ck_assert_int_eq(enclave_receipt(&ONE, ROLE_SEEN), OK);
}
END_TEST

START_TEST(live_answers_with_nonce_and_head)
{
	const struct message_request live = { .kind = MESSAGE_LIVE,
		.body = span_str("challenge") };
	struct attest a;
	struct h32 chain, head;
	enum role role;

	ck_assert_int_eq(enclave_ask(&ONE, &live), ERR_CHAIN_EMPTY);
	stage_second();
	ck_assert_int_eq(enclave_ask(&ONE, &live), OK);
	ck_assert_int_eq(attest_parse(ONE.reply.document, &a), OK);
	ck_assert(span_is(a.nonce.v, "challenge"));
	ck_assert_int_eq(receipt_user_data_parse(a.user_data.v, &role, &chain,
			     &head),
	    OK);
	ck_assert_int_eq(role, ROLE_LIVE);
	ck_assert(h32_eq(&chain, &B->st.chain));
	ck_assert(h32_eq(&head, &B->st.head));
}
END_TEST

/* What the builder's NSM is behind a runtime that takes only a text. */
static void
only_text(struct enclave *v, struct nsm *nsm)
{
	*nsm = B->nsm;
	nsm->text_only = true;
	countersign_close(v->c);
	ck_assert_int_eq(countersign_open(&B->st.chain, &B->root, 1, nsm,
			     &v->c),
	    OK);
}

START_TEST(a_challenge_stands_in_the_text_where_that_is_all_there_is)
{
	uint8_t nonce[RECEIPT_CHALLENGE_MAX + 1] = { 7 }, text[512];
	struct message_request live = { .kind = MESSAGE_LIVE,
		.body = span_of(nonce, RECEIPT_CHALLENGE_MAX) };
	struct out o = out_of(text, sizeof text);
	struct attest a;
	struct nsm nsm;

	only_text(&ONE, &nsm);
	stage_second();
	ck_assert_int_eq(enclave_ask(&ONE, &live), OK);
	ck_assert_int_eq(attest_parse(ONE.reply.document, &a), OK);
	ck_assert(!a.nonce.present && a.user_data.present);
	receipt_live(&o, &B->st.chain, &B->st.head, live.body);
	ck_assert(!o.full && span_eq(a.user_data.v, out_span(&o)));
	live.body.n++; /* it would not fit what others read */
	ck_assert_int_eq(enclave_ask(&ONE, &live), ERR_TOO_LARGE);
}
END_TEST

START_TEST(a_text_cannot_carry_what_is_none)
{
	static const char *const bad[] = { "a\"b", "a\\b", "a\nb", "\xff" };
	uint8_t doc[ATTEST_DOC_MAX];
	struct nsm nsm = B->nsm;
	struct nsm_ask ask = { .user_data = span_str("text ~") };
	struct out o = out_of(doc, sizeof doc);

	nsm.text_only = true;
	ck_assert_int_eq(nsm_attest(&nsm, &ask, &o), OK);
	ask.nonce = span_str("n");
	ck_assert_int_eq(nsm_attest(&nsm, &ask, &o), ERR_NSM_REFUSED);
	ask.nonce = (struct span){ 0 };
	ask.public_key = span_str("k");
	ck_assert_int_eq(nsm_attest(&nsm, &ask, &o), ERR_NSM_REFUSED);
	ask.public_key = (struct span){ 0 };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ask.user_data = span_str(bad[i]);
		ck_assert_int_eq(nsm_attest(&nsm, &ask, &o), ERR_NSM_REFUSED);
	}
}
END_TEST

START_TEST(hello_says_who_and_how_far)
{
	const struct message_request hello = { .kind = MESSAGE_HELLO };
	struct release mine;

	ck_assert_int_eq(enclave_ask(&ONE, &hello), OK);
	ck_assert_uint_eq(ONE.reply.next_seq, 0);
	stage_second();
	ck_assert_int_eq(enclave_ask(&ONE, &hello), OK);
	ck_assert_uint_eq(ONE.reply.next_seq, B->n);
	ck_assert(h32_eq(&ONE.reply.chain, &B->st.chain));
	ck_assert_uint_eq(ONE.reply.pcrs.mask, 0x17); /* 0, 1, 2 and 4 */
	mine = chain_builder_release(B, 1);
	ck_assert_mem_eq(ONE.reply.pcrs.value[0], mine.pcrs.value[0], PCR_SIZE);
}
END_TEST

START_TEST(malformed_request_gets_an_error)
{
	struct out o = out_of(ONE.buf, sizeof ONE.buf);

	ck_assert_int_eq(countersign_answer(ONE.c, span_str("nonsense"), &o),
	    ERR_CBOR_TYPE);
	ck_assert_int_eq(message_reply_decode(out_span(&o), &ONE.reply), OK);
	ck_assert_int_eq(ONE.reply.err, ERR_CBOR_TYPE);
	ck_assert_int_eq(enclave_follow(&ONE), OK);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { other_chain_is_refused,
		refused_entry_leaves_what_is_known, only_entries_are_taken,
		receipt_only_after_the_known_head,
		simulator_is_not_trusted_by_default,
		document_of_another_root_is_not_handed_out,
		live_answers_with_nonce_and_head,
		a_challenge_stands_in_the_text_where_that_is_all_there_is,
		a_text_cannot_carry_what_is_none, hello_says_who_and_how_far,
		malformed_request_gets_an_error };

	return SUITE_RUN_FIXTURE("countersign_request", t, setup, teardown);
}
