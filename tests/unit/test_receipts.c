/* SPDX-License-Identifier: ISC */
/* Receipts: whose, where in the state table, and when. */
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

static struct chain_builder *b;
static struct chain_builder_draft d;
static const signers two = CONTROL(0) | CONTROL(1);

static void
setup(void)
{
	b = chain_builder_new(&chain_builder_plain);
	chain_builder_first(b, 1);
}

/* A release stage of version 2 with this much done. */
static void
setup_staged(void)
{
	setup();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
}

static void
setup_noticed(void)
{
	setup_staged();
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
}

static void
setup_accepted(void)
{
	setup_noticed();
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
}

static enum err
receipt_at(uint64_t now, enum role role, unsigned version)
{
	b->now = now;
	return chain_builder_receipt(b, role, version);
}

/* A receipt of this role whose document says something else. */
static enum err
receipt_saying(enum role role, unsigned version, struct span user_data)
{
	struct receipt r = { b->st.chain, role };
	uint8_t buf[256];
	struct out o = out_of(buf, sizeof buf);

	receipt_encode(&o, &r);
	chain_builder_draft(b, &d, out_span(&o));
	chain_builder_attest(b, &d, version, user_data);
	return chain_builder_append(b, &d);
}

static struct span
say(enum role role, const struct h32 *chain, const struct h32 *prev)
{
	static uint8_t buf[RECEIPT_USER_DATA_MAX];
	struct out o = out_of(buf, sizeof buf);

	receipt_user_data(&o, role, chain, prev);
	return out_span(&o);
}

START_TEST(an_upgrade_goes_its_way)
{
	struct h32 stage;

	setup_staged();
	stage = b->st.stage_id;
	ck_assert(b->st.phase == PHASE_STAGED);
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ck_assert(b->st.phase == PHASE_NOTICED && b->st.notice == b->now);
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	ck_assert(b->st.accepted && h32_eq(&b->st.stage_id, &stage));
	ck_assert_uint_eq(chain_builder_version(b), 1);
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	ck_assert_uint_eq(chain_builder_version(b), 2);
	ck_assert_uint_eq(b->st.upgrades, 2);
	ck_assert_uint_eq(b->st.released_at, b->now);
	ck_assert_uint_eq(b->st.released_seq, b->st.next_seq - 1);
	ck_assert(h32_eq(&b->st.opened, &b->st.head));
	ck_assert(b->st.phase == PHASE_OPEN && b->st.stage_n == 0);
	chain_builder_free(b);
}
END_TEST

/* The state table: each receipt in each state. */
START_TEST(nothing_is_received_while_open)
{
	setup();
	for (enum role r = ROLE_SEEN; r <= ROLE_LAPSED; r++)
		REFUSED(b, ERR_RECEIPT_STATE, chain_builder_receipt(b, r, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(staged_waits_for_notice)
{
	setup_staged();
	REFUSED(b, ERR_RECEIPT_STATE,
	    chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	REFUSED(b, ERR_RECEIPT_STATE,
	    chain_builder_receipt(b, ROLE_RELEASED, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(notice_and_acceptance_come_once)
{
	setup_noticed();
	REFUSED(b, ERR_RECEIPT_AGAIN, chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	REFUSED(b, ERR_RECEIPT_AGAIN,
	    chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	chain_builder_free(b);
}
END_TEST

START_TEST(before_the_first_release_only_acceptance_counts)
{
	b = chain_builder_new(&chain_builder_plain);
	REFUSED(b, ERR_RECEIPT_STATE,
	    chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	ACCEPTED(chain_builder_stage_release(b, 1, two));
	REFUSED(b, ERR_RECEIPT_STATE, chain_builder_receipt(b, ROLE_SEEN, 1));
	REFUSED(b, ERR_RECEIPT_STATE,
	    chain_builder_receipt(b, ROLE_RELEASED, 1));
	REFUSED(b, ERR_RECEIPT_STATE,
	    receipt_at(b->now + 31 * DAY, ROLE_LAPSED, 1));
	b->now -= 31 * DAY;
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_policy_stage_is_not_accepted)
{
	setup();
	ACCEPTED(chain_builder_stage_policy(b, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	REFUSED(b, ERR_RECEIPT_STATE,
	    chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	ck_assert_uint_eq(chain_builder_policy(b).min_delay, 49 * HOUR);
	ck_assert_uint_eq(b->st.upgrades, 1);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_release_must_have_shown_that_it_runs)
{
	setup_noticed();
	REFUSED(b, ERR_NOT_ACCEPTED,
	    receipt_at(b->now + 48 * HOUR, ROLE_RELEASED, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

/* time */

START_TEST(the_window_ends_to_the_millisecond)
{
	uint64_t w;

	setup_accepted();
	w = b->st.notice;
	REFUSED(b, ERR_TOO_EARLY, receipt_at(w, ROLE_RELEASED, 1));
	REFUSED(b, ERR_TOO_EARLY,
	    receipt_at(w + 48 * HOUR - 1, ROLE_RELEASED, 1));
	ACCEPTED(receipt_at(w + 48 * HOUR, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(nothing_is_activated_seconds_into_a_seven_day_window)
{
	struct chain_builder_opts o = chain_builder_plain;
	uint64_t notice;

	o.min_delay = 7 * DAY;
	b = chain_builder_new(&o);
	chain_builder_first(b, 1);
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	notice = b->st.notice;
	REFUSED(b, ERR_TOO_EARLY, receipt_at(notice + 5000, ROLE_RELEASED, 1));
	REFUSED(b, ERR_TOO_EARLY,
	    receipt_at(notice + 7 * DAY - 1000, ROLE_RELEASED, 1));
	ck_assert_uint_eq(chain_builder_version(b), 1);
	ACCEPTED(receipt_at(notice + 7 * DAY, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

/* Its leaf certificate lived three hours. */
START_TEST(a_receipt_of_three_years_ago_is_good)
{
	struct attest_cache cache = { 0 };
	struct entry e;
	struct attest a;
	uint64_t now;

	setup_accepted();
	now = b->now + 3 * 365 * DAY;
	ACCEPTED(receipt_at(b->st.notice + 2 * DAY, ROLE_RELEASED, 1));
	ACCEPTED(entry_decode(chain_builder_entry(b, b->n - 1), &e));
	ACCEPTED(attest_parse(e.proof[0].body, &a));
	ACCEPTED(attest_verify(&a, &b->root, a.timestamp, &cache));
	/* as an answer to somebody who asks today it would be worthless */
	ck_assert_int_eq(attest_verify(&a, &b->root, now, &cache),
	    ERR_CERT_EXPIRED);
	/* and the chain goes on, with documents of today */
	b->now = now;
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 2));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_longer_delay_is_a_longer_window)
{
	struct stage g;
	uint64_t w;

	setup();
	g = chain_builder_stage_of(b, 2);
	g.delay = 7 * DAY;
	ACCEPTED(chain_builder_stage(b, &g, two));
	w = b->now += 5 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	REFUSED(b, ERR_TOO_EARLY, receipt_at(w + 3000, ROLE_RELEASED, 1));
	REFUSED(b, ERR_TOO_EARLY, receipt_at(w + 48 * HOUR, ROLE_RELEASED, 1));
	REFUSED(b, ERR_TOO_EARLY,
	    receipt_at(w + 7 * DAY - 1, ROLE_RELEASED, 1));
	ACCEPTED(receipt_at(w + 7 * DAY, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(not_before_holds_when_it_is_later)
{
	struct stage g;
	uint64_t nb;

	setup();
	g = chain_builder_stage_of(b, 2);
	nb = g.not_before = b->now + 10 * DAY;
	ACCEPTED(chain_builder_stage(b, &g, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	REFUSED(b, ERR_TOO_EARLY, receipt_at(nb - 1, ROLE_RELEASED, 1));
	ACCEPTED(receipt_at(nb, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_stage_expires_to_the_millisecond)
{
	uint64_t end;

	setup_accepted();
	end = CHAIN_BUILDER_TIME + 30 * DAY;
	REFUSED(b, ERR_EXPIRED, receipt_at(end + 1, ROLE_RELEASED, 1));
	REFUSED(b, ERR_NOT_EXPIRED, receipt_at(end, ROLE_LAPSED, 1));
	ACCEPTED(receipt_at(end, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(an_expired_stage_lapses_without_a_key)
{
	uint64_t end = CHAIN_BUILDER_TIME + 30 * DAY;

	setup_staged();
	REFUSED(b, ERR_NOT_EXPIRED, receipt_at(end, ROLE_LAPSED, 1));
	ACCEPTED(receipt_at(end + 1, ROLE_LAPSED, 1));
	ck_assert(b->st.phase == PHASE_OPEN);
	ck_assert(h32_eq(&b->st.opened, &b->st.head));
	ck_assert_uint_eq(chain_builder_version(b), 1);
	chain_builder_free(b);
	setup_accepted();
	REFUSED(b, ERR_RECEIPT_PCRS, receipt_at(end + 1, ROLE_LAPSED, 2));
	ACCEPTED(receipt_at(end + 1, ROLE_LAPSED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(the_first_release_keeps_its_times)
{
	struct stage g;
	uint64_t t = CHAIN_BUILDER_TIME;

	b = chain_builder_new(&chain_builder_plain);
	g = chain_builder_stage_of(b, 1);
	g.not_before = t + 1000;
	g.expires = t + 2000;
	ACCEPTED(chain_builder_stage(b, &g, two));
	REFUSED(b, ERR_TOO_EARLY, receipt_at(t + 999, ROLE_ACCEPTED, 1));
	REFUSED(b, ERR_EXPIRED, receipt_at(t + 2001, ROLE_ACCEPTED, 1));
	/* and waits for no window */
	ACCEPTED(receipt_at(t + 1000, ROLE_ACCEPTED, 1));
	chain_builder_free(b);
	b = chain_builder_new(&chain_builder_plain);
	g = chain_builder_stage_of(b, 1);
	g.expires = t + 2000;
	ACCEPTED(chain_builder_stage(b, &g, two));
	ACCEPTED(receipt_at(t + 2000, ROLE_ACCEPTED, 1));
	chain_builder_free(b);
}
END_TEST

/* what the document says */

START_TEST(user_data_is_of_this_receipt)
{
	struct h32 other = { { 7 } };
	const struct h32 *chain, *prev;
	static uint8_t more[RECEIPT_USER_DATA_MAX + 1];
	struct span right;

	setup_staged();
	chain = &b->st.chain;
	prev = &b->st.head;
	REFUSED(b, ERR_RECEIPT_USER_DATA,
	    receipt_saying(ROLE_SEEN, 1, say(ROLE_RELEASED, chain, prev)));
	REFUSED(b, ERR_RECEIPT_USER_DATA,
	    receipt_saying(ROLE_SEEN, 1, say(ROLE_LIVE, chain, prev)));
	REFUSED(b, ERR_RECEIPT_USER_DATA,
	    receipt_saying(ROLE_SEEN, 1, say(ROLE_SEEN, &other, prev)));
	REFUSED(b, ERR_RECEIPT_USER_DATA,
	    receipt_saying(ROLE_SEEN, 1, say(ROLE_SEEN, chain, &other)));
	REFUSED(b, ERR_RECEIPT_USER_DATA,
	    receipt_saying(ROLE_SEEN, 1, say(ROLE_SEEN, chain, chain)));
	REFUSED(b, ERR_RECEIPT_USER_DATA,
	    receipt_saying(ROLE_SEEN, 1, span_of(NULL, 0)));
	right = say(ROLE_SEEN, chain, prev);
	memcpy(more, right.p, right.n);
	more[right.n] = ' ';
	REFUSED(b, ERR_RECEIPT_USER_DATA,
	    receipt_saying(ROLE_SEEN, 1, span_of(more, right.n + 1)));
	REFUSED(b, ERR_RECEIPT_USER_DATA,
	    receipt_saying(ROLE_SEEN, 1, span_of(more, right.n - 1)));
	ACCEPTED(receipt_saying(ROLE_SEEN, 1, right));
	chain_builder_free(b);
}
END_TEST

/* The document of one chain in the same place of another. */
START_TEST(a_receipt_of_another_chain_is_refused)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct chain_builder *other;
	struct entry e;

	setup_noticed();
	ck_assert_int_eq(entry_decode(chain_builder_entry(b, b->n - 1), &e),
	    OK);
	o.number = 1;
	other = chain_builder_new(&o);
	chain_builder_first(other, 1);
	ACCEPTED(chain_builder_stage_release(other, 2, two));
	chain_builder_draft(other, &d, e.payload);
	d.proof[d.n++] = e.proof[0];
	REFUSED(other, ERR_CHAIN_FOREIGN, chain_builder_append(other, &d));
	/* with the payload put right the document still says whose it is */
	struct receipt r = { other->st.chain, ROLE_SEEN };
	uint8_t buf[256];
	struct out out = out_of(buf, sizeof buf);

	receipt_encode(&out, &r);
	chain_builder_draft(other, &d, out_span(&out));
	d.proof[d.n++] = e.proof[0];
	REFUSED(other, ERR_RECEIPT_USER_DATA, chain_builder_append(other, &d));
	chain_builder_free(other);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_receipt_that_lost_its_place_is_void)
{
	struct span old;
	static uint8_t keep[RECEIPT_USER_DATA_MAX];

	setup_staged();
	old = say(ROLE_SEEN, &b->st.chain, &b->st.head);
	memcpy(keep, old.p, old.n);
	/* another stage takes the place meanwhile */
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	REFUSED(b, ERR_RECEIPT_USER_DATA,
	    receipt_saying(ROLE_SEEN, 1, span_of(keep, old.n)));
	chain_builder_free(b);
}
END_TEST

START_TEST(the_right_code_signs)
{
	setup_staged();
	REFUSED(b, ERR_RECEIPT_PCRS, chain_builder_receipt(b, ROLE_SEEN, 2));
	REFUSED(b, ERR_RECEIPT_PCRS, chain_builder_receipt(b, ROLE_SEEN, 3));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	REFUSED(b, ERR_RECEIPT_PCRS,
	    chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	REFUSED(b, ERR_RECEIPT_PCRS,
	    chain_builder_receipt(b, ROLE_ACCEPTED, 3));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	b->now += 48 * HOUR;
	REFUSED(b, ERR_RECEIPT_PCRS,
	    chain_builder_receipt(b, ROLE_RELEASED, 2));
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

/* Each of the three PCRs alone makes another release. */
START_TEST(every_pcr_counts)
{
	uint8_t other[PCR_SIZE] = { 0xee };
	struct stage g;

	for (unsigned i = 0; i < 3; i++) {
		b = chain_builder_new(&chain_builder_plain);
		g = chain_builder_stage_of(b, 1);
		g.release.pcrs.value[i] = other;
		ACCEPTED(chain_builder_stage(b, &g, two));
		REFUSED(b, ERR_RECEIPT_PCRS,
		    chain_builder_receipt(b, ROLE_ACCEPTED, 1));
		ACCEPTED(chain_builder_stage_release(b, 1, two));
		ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 1));
		chain_builder_free(b);
	}
}
END_TEST

/* The simulator gives all zero where nothing was set. */
START_TEST(a_debug_enclave_never_signs_for_a_chain)
{
	static const uint8_t zero[PCR_SIZE];
	struct receipt r;
	static uint8_t buf[256], doc_buf[ATTEST_DOC_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct out doc = out_of(doc_buf, sizeof doc_buf);
	struct nsm_ask ask = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };

	setup_staged();
	r = (struct receipt){ b->st.chain, ROLE_SEEN };
	receipt_encode(&o, &r);
	ask.user_data = say(ROLE_SEEN, &b->st.chain, &b->st.head);
	for (unsigned i = 0; i < 3; i++)
		nsm_sim_set_pcr(b->sim, i, zero);
	ck_assert_int_eq(nsm_attest(&b->nsm, &ask, &doc), OK);
	chain_builder_draft(b, &d, out_span(&o));
	d.proof[d.n++] =
	    (struct proof){ .kind = PROOF_DOCUMENT, .body = out_span(&doc) };
	REFUSED(b, ERR_DOC_DEBUG, chain_builder_append(b, &d));
	b->rules.level = LEVEL_SIGNED;
	REFUSED(b, ERR_DOC_DEBUG, chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_receipt_carries_one_document)
{
	struct receipt r;
	static uint8_t buf[256];
	static struct chain_builder_draft second;
	struct out o = out_of(buf, sizeof buf);
	struct span said;

	setup_staged();
	r = (struct receipt){ b->st.chain, ROLE_SEEN };
	receipt_encode(&o, &r);
	said = say(ROLE_SEEN, &b->st.chain, &b->st.head);
	chain_builder_draft(b, &d, out_span(&o));
	REFUSED(b, ERR_RECEIPT_DOCUMENT, chain_builder_append(b, &d));
	chain_builder_sign(b, &d, CONTROL(0));
	REFUSED(b, ERR_PROOF_KIND, chain_builder_append(b, &d));
	chain_builder_attest(b, &d, 1, said);
	REFUSED(b, ERR_PROOF_KIND, chain_builder_append(b, &d));
	chain_builder_draft(b, &d, out_span(&o));
	d.proof[d.n++] =
	    (struct proof){ .kind = PROOF_CHECKPOINT, .body = span_str("x") };
	REFUSED(b, ERR_RECEIPT_DOCUMENT, chain_builder_append(b, &d));
	/* nobody asked for a checkpoint */
	chain_builder_attest(b, &d, 1, said);
	REFUSED(b, ERR_PROOF_SURPLUS, chain_builder_append(b, &d));
	chain_builder_draft(b, &d, out_span(&o));
	chain_builder_attest(b, &d, 1, said);
	b->now++;
	chain_builder_draft(b, &second, out_span(&o));
	chain_builder_attest(b, &second, 1, said);
	d.proof[d.n++] = second.proof[0];
	REFUSED(b, ERR_RECEIPT_DOCUMENT, chain_builder_append(b, &d));
	d.n = 1;
	ACCEPTED(chain_builder_append(b, &second));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_document_is_genuine)
{
	struct receipt r;
	static uint8_t buf[256];
	struct out o = out_of(buf, sizeof buf);

	setup_staged();
	r = (struct receipt){ b->st.chain, ROLE_SEEN };
	receipt_encode(&o, &r);
	chain_builder_draft(b, &d, out_span(&o));
	chain_builder_attest(b, &d, 1,
	    say(ROLE_SEEN, &b->st.chain, &b->st.head));
	d.doc[d.proof[0].body.n - 1] ^= 1; /* the last byte of s */
	REFUSED(b, ERR_DOC_SIG, chain_builder_append(b, &d));
	/* unread by whoever asked for signatures only */
	b->rules.level = LEVEL_SIGNED;
	ACCEPTED(chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

/* A document below a root that the chain does not name. */
START_TEST(the_chains_root_signs)
{
	static const uint8_t seed[NSM_SIM_SEED] = "another root";
	struct nsm_sim *sim, *own;
	struct nsm own_nsm;

	setup_staged();
	ck_assert_int_eq(nsm_sim_open_memory(seed, 1, &sim), OK);
	own = b->sim;
	own_nsm = b->nsm;
	b->sim = sim;
	b->nsm = nsm_sim_nsm(sim);
	REFUSED(b, ERR_DOC_ROOT, chain_builder_receipt(b, ROLE_SEEN, 1));
	nsm_close(&b->nsm);
	b->sim = own;
	b->nsm = own_nsm;
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	chain_builder_free(b);
}
END_TEST

/* endorsements */

static void
setup_endorsers(void)
{
	struct chain_builder_opts o = chain_builder_plain;

	o.endorsers = 3;
	o.endorser_threshold = 2;
	b = chain_builder_new(&o);
}

START_TEST(the_first_release_needs_endorsements)
{
	setup_endorsers();
	ACCEPTED(chain_builder_stage_release(b, 1, two));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(0)));
	REFUSED(b, ERR_NOT_ENDORSED,
	    chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(2)));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_release_needs_endorsements)
{
	setup_endorsers();
	chain_builder_first(b, 1);
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(1)));
	b->now += 48 * HOUR;
	REFUSED(b, ERR_NOT_ENDORSED,
	    chain_builder_receipt(b, ROLE_RELEASED, 1));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(0)));
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

START_TEST(only_a_backed_policy_passes_without_endorsements)
{
	setup_endorsers();
	chain_builder_first(b, 1);
	ACCEPTED(chain_builder_stage_policy(b, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	b->now += 48 * HOUR;
	REFUSED(b, ERR_NOT_ENDORSED,
	    chain_builder_receipt(b, ROLE_RELEASED, 1));
	ACCEPTED(chain_builder_revoke(b, two));
	ACCEPTED(
	    chain_builder_stage_policy(b, two | GUARDIAN(0) | GUARDIAN(1)));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	/* a backed release needs them like any other */
	b->opts.min_delay = 49 * HOUR;
	ACCEPTED(
	    chain_builder_stage_release(b, 2, two | GUARDIAN(0) | GUARDIAN(1)));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	b->now += 49 * HOUR;
	REFUSED(b, ERR_NOT_ENDORSED,
	    chain_builder_receipt(b, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { an_upgrade_goes_its_way,
		nothing_is_received_while_open, staged_waits_for_notice,
		notice_and_acceptance_come_once,
		before_the_first_release_only_acceptance_counts,
		a_policy_stage_is_not_accepted,
		a_release_must_have_shown_that_it_runs,
		the_window_ends_to_the_millisecond,
		nothing_is_activated_seconds_into_a_seven_day_window,
		a_receipt_of_three_years_ago_is_good,
		a_longer_delay_is_a_longer_window,
		not_before_holds_when_it_is_later,
		a_stage_expires_to_the_millisecond,
		an_expired_stage_lapses_without_a_key,
		the_first_release_keeps_its_times, user_data_is_of_this_receipt,
		a_receipt_of_another_chain_is_refused,
		a_receipt_that_lost_its_place_is_void, the_right_code_signs,
		every_pcr_counts, a_debug_enclave_never_signs_for_a_chain,
		a_receipt_carries_one_document, a_document_is_genuine,
		the_chains_root_signs, the_first_release_needs_endorsements,
		a_release_needs_endorsements,
		only_a_backed_policy_passes_without_endorsements };

	return SUITE_RUN("receipts", t);
}
