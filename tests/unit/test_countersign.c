/* SPDX-License-Identifier: ISC */
#include <check.h>

#include "enclave/countersign.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"

/* An enclave beside the builder's chain.  It runs the code of a version (0:
 * debug) and asks the builder's NSM, at the builder's time. */
struct enclave {
	struct countersign *c;
	unsigned version;
	uint8_t buf[MESSAGE_REPLY_MAX];
	size_t reply_n;
	struct message_reply reply;
};

static struct chain_builder *B;
static struct enclave ONE, TWO;
static uint8_t BUF[MESSAGE_MAX];

static void
start(struct enclave *v, unsigned version)
{
	countersign_close(v->c);
	v->version = version;
	ck_assert_int_eq(countersign_open(&B->st.chain, &B->root, 1, &B->nsm,
			     &v->c),
	    OK);
}

static void
setup(void)
{
	B = chain_builder_new(&chain_builder_plain);
	start(&ONE, 1);
	start(&TWO, 2);
}

static void
teardown(void)
{
	countersign_close(ONE.c);
	countersign_close(TWO.c);
	chain_builder_free(B);
}

static void
run_version(unsigned version)
{
	static const uint8_t zero[PCR_SIZE];
	struct release r = chain_builder_release(B, version);

	for (unsigned i = 0; i < 3; i++)
		nsm_sim_set_pcr(B->sim, i, version ? r.pcrs.value[i] : zero);
	nsm_sim_set_time(B->sim, B->now);
}

static enum err
ask(struct enclave *v, const struct message_request *q)
{
	struct out request = out_of(BUF, sizeof BUF);
	struct out o = out_of(v->buf, sizeof v->buf);
	enum err e;

	run_version(v->version);
	message_request_encode(&request, q);
	e = countersign_answer(v->c, out_span(&request), &o);
	ck_assert(!o.full);
	v->reply_n = o.n;
	ck_assert_int_eq(message_reply_decode(out_span(&o), &v->reply), OK);
	ck_assert_int_eq(v->reply.kind, e == OK ? q->kind : MESSAGE_ERROR);
	ck_assert_int_eq(v->reply.err, e);
	return e;
}

static enum err
feed(struct enclave *v, struct span entries)
{
	const struct message_request q = { .kind = MESSAGE_ENTRIES,
		.body = entries };

	return ask(v, &q);
}

/* Feeds what the enclave lacks of the builder's chain, in one message. */
static enum err
follow(struct enclave *v)
{
	static uint8_t sequence[MESSAGE_MAX];
	struct out o = out_of(sequence, sizeof sequence);

	for (size_t i = countersign_state(v->c)->next_seq; i < B->n; i++)
		out_put(&o, B->entry[i].p, B->entry[i].n);
	ck_assert(!o.full);
	return o.n ? feed(v, out_span(&o)) : OK;
}

static enum err
revoke(struct enclave *v, struct span statement)
{
	const struct message_request q = { .kind = MESSAGE_REVOCATION,
		.body = statement };

	return ask(v, &q);
}

static enum err
receipt(struct enclave *v, enum role role)
{
	const struct message_request q = { .kind = MESSAGE_RECEIPT,
		.role = role,
		.prev = countersign_state(v->c)->head };

	return ask(v, &q);
}

/* A receipt as the next entry of the builder's chain. */
static enum err
append(struct span payload, struct span document)
{
	static struct chain_builder_draft d;

	chain_builder_draft(B, &d, payload);
	d.proof[d.n++] =
	    (struct proof){ .kind = PROOF_DOCUMENT, .body = document };
	return chain_builder_append(B, &d);
}

/* Asks for a receipt, and the chain goes on with it. */
static void
receive(struct enclave *v, enum role role)
{
	ck_assert_int_eq(follow(v), OK);
	ck_assert_int_eq(receipt(v, role), OK);
	ck_assert_int_eq(append(v->reply.payload, v->reply.document), OK);
	ck_assert_int_eq(follow(v), OK);
}

static void
stage(unsigned version)
{
	struct stage g = chain_builder_stage_of(B, version);

	ck_assert_int_eq(chain_builder_stage(B, &g, chain_builder_owners(B)),
	    OK);
	ck_assert_int_eq(follow(&ONE), OK);
	ck_assert_int_eq(follow(&TWO), OK);
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
	receive(&ONE, ROLE_SEEN);
	receive(&TWO, ROLE_ACCEPTED);
	ck_assert_int_eq(follow(&ONE), OK);
	B->now += chain_builder_plain.min_delay;
	ck_assert_int_eq(receipt(&ONE, ROLE_RELEASED), OK);
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
	receive(&ONE, ROLE_ACCEPTED);
	ck_assert_uint_eq(countersign_state(ONE.c)->upgrades, 1);
	stage(2);
	receive(&ONE, ROLE_SEEN);
	receive(&TWO, ROLE_ACCEPTED);
	B->now += chain_builder_plain.min_delay;
	receive(&ONE, ROLE_RELEASED);
	ck_assert_int_eq(follow(&TWO), OK);
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
	ck_assert_int_eq(receipt(&ONE, ROLE_RELEASED), ERR_TOO_EARLY);
	B->now++;
	ck_assert_int_eq(receipt(&ONE, ROLE_RELEASED), OK);
	B->now = expires;
	ck_assert_int_eq(receipt(&ONE, ROLE_RELEASED), OK);
	ck_assert_int_eq(receipt(&ONE, ROLE_LAPSED), ERR_NOT_EXPIRED);
	B->now = expires + 1;
	ck_assert_int_eq(receipt(&ONE, ROLE_RELEASED), ERR_EXPIRED);
	ck_assert_int_eq(receipt(&ONE, ROLE_LAPSED), OK);
}
END_TEST

START_TEST(no_release_before_notice_and_acceptance)
{
	stage_second();
	B->now += chain_builder_plain.min_delay;
	ck_assert_int_eq(receipt(&ONE, ROLE_RELEASED), ERR_RECEIPT_STATE);
	receive(&ONE, ROLE_SEEN);
	B->now += chain_builder_plain.min_delay;
	ck_assert_int_eq(receipt(&ONE, ROLE_RELEASED), ERR_NOT_ACCEPTED);
}
END_TEST

START_TEST(revocation_at_hand_stops_the_release)
{
	struct stage g;

	ready_to_release();
	ck_assert_int_eq(revoke(&ONE, statement_of(GUARDIAN(0))), OK);
	ck_assert_int_eq(receipt(&ONE, ROLE_RELEASED), ERR_REVOKED);
	ck_assert_int_eq(revoke(&ONE, statement_of(GUARDIAN(1))), OK);
	ck_assert_int_eq(receipt(&ONE, ROLE_RELEASED), ERR_REVOKED);
	ck_assert_int_eq(state_stage(&B->st, &g), OK);
	B->now = g.expires + 1;
	ck_assert_int_eq(receipt(&ONE, ROLE_LAPSED), OK);
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
	receive(&ONE, ROLE_SEEN);
	receive(&TWO, ROLE_ACCEPTED);
	ck_assert_int_eq(follow(&ONE), OK);
	B->now += chain_builder_plain.min_delay;
	ck_assert_int_eq(revoke(&ONE, span_of(old, s.n)), ERR_STAGE_UNKNOWN);
	ck_assert_int_ne(revoke(&ONE, statement_of(OTHER(0))), OK);
	s = statement_of(GUARDIAN(0));
	memcpy(bad, s.p, s.n);
	bad[s.n - 1] ^= 1;
	ck_assert_int_ne(revoke(&ONE, span_of(bad, s.n)), OK);
	ck_assert_int_eq(receipt(&ONE, ROLE_RELEASED), OK);
	bad[s.n - 1] ^= 1;
	ck_assert_int_eq(revoke(&ONE, span_of(bad, s.n)), OK);
	ck_assert_int_eq(receipt(&ONE, ROLE_RELEASED), ERR_REVOKED);
}
END_TEST

/* It holds the stage that it names, not the one after. */
START_TEST(revocation_ends_with_its_stage)
{
	stage_second();
	ck_assert_int_eq(revoke(&ONE, statement_of(GUARDIAN(0))), OK);
	ck_assert_int_eq(chain_builder_revoke(B, GUARDIAN(0)), OK);
	B->now++;
	stage(2);
	receive(&ONE, ROLE_SEEN);
	receive(&TWO, ROLE_ACCEPTED);
	B->now += chain_builder_plain.min_delay;
	receive(&ONE, ROLE_RELEASED);
}
END_TEST

START_TEST(revoked_first_release_is_not_accepted)
{
	stage(1);
	ck_assert_int_eq(receipt(&ONE, ROLE_ACCEPTED), OK);
	ck_assert_int_eq(revoke(&ONE, statement_of(GUARDIAN(2))), OK);
	ck_assert_int_eq(receipt(&ONE, ROLE_ACCEPTED), ERR_REVOKED);
}
END_TEST

START_TEST(other_code_gives_no_receipt)
{
	stage_second();
	ck_assert_int_eq(receipt(&TWO, ROLE_SEEN), ERR_RECEIPT_PCRS);
	ck_assert_int_eq(receipt(&ONE, ROLE_SEEN), OK);
	receive(&ONE, ROLE_SEEN);
	ck_assert_int_eq(follow(&TWO), OK);
	ck_assert_int_eq(receipt(&ONE, ROLE_ACCEPTED), ERR_RECEIPT_PCRS);
	ck_assert_int_eq(receipt(&TWO, ROLE_ACCEPTED), OK);
	receive(&TWO, ROLE_ACCEPTED);
	B->now += chain_builder_plain.min_delay;
	ck_assert_int_eq(receipt(&TWO, ROLE_RELEASED), ERR_RECEIPT_PCRS);
}
END_TEST

START_TEST(debug_enclave_gives_no_receipt)
{
	const struct message_request hello = { .kind = MESSAGE_HELLO };

	stage_second();
	ck_assert_int_eq(ask(&ONE, &hello), OK);
	ONE.version = 0;
	ck_assert_int_eq(receipt(&ONE, ROLE_SEEN), ERR_DOC_DEBUG);
	ck_assert_int_eq(ask(&ONE, &hello), ERR_DOC_DEBUG);
	ONE.version = 1;
	ck_assert_int_eq(receipt(&ONE, ROLE_SEEN), OK);
}
END_TEST

START_TEST(other_chain_is_refused)
{
	struct chain_builder_opts other = chain_builder_plain;
	struct chain_builder *foreign;

	other.number = 1;
	foreign = chain_builder_new(&other);
	ck_assert_int_eq(feed(&ONE, foreign->entry[0]), ERR_PIN_MISMATCH);
	stage_second();
	chain_builder_first(foreign, 1);
	ck_assert_int_eq(feed(&ONE, foreign->entry[1]), ERR_CHAIN_FOREIGN);
	ck_assert_int_eq(receipt(&ONE, ROLE_SEEN), OK);
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
	ck_assert_int_eq(feed(&ONE, B->entry[0]), ERR_GENESIS_AGAIN);
	ck_assert_int_eq(feed(&ONE, B->entry[known - 1]), ERR_SEQ_WRONG);
	ck_assert_int_eq(chain_builder_revoke(B, GUARDIAN(0)), OK);
	last = B->entry[known];
	memcpy(bad, last.p, last.n);
	bad[last.n - 1] ^= 1;
	ck_assert_int_ne(feed(&ONE, span_of(bad, last.n)), OK);
	ck_assert_uint_eq(countersign_state(ONE.c)->next_seq, known);
	ck_assert_int_eq(receipt(&ONE, ROLE_SEEN), OK);
	memcpy(two, last.p, last.n);
	memcpy(two + last.n, last.p, last.n);
	ck_assert_int_eq(feed(&ONE, span_of(two, 2 * last.n)), ERR_SEQ_WRONG);
	ck_assert_uint_eq(countersign_state(ONE.c)->next_seq, known + 1);
}
END_TEST

START_TEST(only_entries_are_taken)
{
	stage_second();
	ck_assert_int_eq(feed(&ONE, statement_of(GUARDIAN(0))), ERR_ITEM_ORDER);
	ck_assert_int_ne(feed(&ONE, span_str("nonsense")), OK);
	ck_assert_int_ne(revoke(&ONE, B->entry[0]), OK);
	ck_assert_int_eq(receipt(&ONE, ROLE_SEEN), OK);
}
END_TEST

START_TEST(receipt_only_after_the_known_head)
{
	struct message_request q = { .kind = MESSAGE_RECEIPT };

	ck_assert_int_eq(ask(&ONE, &q), ERR_CHAIN_EMPTY);
	stage_second();
	q.prev = B->st.head;
	ck_assert_int_eq(ask(&ONE, &q), OK);
	q.prev.b[31] ^= 1;
	ck_assert_int_eq(ask(&ONE, &q), ERR_PREV_WRONG);
	q.prev.b[31] ^= 1;
	receive(&ONE, ROLE_SEEN);
	ck_assert_int_eq(ask(&ONE, &q), ERR_PREV_WRONG);
}
END_TEST

/* A document that was made behind one head is void behind another. */
START_TEST(receipt_of_an_older_head_has_no_place)
{
	static uint8_t kept[MESSAGE_REPLY_MAX];
	struct message_reply old;

	stage_second();
	ck_assert_int_eq(receipt(&ONE, ROLE_SEEN), OK);
	memcpy(kept, ONE.buf, sizeof kept);
	ck_assert_int_eq(message_reply_decode(span_of(kept, ONE.reply_n), &old),
	    OK);
	ck_assert_int_eq(chain_builder_revoke(B, GUARDIAN(0)), OK);
	B->now++;
	stage(2);
	ck_assert_int_eq(append(old.payload, old.document),
	    ERR_RECEIPT_USER_DATA);
	ck_assert_int_eq(receipt(&ONE, ROLE_SEEN), OK);
	ck_assert_int_eq(append(ONE.reply.payload, ONE.reply.document), OK);
}
END_TEST

START_TEST(simulator_is_not_trusted_by_default)
{
	countersign_close(ONE.c);
	ck_assert_int_eq(countersign_open(&B->st.chain, &attest_root_aws, 1,
			     &B->nsm, &ONE.c),
	    OK);
	ck_assert_int_eq(follow(&ONE), ERR_ROOT_FOREIGN);
	start(&ONE, 1);
	ck_assert_int_eq(follow(&ONE), OK);
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
	ck_assert_int_eq(receipt(&ONE, ROLE_SEEN), ERR_DOC_ROOT);
	nsm_sim_close(other);
	B->sim = mine;
	B->nsm = nsm_sim_nsm(mine);
	ck_assert_int_eq(receipt(&ONE, ROLE_SEEN), OK);
}
END_TEST

START_TEST(live_answers_with_nonce_and_head)
{
	const struct message_request live = { .kind = MESSAGE_LIVE,
		.body = span_str("challenge") };
	struct attest a;
	struct h32 chain, head;
	enum role role;

	ck_assert_int_eq(ask(&ONE, &live), ERR_CHAIN_EMPTY);
	stage_second();
	ck_assert_int_eq(ask(&ONE, &live), OK);
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
	ck_assert_int_eq(ask(&ONE, &live), OK);
	ck_assert_int_eq(attest_parse(ONE.reply.document, &a), OK);
	ck_assert(!a.nonce.present && a.user_data.present);
	receipt_live(&o, &B->st.chain, &B->st.head, live.body);
	ck_assert(!o.full && span_eq(a.user_data.v, out_span(&o)));
	live.body.n++; /* it would not fit what others read */
	ck_assert_int_eq(ask(&ONE, &live), ERR_TOO_LARGE);
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

	ck_assert_int_eq(ask(&ONE, &hello), OK);
	ck_assert_uint_eq(ONE.reply.next_seq, 0);
	stage_second();
	ck_assert_int_eq(ask(&ONE, &hello), OK);
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
	ck_assert_int_eq(follow(&ONE), OK);
}
END_TEST

static enum err
witnessed(struct enclave *v, enum role role, struct span checkpoint)
{
	const struct message_request q = { .kind = MESSAGE_RECEIPT,
		.role = role,
		.prev = countersign_state(v->c)->head,
		.body = checkpoint };

	return ask(v, &q);
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
	start(&ONE, 1);
	start(&TWO, 2);
	stage_second();
	ck_assert_int_eq(witnessed(&ONE, ROLE_SEEN, none),
	    ERR_CHECKPOINT_MISSING);
	ck_assert_int_eq(witnessed(&ONE, ROLE_SEEN, checkpoint(1, 0)),
	    ERR_WITNESSES_FEW);
	ck_assert_int_eq(witnessed(&ONE, ROLE_SEEN, checkpoint(3, 0)), OK);
	ck_assert_int_eq(chain_builder_receipt(B, ROLE_SEEN, 1), OK);
	ck_assert_int_eq(chain_builder_receipt(B, ROLE_ACCEPTED, 2), OK);
	ck_assert_int_eq(follow(&ONE), OK);
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
		nothing_is_signed_that_witnesses_did_not_see,
		no_release_before_notice_and_acceptance,
		revocation_at_hand_stops_the_release,
		worthless_revocation_stops_nothing,
		revocation_ends_with_its_stage,
		revoked_first_release_is_not_accepted,
		other_code_gives_no_receipt, debug_enclave_gives_no_receipt,
		other_chain_is_refused, refused_entry_leaves_what_is_known,
		only_entries_are_taken, receipt_only_after_the_known_head,
		receipt_of_an_older_head_has_no_place,
		simulator_is_not_trusted_by_default,
		document_of_another_root_is_not_handed_out,
		live_answers_with_nonce_and_head,
		a_challenge_stands_in_the_text_where_that_is_all_there_is,
		a_text_cannot_carry_what_is_none, hello_says_who_and_how_far,
		malformed_request_gets_an_error };

	return SUITE_RUN_FIXTURE("countersign", t, setup, teardown);
}
