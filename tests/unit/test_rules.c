/* SPDX-License-Identifier: ISC */
/* What may be staged, and by whom.  test_order.c has genesis, test_authority.c
 * vetoes and endorsements, test_receipts.c receipts and time. */

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

/* who may stage */

START_TEST(a_stage_needs_the_threshold_of_distinct_keys)
{
	b = chain_builder_running();
	REFUSED(b, ERR_AUTHORITY,
	    chain_builder_stage_release(b, 2, CONTROL(0)));
	REFUSED(b, ERR_AUTHORITY, chain_builder_stage_release(b, 2, 0));
	REFUSED(b, ERR_AUTHORITY,
	    chain_builder_stage_release(b, 2, CONTROL(0) | GUARDIAN(0)));
	REFUSED(b, ERR_AUTHORITY,
	    chain_builder_stage_release(b, 2, CONTROL(0) | OTHER(0)));
	ACCEPTED(chain_builder_stage_release(b, 2, CONTROL(1) | CONTROL(2)));
	chain_builder_free(b);
}
END_TEST

START_TEST(signatures_above_the_threshold_are_fine)
{
	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_release(b, 2, two | CONTROL(2)));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_stranger_is_surplus)
{
	b = chain_builder_running();
	REFUSED(b, ERR_PROOF_SURPLUS,
	    chain_builder_stage_release(b, 2, two | OTHER(0)));
	REFUSED(b, ERR_PROOF_SURPLUS,
	    chain_builder_stage_release(b, 2, two | ENDORSER(0)));
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(one_key_counts_once)
{
	uint8_t other[KEY_SIG_MAX];

	b = chain_builder_running();
	chain_builder_draft_stage(b, &d, 2);
	/* a second, different signature of the first key in the second's
	 * place */
	d.proof[1].kid = d.proof[0].kid;
	REFUSED(b, ERR_PROOF_SURPLUS, chain_builder_append(b, &d));
	chain_builder_draft_stage(b, &d, 2);
	memcpy(other, d.sig[0], 64);
	other[0] ^= 1;
	d.proof[d.n++] =
	    (struct proof){ PROOF_KEY, d.proof[0].kid, span_of(other, 64) };
	REFUSED(b, ERR_PROOF_SURPLUS, chain_builder_append(b, &d));
	d.n--;
	chain_builder_draft_stage(b, &d, 2);
	ACCEPTED(chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

START_TEST(every_signature_is_checked)
{
	b = chain_builder_running();
	for (size_t i = 0; i < 2; i++) {
		chain_builder_draft_stage(b, &d, 2);
		d.sig[i][5] ^= 1;
		REFUSED(b, ERR_SIG_BAD, chain_builder_append(b, &d));
	}
	chain_builder_draft_stage(b, &d, 2);
	d.proof[0].body.n--;
	REFUSED(b, ERR_SIG_FORM, chain_builder_append(b, &d));
	chain_builder_draft_stage(b, &d, 2);
	ACCEPTED(chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_signature_is_for_its_payload)
{
	static struct chain_builder_draft other;

	b = chain_builder_running();
	chain_builder_draft_stage(b, &d, 3);
	other = d;
	chain_builder_draft_stage(b, &d, 2);
	for (size_t i = 0; i < 2; i++)
		memcpy(d.sig[i], other.sig[i], 64);
	REFUSED(b, ERR_SIG_BAD, chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

START_TEST(statements_carry_key_proofs_only)
{
	struct proof doc = { .kind = PROOF_DOCUMENT, .body = span_str("x") };
	struct proof point = { .kind = PROOF_CHECKPOINT,
		.body = span_str("x") };

	b = chain_builder_running();
	chain_builder_draft_stage(b, &d, 2);
	d.proof[d.n++] = doc;
	REFUSED(b, ERR_PROOF_KIND, chain_builder_append(b, &d));
	d.n = 2;
	chain_builder_draft_stage(b, &d, 2);
	d.proof[d.n++] = point;
	REFUSED(b, ERR_PROOF_KIND, chain_builder_append(b, &d));
	chain_builder_draft_stage(b, &d, 2);
	ACCEPTED(chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

/* what may be staged */

START_TEST(from_is_where_the_chain_stands_open)
{
	struct stage g;

	b = chain_builder_running();
	g = chain_builder_stage_of(b, 2);
	g.from = b->st.chain; /* where it stood open before the first */
	REFUSED(b, ERR_FROM_STALE, chain_builder_stage(b, &g, two));
	g.from = b->st.opened;
	ACCEPTED(chain_builder_stage(b, &g, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(an_old_authorisation_cannot_be_replayed)
{
	struct entry e;

	b = chain_builder_running();
	chain_builder_upgrade(b, 2);
	/* the payload and signatures that brought version 1, again */
	ck_assert_int_eq(entry_decode(chain_builder_entry(b, 1), &e), OK);
	chain_builder_draft(b, &d, e.payload);
	memcpy(d.proof, e.proof, sizeof e.proof);
	d.n = e.proof_n;
	REFUSED(b, ERR_FROM_STALE, chain_builder_append(b, &d));
	/* with a from that fits, the same keys may go back */
	ACCEPTED(chain_builder_stage_release(b, 1, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_revoked_stage_cannot_be_replayed)
{
	struct entry e;

	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(0)));
	ck_assert_int_eq(entry_decode(chain_builder_entry(b, b->n - 2), &e),
	    OK);
	chain_builder_draft(b, &d, e.payload);
	memcpy(d.proof, e.proof, sizeof e.proof);
	d.n = e.proof_n;
	REFUSED(b, ERR_FROM_STALE, chain_builder_append(b, &d));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_stage_replaces_only_the_one_it_names)
{
	struct stage g;
	struct h32 first;

	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	first = b->st.stage_id;
	g = chain_builder_stage_of(b, 3);
	g.from = b->st.opened;
	REFUSED(b, ERR_STAGE_OPEN, chain_builder_stage(b, &g, two));
	g.from = b->st.chain;
	REFUSED(b, ERR_FROM_STALE, chain_builder_stage(b, &g, two));
	g.from = first;
	ACCEPTED(chain_builder_stage(b, &g, two));
	ck_assert(!h32_eq(&b->st.stage_id, &first));
	/* the first is not the open one any more */
	g = chain_builder_stage_of(b, 4);
	g.from = first;
	REFUSED(b, ERR_FROM_STALE, chain_builder_stage(b, &g, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(replacing_begins_anew)
{
	setup_endorsers();
	ACCEPTED(chain_builder_stage_release(b, 2, two));
	ACCEPTED(chain_builder_endorse(b, ENDORSER(0)));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	ACCEPTED(chain_builder_stage_release(b, 3, two));
	ck_assert(b->st.phase == PHASE_STAGED && !b->st.accepted);
	ck_assert(b->st.endorsed == 0 && b->st.notice == 0);
	chain_builder_free(b);
}
END_TEST

START_TEST(the_delay_is_at_least_the_policys)
{
	struct stage g;

	b = chain_builder_running();
	g = chain_builder_stage_of(b, 2);
	g.delay = 48 * HOUR - 1;
	REFUSED(b, ERR_DELAY_SHORT, chain_builder_stage(b, &g, two));
	g.delay = 48 * HOUR;
	ACCEPTED(chain_builder_stage(b, &g, two));
	g = chain_builder_stage_of(b, 3);
	g.delay = 48 * HOUR + 1;
	ACCEPTED(chain_builder_stage(b, &g, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(svn_never_falls)
{
	struct stage g;

	b = chain_builder_running();
	g = chain_builder_stage_of(b, 2);
	g.release.has_svn = true;
	g.release.svn = 5;
	ACCEPTED(chain_builder_stage(b, &g, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	g = chain_builder_stage_of(b, 3);
	g.release.has_svn = true;
	g.release.svn = 4;
	REFUSED(b, ERR_SVN_FALLS, chain_builder_stage(b, &g, two));
	g.release.has_svn = false; /* absent is 0 */
	g.release.svn = 0;
	REFUSED(b, ERR_SVN_FALLS, chain_builder_stage(b, &g, two));
	g.release.has_svn = true;
	g.release.svn = 5;
	ACCEPTED(chain_builder_stage(b, &g, two));
	g = chain_builder_stage_of(b, 4);
	g.release.has_svn = true;
	g.release.svn = 6;
	ACCEPTED(chain_builder_stage(b, &g, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_release_has_the_policys_pcrs)
{
	uint8_t more[PCR_SIZE] = { 1 };
	struct stage g;

	b = chain_builder_running();
	g = chain_builder_stage_of(b, 2);
	g.release.pcrs.mask |= 1 << 8;
	g.release.pcrs.value[8] = more;
	REFUSED(b, ERR_RELEASE_PCRS, chain_builder_stage(b, &g, two));
	g.release.pcrs.mask &= 7;
	ACCEPTED(chain_builder_stage(b, &g, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(the_same_image_with_new_pcrs_is_an_upgrade)
{
	struct stage g;

	b = chain_builder_running();
	g = chain_builder_stage_of(b, 2);
	g.release.image = span_str("app@sha256:0");
	ACCEPTED(chain_builder_stage(b, &g, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ACCEPTED(chain_builder_receipt(b, ROLE_ACCEPTED, 2));
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	g = chain_builder_stage_of(b, 3);
	g.release.image = span_str("app@sha256:0");
	ACCEPTED(chain_builder_stage(b, &g, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_policy_stage_needs_a_release)
{
	b = chain_builder_running();
	ACCEPTED(chain_builder_stage_policy(b, two));
	chain_builder_free(b);
	b = chain_builder_new(&chain_builder_plain);
	REFUSED(b, ERR_NO_RELEASE, chain_builder_stage_policy(b, two));
	ACCEPTED(chain_builder_stage_release(b, 1, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_policy_stage_keeps_the_pcrs)
{
	struct policy p;
	struct stage g;

	b = chain_builder_running();
	p = chain_builder_policy(b);
	p.pcrs |= 1 << 8;
	g = chain_builder_policy_stage(b, &p);
	REFUSED(b, ERR_POLICY_PCRS, chain_builder_stage(b, &g, two));
	g.policy.pcrs = 7;
	ACCEPTED(chain_builder_stage(b, &g, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_policy_stage_keeps_the_floor)
{
	struct policy p;
	struct stage g;

	b = chain_builder_running();
	p = chain_builder_policy(b);
	p.min_delay = HOUR - 1;
	g = chain_builder_policy_stage(b, &p);
	REFUSED(b, ERR_POLICY_FLOOR, chain_builder_stage(b, &g, two));
	g.policy.min_delay = HOUR;
	ACCEPTED(chain_builder_stage(b, &g, two));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_policy_stage_with_witnesses_waits_for_them)
{
	struct policy p;
	struct stage g;

	b = chain_builder_running();
	p = chain_builder_policy(b);
	p.has_witnesses = true;
	p.log_name = span_str("log");
	p.witness_n = 1;
	p.witness[0] = span_str("w");
	p.witness_threshold = 1;
	g = chain_builder_policy_stage(b, &p);
	REFUSED(b, ERR_POLICY_WITNESSES, chain_builder_stage(b, &g, two));
	chain_builder_free(b);
}
END_TEST

/* New control keys OTHER(0..2), threshold 2, one old one kept. */
static struct stage
rotation(void)
{
	struct policy p = chain_builder_policy(b);

	p.control.key[1] = b->key[48].key;
	p.control.key[2] = b->key[49].key;
	return chain_builder_policy_stage(b, &p);
}

START_TEST(new_control_keys_sign_for_themselves)
{
	struct stage g;

	b = chain_builder_running();
	g = rotation(); /* CONTROL(0), OTHER(0), OTHER(1) */
	REFUSED(b, ERR_AUTHORITY, chain_builder_stage(b, &g, two));
	REFUSED(b, ERR_AUTHORITY,
	    chain_builder_stage(b, &g, OTHER(0) | OTHER(1)));
	REFUSED(b, ERR_AUTHORITY,
	    chain_builder_stage(b, &g, CONTROL(0) | OTHER(0)));
	REFUSED(b, ERR_PROOF_SURPLUS,
	    chain_builder_stage(b, &g, two | OTHER(0) | OTHER(2)));
	/* the key that stays counts in both */
	ACCEPTED(chain_builder_stage(b, &g, two | OTHER(0)));
	chain_builder_free(b);
}
END_TEST

START_TEST(new_keys_count_only_when_they_are_in_force)
{
	struct stage g;

	b = chain_builder_running();
	g = rotation();
	ACCEPTED(chain_builder_stage(b, &g, two | OTHER(0)));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	REFUSED(b, ERR_AUTHORITY, chain_builder_revoke(b, OTHER(0) | OTHER(1)));
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	REFUSED(b, ERR_AUTHORITY, chain_builder_stage_release(b, 2, two));
	REFUSED(b, ERR_AUTHORITY,
	    chain_builder_stage_release(b, 2, CONTROL(1) | CONTROL(2)));
	ACCEPTED(chain_builder_stage_release(b, 2, OTHER(0) | OTHER(1)));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_new_key_that_signs_alone_is_still_checked)
{
	struct stage g;
	static uint8_t buf[PAYLOAD_MAX];
	struct out o = out_of(buf, sizeof buf);

	b = chain_builder_running();
	g = rotation();
	stage_encode(&o, &g);
	for (size_t i = 0; i < 3; i++) {
		chain_builder_draft(b, &d, out_span(&o));
		chain_builder_sign(b, &d, two | OTHER(0));
		d.sig[i][9] ^= 1;
		REFUSED(b, ERR_SIG_BAD, chain_builder_append(b, &d));
	}
	chain_builder_free(b);
}
END_TEST

START_TEST(frozen_means_frozen)
{
	struct chain_builder_opts o = chain_builder_plain;

	o.frozen = true;
	b = chain_builder_new(&o);
	REFUSED(b, ERR_NO_RELEASE, chain_builder_stage_policy(b, two));
	ACCEPTED(chain_builder_stage_release(b, 1, two));
	ACCEPTED(chain_builder_revoke(b, GUARDIAN(0)));
	chain_builder_first(b, 2);
	REFUSED(b, ERR_NOT_UPGRADABLE, chain_builder_stage_release(b, 3, two));
	REFUSED(b, ERR_NOT_UPGRADABLE, chain_builder_stage_policy(b, two));
	REFUSED(b, ERR_NOT_UPGRADABLE,
	    chain_builder_stage_policy(b,
		two | GUARDIAN(0) | GUARDIAN(1) | GUARDIAN(2)));
	chain_builder_free(b);
}
END_TEST

START_TEST(a_freeze_is_a_policy_stage)
{
	struct policy p;
	struct stage g;

	b = chain_builder_running();
	p = chain_builder_policy(b);
	p.upgradable = false;
	g = chain_builder_policy_stage(b, &p);
	ACCEPTED(chain_builder_stage(b, &g, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	/* until it is complete the chain goes on */
	ACCEPTED(chain_builder_revoke(b, two));
	g = chain_builder_policy_stage(b, &g.policy);
	ACCEPTED(chain_builder_stage(b, &g, two));
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	b->now += 48 * HOUR;
	ACCEPTED(chain_builder_receipt(b, ROLE_RELEASED, 1));
	REFUSED(b, ERR_NOT_UPGRADABLE, chain_builder_stage_release(b, 2, two));
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_stage_needs_the_threshold_of_distinct_keys,
		signatures_above_the_threshold_are_fine, a_stranger_is_surplus,
		one_key_counts_once, every_signature_is_checked,
		a_signature_is_for_its_payload,
		statements_carry_key_proofs_only,
		from_is_where_the_chain_stands_open,
		an_old_authorisation_cannot_be_replayed,
		a_revoked_stage_cannot_be_replayed,
		a_stage_replaces_only_the_one_it_names, replacing_begins_anew,
		the_delay_is_at_least_the_policys, svn_never_falls,
		a_release_has_the_policys_pcrs,
		the_same_image_with_new_pcrs_is_an_upgrade,
		a_policy_stage_needs_a_release, a_policy_stage_keeps_the_pcrs,
		a_policy_stage_keeps_the_floor,
		a_policy_stage_with_witnesses_waits_for_them,
		new_control_keys_sign_for_themselves,
		new_keys_count_only_when_they_are_in_force,
		a_new_key_that_signs_alone_is_still_checked,
		frozen_means_frozen, a_freeze_is_a_policy_stage };

	return SUITE_RUN("rules", t);
}
