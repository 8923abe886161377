/* SPDX-License-Identifier: ISC */
/* What the document of a receipt says, and who made it. */
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"
#include "tests/lib/verdict.h"

static struct chain_builder *b;
static struct chain_builder_draft d;

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

START_TEST(user_data_is_of_this_receipt)
{
	struct h32 other = { { 7 } };
	const struct h32 *chain, *prev;
	static uint8_t more[RECEIPT_USER_DATA_MAX + 1];
	struct span right;

	b = chain_builder_staged();
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

	b = chain_builder_staged();
	ACCEPTED(chain_builder_receipt(b, ROLE_SEEN, 1));
	ck_assert_int_eq(entry_decode(chain_builder_entry(b, b->n - 1), &e),
	    OK);
	o.number = 1;
	other = chain_builder_new(&o);
	chain_builder_first(other, 1);
	ACCEPTED(
	    chain_builder_stage_release(other, 2, chain_builder_owners(other)));
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

	b = chain_builder_staged();
	old = say(ROLE_SEEN, &b->st.chain, &b->st.head);
	memcpy(keep, old.p, old.n);
	/* another stage takes the place meanwhile */
	ACCEPTED(chain_builder_stage_release(b, 3, chain_builder_owners(b)));
	REFUSED(b, ERR_RECEIPT_USER_DATA,
	    receipt_saying(ROLE_SEEN, 1, span_of(keep, old.n)));
	chain_builder_free(b);
}
END_TEST

START_TEST(the_right_code_signs)
{
	b = chain_builder_staged();
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
		ACCEPTED(chain_builder_stage(b, &g, chain_builder_owners(b)));
		REFUSED(b, ERR_RECEIPT_PCRS,
		    chain_builder_receipt(b, ROLE_ACCEPTED, 1));
		ACCEPTED(
		    chain_builder_stage_release(b, 1, chain_builder_owners(b)));
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

	b = chain_builder_staged();
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

	b = chain_builder_staged();
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

	b = chain_builder_staged();
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

	b = chain_builder_staged();
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

int
main(void)
{
	const TTest *const t[] = { user_data_is_of_this_receipt,
		a_receipt_of_another_chain_is_refused,
		a_receipt_that_lost_its_place_is_void, the_right_code_signs,
		every_pcr_counts, a_debug_enclave_never_signs_for_a_chain,
		a_receipt_carries_one_document, a_document_is_genuine,
		the_chains_root_signs };

	return SUITE_RUN("receipt_document", t);
}
