/* SPDX-License-Identifier: ISC */
/* Who may revoke, replace and endorse, and how checks are handed out. */

#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

static struct chain_builder *b;
static struct chain_builder_draft d;
static const signers two = CONTROL(0) | CONTROL(1);

static void
setup_endorsers(void)
{
	b = chain_builder_endorsed();
	chain_builder_first(b, 1);
}

/* guardians and backed stages */

START_TEST(guardians_count_on_a_stage_when_they_back_it)
{
	b = chain_builder_running();
	REFUSED(b, ERR_PROOF_SURPLUS,
	    chain_builder_stage_release(b, 2, two | GUARDIAN(0)));
	ACCEPTED(
	    chain_builder_stage_release(b, 2, two | GUARDIAN(0) | GUARDIAN(2)));
	ck_assert(b->st.backed);
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	ck_assert(!b->st.backed);
	chain_builder_free(b);
}
END_TEST

START_TEST(one_guardian_stops_a_release)
{
	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	REFUSED(b, ERR_AUTHORITY, chain_builder_revoke(b, CONTROL(0)));
	REFUSED(b, ERR_AUTHORITY, chain_builder_revoke(b, OTHER(0)));
	REFUSED(b, ERR_AUTHORITY, chain_builder_revoke(b, 0));
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(1)));
	ck_assert(b->st.phase == PHASE_OPEN);
	ck_assert(h32_eq(&b->st.opened, &b->st.head));
	chain_builder_free(b);
}
END_TEST

START_TEST(one_guardian_stops_a_backed_release_too)
{
	b = chain_builder_running();
	ACCEPTED(
	    chain_builder_stage_release(b, 2, two | GUARDIAN(0) | GUARDIAN(2)));
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(1)));
	ACCEPTED(
	    chain_builder_stage_release(b, 2, two | GUARDIAN(0) | GUARDIAN(2)));
	ACCEPTED(chain_builder_revoke(b, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(owners_stop_a_release)
{
	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	ACCEPTED(chain_builder_revoke(b, CONTROL(1) | CONTROL(2)));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_revoke_carries_only_what_counts)
{
	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	REFUSED(b, ERR_PROOF_SURPLUS,
	    chain_builder_revoke(b, GUARDIAN(0) | CONTROL(0)));
	REFUSED(b, ERR_PROOF_SURPLUS,
	    chain_builder_revoke(b, GUARDIAN(0) | OTHER(0)));
	REFUSED(b, ERR_PROOF_SURPLUS, chain_builder_revoke(b, two | OTHER(0)));
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(0) | GUARDIAN(1) | two));
	chain_builder_free(b);
}
END_TEST

START_TEST(more_than_half_of_the_guardians_stop_a_policy)
{
	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_policy(b, two));
	REFUSED(b, ERR_AUTHORITY, chain_builder_revoke(b, GUARDIAN(0)));
	REFUSED(b, ERR_PROOF_SURPLUS,
	    chain_builder_revoke(b, GUARDIAN(0) | two));
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(0) | GUARDIAN(1)));
	ACCEPTED(chain_builder_stage_policy(b, two));
	ACCEPTED(chain_builder_revoke(b, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(owners_cannot_stop_a_backed_policy)
{
	b = chain_builder_running();
	ACCEPTED(
	    chain_builder_stage_policy(b, two | GUARDIAN(0) | GUARDIAN(1)));
	ck_assert(b->st.backed);
	REFUSED(b, ERR_AUTHORITY, chain_builder_revoke(b, two | CONTROL(2)));
	REFUSED(b, ERR_PROOF_SURPLUS,
	    chain_builder_revoke(b, GUARDIAN(1) | GUARDIAN(2) | two));
	REFUSED(b, ERR_AUTHORITY, chain_builder_revoke(b, GUARDIAN(2)));
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(1) | GUARDIAN(2)));
	chain_builder_free(b);
}
END_TEST

START_TEST(owners_cannot_replace_a_backed_policy)
{
	b = chain_builder_running();
	ACCEPTED(
	    chain_builder_stage_policy(b, two | GUARDIAN(0) | GUARDIAN(1)));
	REFUSED(b, ERR_REPLACE_BACKED, chain_builder_stage_release(b, 2, two));
	REFUSED(b, ERR_REPLACE_BACKED,
	    chain_builder_stage_release(b, 2, two | GUARDIAN(0)));
	ACCEPTED(
	    chain_builder_stage_release(b, 2, two | GUARDIAN(1) | GUARDIAN(2)));
	/* a backed release may be replaced as any other */
	ck_assert(b->st.backed);
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	/* and so may a policy that is not backed */
	ACCEPTED(chain_builder_stage_policy(b, two));
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(without_guardians_nothing_is_backed)
{
	struct chain_builder_opts o = chain_builder_plain;

	o.guardians = 0;
	b = chain_builder_new(&o);
	chain_builder_first(b, 1);
	ACCEPTED(chain_builder_stage_policy(b, two));
	ck_assert(!b->st.backed);
	REFUSED(b, ERR_AUTHORITY, chain_builder_revoke(b, CONTROL(0)));
	ACCEPTED(chain_builder_revoke(b, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_revoke_names_the_open_stage)
{
	static uint8_t buf[4096];
	struct span payload;

	b = chain_builder_running();
	REFUSED(b, ERR_NOTHING_STAGED, chain_builder_revoke(b, two));
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	payload = chain_builder_revoke_payload(b, buf, sizeof buf);
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	/* a revocation of the replaced one, in the next place */
	chain_builder_draft(b, &d, payload);
	chain_builder_sign(b, &d, GUARDIAN(0));
	REFUSED(b, ERR_STAGE_UNKNOWN, chain_builder_append(b, &d));
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(0)));
	REFUSED(b, ERR_NOTHING_STAGED, chain_builder_revoke(b, GUARDIAN(0)));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_revocation_cannot_be_aimed_anew)
{
	static uint8_t buf[4096];
	struct revoke v;
	struct span payload;
	struct out o;
	uint8_t sig[64];

	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	payload = chain_builder_revoke_payload(b, buf, sizeof buf);
	chain_builder_draft(b, &d, payload);
	chain_builder_sign(b, &d, GUARDIAN(0));
	memcpy(sig, d.sig[0], 64);
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	/* the guardian's signature, with the id of the open stage swapped in */
	ck_assert_int_eq(revoke_decode(payload, &v), OK);
	v.stage = b->st.stage_id;
	o = out_of(d.payload_buf, sizeof d.payload_buf);
	revoke_encode(&o, &v);
	chain_builder_draft(b, &d, span_of(d.payload_buf, o.n));
	chain_builder_sign(b, &d, GUARDIAN(0));
	ACCEPTED(memcmp(d.sig[0], sig, 64) == 0 ? ERR_INTERNAL : OK);
	memcpy(d.sig[0], sig, 64);
	REFUSED(b, ERR_SIG_BAD, chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_revoke_is_good_until_the_completing_receipt)
{
	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	b->now += 29 * DAY;
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(0)));
	REFUSED(b, ERR_RECEIPT_STATE,
	    chain_builder_receipt(b, ROLE_RELEASED, 1));
	chain_builder_free(b);
}
END_TEST

/* endorsers */

START_TEST(an_endorsement_is_one_endorsers)
{
	setup_endorsers();
	REFUSED(b, ERR_NOTHING_STAGED, chain_builder_endorse(b, ENDORSER(0)));
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	REFUSED(b, ERR_AUTHORITY, chain_builder_endorse(b, 0));
	REFUSED(b, ERR_AUTHORITY, chain_builder_endorse(b, CONTROL(0)));
	REFUSED(b, ERR_AUTHORITY, chain_builder_endorse(b, GUARDIAN(0)));
	REFUSED(b, ERR_PROOF_SURPLUS,
	    chain_builder_endorse(b, ENDORSER(0) | ENDORSER(1)));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(0)));
	REFUSED(b, ERR_ALREADY_ENDORSED, chain_builder_endorse(b, ENDORSER(0)));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(2)));
	ck_assert_uint_eq(b->st.endorsed, 5);
	chain_builder_free(b);
}
END_TEST

START_TEST(an_endorsement_is_signed)
{
	static uint8_t buf[4096];

	setup_endorsers();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	chain_builder_draft(b, &d,
	    chain_builder_endorse_payload(b, buf, sizeof buf));
	chain_builder_sign(b, &d, ENDORSER(0));
	d.sig[0][0] ^= 1;
	REFUSED(b, ERR_SIG_BAD, chain_builder_append(b, &d));
	d.sig[0][0] ^= 1;
	ACCEPTED(chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

static enum err
endorse(const struct endorse *n)
{
	static uint8_t buf[4096];
	struct out o = out_of(buf, sizeof buf);

	endorse_encode(&o, n);
	chain_builder_draft(b, &d, out_span(&o));
	chain_builder_sign(b, &d, ENDORSER(0));
	return chain_builder_append(b, &d);
}

START_TEST(an_endorsement_repeats_the_pcrs)
{
	struct endorse n = { .has_pcrs = true };
	struct release other;

	setup_endorsers();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	n.chain = b->st.chain;
	n.stage = b->st.stage_id;
	other = chain_builder_release(b, 3);
	n.pcrs = other.pcrs;
	REFUSED(b, ERR_ENDORSE_PCRS, endorse(&n));
	n.has_pcrs = false;
	REFUSED(b, ERR_ENDORSE_PCRS, endorse(&n));
	n.has_pcrs = true;
	other = chain_builder_release(b, 2);
	n.pcrs = other.pcrs;
	n.stage.b[0] ^= 1;
	REFUSED(b, ERR_STAGE_UNKNOWN, endorse(&n));
	n.stage.b[0] ^= 1;
	ACCEPTED(endorse(&n));
	ACCEPTED(chain_builder_stage_policy(b, two));
	n.stage = b->st.stage_id;
	REFUSED(b, ERR_ENDORSE_PCRS, endorse(&n));
	n.has_pcrs = false;
	ACCEPTED(endorse(&n));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_chain_without_endorsers_takes_no_endorsement)
{
	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	REFUSED(b, ERR_AUTHORITY, chain_builder_endorse(b, ENDORSER(0)));
	chain_builder_free(b);
}
END_TEST

/* checks that are handed out */

struct handed {
	unsigned signatures, documents, fail_at;
};

static enum err
hand_out(void *ctx, const struct check *k)
{
	struct handed *h = ctx;

	if (k->what == CHECK_DOCUMENT)
		h->documents++;
	else
		h->signatures++;
	return h->signatures + h->documents == h->fail_at ? ERR_SIG_BAD
							  : check_run(k, NULL);
}

START_TEST(each_proof_is_checked_exactly_once)
{
	struct handed h = { 0 };

	b = chain_builder_running();
	b->rules.check = hand_out;
	b->rules.ctx = &h;
	ACCEPTED(chain_builder_stage_release(b, 2,
	    two | CONTROL(2) | GUARDIAN(0) | GUARDIAN(1)));
	ck_assert(h.signatures == 5 && h.documents == 0);
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ck_assert(h.signatures == 5 && h.documents == 1);
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(0) | GUARDIAN(1)));
	ck_assert(h.signatures == 7 && h.documents == 1);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_failing_check_leaves_the_state)
{
	struct handed h = { 0, 0, 2 };

	b = chain_builder_running();
	b->rules.check = hand_out;
	b->rules.ctx = &h;
	REFUSED(b, ERR_SIG_BAD, chain_builder_stage_release(b, 2, two));
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	h = (struct handed){ 0, 0, 1 };
	REFUSED(b, ERR_SIG_BAD, chain_builder_receipt(b, ROLE_SEEN, 1));
	REFUSED(b, ERR_SIG_BAD,
	    (h.signatures = 0, h.documents = 0,
		chain_builder_revoke(b, GUARDIAN(0))));
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { guardians_count_on_a_stage_when_they_back_it,
		one_guardian_stops_a_release,
		one_guardian_stops_a_backed_release_too, owners_stop_a_release,
		a_revoke_carries_only_what_counts,
		more_than_half_of_the_guardians_stop_a_policy,
		owners_cannot_stop_a_backed_policy,
		owners_cannot_replace_a_backed_policy,
		without_guardians_nothing_is_backed,
		a_revoke_names_the_open_stage,
		a_revocation_cannot_be_aimed_anew,
		a_revoke_is_good_until_the_completing_receipt,
		an_endorsement_is_one_endorsers, an_endorsement_is_signed,
		an_endorsement_repeats_the_pcrs,
		a_chain_without_endorsers_takes_no_endorsement,
		each_proof_is_checked_exactly_once,
		a_failing_check_leaves_the_state };

	return SUITE_RUN("authority", t);
}
