/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "signer/service.h"
#include "tests/lib/cosigner.h"
#include "tests/lib/decider.h"
#include "tests/lib/suite.h"

/* What encl-signer says of a chain as a log: never less than before, never
 * something else. */
static struct decider v;
static struct chain_builder *b;
static struct decide *d;

static void
begin(const struct policy *witnesses)
{
	struct chain_builder_opts o = chain_builder_plain;

	o.witnesses = witnesses;
	decider_begin(&v, &o);
	b = v.b;
	d = v.d;
}

static struct span
entries(size_t from, size_t until)
{
	static uint8_t buf[PROTOCOL_ENTRIES];
	struct out o = out_of(buf, sizeof buf);

	for (size_t i = from; i < until; i++) {
		struct span e = chain_builder_entry(b, i);

		out_put(&o, e.p, e.n);
	}
	ck_assert(!o.full);
	return out_span(&o);
}

static enum err
feed(size_t from, size_t until)
{
	uint64_t after;

	return decide_feed(d, entries(from, until), NULL, &after);
}

static uint8_t text[CHECKPOINT_TEXT_MAX];
static struct out said;
static uint64_t next;

static enum err
ask_as(const char *name, const struct h32 *key, uint64_t next_seq,
    const struct h32 *head)
{
	const struct decide_log w = { .name = span_str(name),
		.key = *key,
		.chain = b->st.chain,
		.next_seq = next_seq,
		.head = *head };

	said = out_of(text, sizeof text);
	return decide_checkpoint(d, &w, &said, &next);
}

/* Asked by a server that stands where b does. */
static enum err
ask(void)
{
	static const struct h32 key = { { 9 } };

	return ask_as("log.example", &key, b->st.next_seq, &b->st.head);
}

START_TEST(a_checkpoint_is_of_the_entries_that_were_seen)
{
	uint8_t want[CHECKPOINT_TEXT_MAX], origin[WITNESS_ORIGIN_MAX];
	struct out o = out_of(want, sizeof want);
	struct out name = out_of(origin, sizeof origin);
	struct h32 root;

	begin(NULL);
	chain_builder_first(b, 1);
	ck_assert_int_eq(ask(), ERR_SIGNER_BEHIND);
	ck_assert_uint_eq(next, 0);
	ck_assert_int_eq(feed(0, b->n - 1), OK);
	ck_assert_int_eq(ask(), ERR_SIGNER_BEHIND);
	ck_assert_uint_eq(next, b->n - 1);
	ck_assert_int_eq(feed(b->n - 1, b->n), OK);
	ck_assert_int_eq(ask(), OK);
	ck_assert_int_eq(merkle_root(&b->st.tree, &root), OK);
	witness_origin(&name, span_str("log.example"), &b->st.chain);
	checkpoint_text(&o, out_span(&name), b->n, &root);
	ck_assert(span_eq(out_span(&o), out_span(&said)));
	decider_end(&v);
}
END_TEST

/* A database that was rolled back would make the log smaller. */
START_TEST(a_smaller_tree_is_never_signed)
{
	static const struct h32 key = { { 9 } };
	struct h32 head;
	uint64_t seq;

	begin(NULL);
	chain_builder_first(b, 1);
	head = b->st.head;
	seq = b->st.next_seq;
	ck_assert_int_eq(feed(0, b->n), OK);
	ck_assert_int_eq(ask(), OK);
	ck_assert_int_eq(chain_builder_stage_release(b, 2,
			     chain_builder_owners(b)),
	    OK);
	ck_assert_int_eq(feed(seq, b->n), OK);
	ck_assert_int_eq(ask(), OK);
	ck_assert_int_eq(ask_as("log.example", &key, seq, &head),
	    ERR_SIGNER_AHEAD);
	/* Nor after it was killed and read its record again. */
	ck_assert_int_eq(ledger_write(d->ledger), OK);
	ck_assert_int_eq(ledger_sync(d->ledger), OK);
	decider_again(&v);
	ck_assert_int_eq(ask_as("log.example", &key, seq, &head),
	    ERR_SIGNER_AHEAD);
	ck_assert_uint_eq(next, b->n);
	ck_assert_int_eq(ask(), OK);
	decider_end(&v);
}
END_TEST

/* The other history is as good as the first, but for coming later. */
START_TEST(another_history_is_never_signed)
{
	static uint8_t kept[ENTRY_MAX];
	struct span e;
	size_t n;

	begin(NULL);
	chain_builder_first(b, 1);
	n = b->n;
	ck_assert_int_eq(chain_builder_stage_release(b, 2,
			     chain_builder_owners(b)),
	    OK);
	ck_assert_int_eq(feed(0, b->n), OK);
	ck_assert_int_eq(ask(), OK);
	e = chain_builder_entry(b, n);
	memcpy(kept, e.p, e.n);
	decider_end(&v);

	begin(NULL);
	chain_builder_first(b, 1);
	ck_assert_int_eq(feed(0, b->n), OK);
	ck_assert_int_eq(decide_feed(d, span_of(kept, e.n), NULL, &next), OK);
	ck_assert_int_eq(chain_builder_stage_release(b, 3,
			     chain_builder_owners(b)),
	    OK);
	ck_assert_int_eq(feed(n, b->n), ERR_SIGNER_FORK);
	ck_assert_int_eq(ask(), ERR_SIGNER_FORK);
	decider_end(&v);
}
END_TEST

/* An older record has forgotten; what it is shown then it takes.  Witnesses
 * have not: see docs/operations.md. */
START_TEST(an_older_record_goes_on_from_what_it_has)
{
	static const struct h32 key = { { 9 } };
	struct h32 head;
	uint64_t seq;

	begin(NULL);
	chain_builder_first(b, 1);
	head = b->st.head;
	seq = b->st.next_seq;
	ck_assert_int_eq(feed(0, b->n), OK);
	ck_assert_int_eq(chain_builder_stage_release(b, 2,
			     chain_builder_owners(b)),
	    OK);
	/* Restored: the last entry is not in it. */
	ck_assert_int_eq(ask_as("log.example", &key, seq, &head), OK);
	ck_assert_int_eq(ask(), ERR_SIGNER_BEHIND);
	ck_assert_int_eq(feed(0, b->n), OK); /* all of them, again */
	ck_assert_int_eq(ask(), OK);
	ck_assert_int_eq(ask_as("log.example", &key, seq, &head),
	    ERR_SIGNER_AHEAD);
	decider_end(&v);
}
END_TEST

START_TEST(only_the_log_that_the_policy_names_is_signed_for)
{
	struct policy p = { 0 };
	const struct h32 *key = &cosigner_log()->public;
	struct h32 other = *key;

	other.b[0] ^= 1;
	cosigner_policy(&p, 0, 2, 2);
	begin(&p);
	ck_assert_int_eq(feed(0, b->n), OK);
	ck_assert_int_eq(ask_as(COSIGNER_LOG, key, b->n, &b->st.head), OK);
	ck_assert_int_eq(ask_as(COSIGNER_LOG, &other, b->n, &b->st.head),
	    ERR_SIGNER_REFUSED);
	ck_assert_int_eq(ask_as("log.exampl", key, b->n, &b->st.head),
	    ERR_SIGNER_REFUSED);
	decider_end(&v);
}
END_TEST

/* The whole way of a packet, with keys on disk. */
static struct service service;
static struct service_job job;
static uint8_t packet[PROTOCOL_MAX];

static enum err
request(const struct protocol_request *q)
{
	struct out o = out_of(packet, sizeof packet);

	protocol_request_encode(&o, q);
	service_begin(&service, out_span(&o), 1, &job);
	service_finish(&service, &job);
	return job.answer.code;
}

static void
forget_keys(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -r '%s/keys'", v.folder);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(the_log_has_a_key_of_its_own)
{
	static const struct master m = { .seal = { 3 } };
	const struct protocol_request log = { .kind = PROTOCOL_LOG };
	struct protocol_request q = { .kind = PROTOCOL_CHECKPOINT,
		.name = span_str("log.example") };
	struct h32 public;
	char what[128];

	begin(NULL);
	chain_builder_first(b, 1);
	ck_assert_int_eq(vault_open(v.at, &m, &service.vault, what), OK);
	service.ledger = d->ledger;
	service.decide = d;
	ck_assert_int_eq(request(&log), OK);
	ck_assert_uint_eq(job.answer.key.n, sizeof public.b);
	memcpy(public.b, job.answer.key.p, sizeof public.b);
	ck_assert_int_eq(request(&log), OK); /* the same */
	ck_assert(span_eq(job.answer.key, h32_span(&public)));
	q.chain = b->st.chain;
	q.next = b->st.next_seq;
	q.head = b->st.head;
	ck_assert_int_eq(request(&q), ERR_SIGNER_BEHIND);
	ck_assert_uint_eq(job.answer.sig.n, 0);
	q.entries = entries(0, b->n);
	ck_assert_int_eq(request(&q), OK);
	ck_assert_uint_eq(job.answer.sig.n, 64);
	ck_assert_int_eq(ask_as("log.example", &public, b->n, &b->st.head), OK);
	ck_assert_int_eq(crypto_sign_verify_detached(job.answer.sig.p, said.p,
			     said.n, public.b),
	    0);
	/* Entries of another chain come along with nothing. */
	q.chain.b[0] ^= 1;
	ck_assert_int_eq(request(&q), ERR_CHAIN_FOREIGN);
	/* Nobody can have statements signed with it, or learn of it as of a
	 * control key. */
	for (int i = 0; i < PROTOCOL_KINDS; i++) {
		struct protocol_request own = { .kind = (enum protocol_kind)i,
			.org = PROTOCOL_OWN,
			.name = span_str("log"),
			.payload = span_str("x") };

		if (i != PROTOCOL_NEW && i != PROTOCOL_PUBLIC &&
		    i != PROTOCOL_SIGN)
			continue;
		ck_assert_int_eq(request(&own), ERR_SIGNER_REFUSED);
		own.org = 1;
		ck_assert_int_ne(request(&own), ERR_SIGNER_REFUSED);
	}
	vault_close(service.vault);
	forget_keys();
	decider_end(&v);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		a_checkpoint_is_of_the_entries_that_were_seen,
		a_smaller_tree_is_never_signed, another_history_is_never_signed,
		an_older_record_goes_on_from_what_it_has,
		only_the_log_that_the_policy_names_is_signed_for,
		the_log_has_a_key_of_its_own
	};

	return sodium_init() < 0 ? 1 : SUITE_RUN("decide_log", t);
}
