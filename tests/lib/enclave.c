/* SPDX-License-Identifier: ISC */
#include "enclave.h"

#include <check.h>

void
enclave_start(struct enclave *v, struct chain_builder *b, unsigned version)
{
	countersign_close(v->c);
	v->b = b;
	v->version = version;
	ck_assert_int_eq(countersign_open(&b->st.chain, &b->root, 1, &b->nsm,
			     &v->c),
	    OK);
}

static void
run_version(struct chain_builder *b, unsigned version)
{
	static const uint8_t zero[PCR_SIZE];
	struct release r = chain_builder_release(b, version);

	for (unsigned i = 0; i < 3; i++)
		nsm_sim_set_pcr(b->sim, i, version ? r.pcrs.value[i] : zero);
	nsm_sim_set_time(b->sim, b->now);
}

enum err
enclave_ask(struct enclave *v, const struct message_request *q)
{
	static uint8_t buf[MESSAGE_MAX];
	struct out request = out_of(buf, sizeof buf);
	struct out o = out_of(v->buf, sizeof v->buf);
	enum err e;

	run_version(v->b, v->version);
	message_request_encode(&request, q);
	e = countersign_answer(v->c, out_span(&request), &o);
	ck_assert(!o.full);
	v->reply_n = o.n;
	ck_assert_int_eq(message_reply_decode(out_span(&o), &v->reply), OK);
	ck_assert_int_eq(v->reply.kind, e == OK ? q->kind : MESSAGE_ERROR);
	ck_assert_int_eq(v->reply.err, e);
	return e;
}

enum err
enclave_feed(struct enclave *v, struct span entries)
{
	const struct message_request q = { .kind = MESSAGE_ENTRIES,
		.body = entries };

	return enclave_ask(v, &q);
}

enum err
enclave_follow(struct enclave *v)
{
	static uint8_t sequence[MESSAGE_MAX];
	struct out o = out_of(sequence, sizeof sequence);

	for (size_t i = countersign_state(v->c)->next_seq; i < v->b->n; i++)
		out_put(&o, v->b->entry[i].p, v->b->entry[i].n);
	ck_assert(!o.full);
	return o.n ? enclave_feed(v, out_span(&o)) : OK;
}

enum err
enclave_revoke(struct enclave *v, struct span statement)
{
	const struct message_request q = { .kind = MESSAGE_REVOCATION,
		.body = statement };

	return enclave_ask(v, &q);
}

enum err
enclave_receipt(struct enclave *v, enum role role)
{
	const struct message_request q = { .kind = MESSAGE_RECEIPT,
		.role = role,
		.prev = countersign_state(v->c)->head };

	return enclave_ask(v, &q);
}

enum err
enclave_append(struct chain_builder *b, struct span payload,
    struct span document)
{
	static struct chain_builder_draft d;

	chain_builder_draft(b, &d, payload);
	d.proof[d.n++] =
	    (struct proof){ .kind = PROOF_DOCUMENT, .body = document };
	return chain_builder_append(b, &d);
}

void
enclave_receive(struct enclave *v, enum role role)
{
	ck_assert_int_eq(enclave_follow(v), OK);
	ck_assert_int_eq(enclave_receipt(v, role), OK);
	ck_assert_int_eq(enclave_append(v->b, v->reply.payload,
			     v->reply.document),
	    OK);
	ck_assert_int_eq(enclave_follow(v), OK);
}
