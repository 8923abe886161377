/* SPDX-License-Identifier: ISC */
#include "agent.h"

#include <sys/random.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent_tasks.h"
#include "chain/text.h"
#include "system/event.h"

#define PROGRAM "encl-agent"
#define CALL_S 30L
#define CHECKPOINTS_MAX ((size_t)1 << 18) /* of one round */
#define BATCH_MAX (MESSAGE_MAX - 64)      /* room for the message around it */

struct agent {
	struct agent_opts opts;
	struct fetch *server;
	struct agent_peer enclave;
	struct h32 chain;
	uint64_t next_seq; /* of the enclave */
	char chain_hex[65], pcr0_hex[2 * PCR_SIZE + 1];
	char module[128];
	uint8_t statement[ENTRY_MAX];
	uint8_t checkpoint[CHECKPOINTS_MAX];
};

enum err
agent_open(const struct agent_opts *opts, struct agent **made)
{
	struct agent *a = calloc(1, sizeof *a);
	enum err e;

	if (!a)
		return ERR_OUT_OF_MEMORY;
	a->opts = *opts;
	agent_peer_init(&a->enclave, &opts->enclave);
	e = fetch_open(&opts->server, &a->server);
	if (e != OK) {
		free(a);
		return e;
	}
	*made = a;
	return OK;
}

void
agent_close(struct agent *a)
{
	agent_peer_close(&a->enclave);
	fetch_close(a->server);
	free(a);
}

static bool
stopped(const struct agent *a)
{
	return a->opts.server.stop && *a->opts.server.stop;
}

static void
hex(char *text, size_t size, const uint8_t *p, size_t n)
{
	struct out o = out_of(text, size);

	text_hex(&o, span_of(p, n));
}

static enum err
say_hello(struct agent *a)
{
	const struct message_request q = { .kind = MESSAGE_HELLO };
	struct message_reply r;
	char module[sizeof a->module];

	TRY(agent_peer_ask(&a->enclave, &q, &r));
	a->chain = r.chain;
	a->next_seq = r.next_seq;
	hex(a->chain_hex, sizeof a->chain_hex, r.chain.b, sizeof r.chain.b);
	hex(a->pcr0_hex, sizeof a->pcr0_hex, r.pcrs.value[0], PCR_SIZE);
	snprintf(module, sizeof module, "%.*s", (int)r.module_id.n,
	    (const char *)r.module_id.p);
	if (strcmp(module, a->module) != 0)
		EVENT(PROGRAM, "enclave", "module_id", module, "chain",
		    a->chain_hex, "pcr0", a->pcr0_hex);
	memcpy(a->module, module, sizeof module);
	return OK;
}

static enum err
send_entries(struct agent *a, struct span batch)
{
	const struct message_request q = { .kind = MESSAGE_ENTRIES,
		.body = batch };
	struct message_reply r;

	TRY(agent_peer_ask(&a->enclave, &q, &r));
	a->next_seq = r.next_seq;
	return OK;
}

/* A page of entries, in as many messages as it takes. */
static enum err
send_page(struct agent *a, struct span page)
{
	struct span left = page, batch = { page.p, 0 }, item;
	enum item kind;

	while (left.n) {
		TRY(entry_item(&left, &kind, &item));
		if (batch.n && batch.n + item.n > BATCH_MAX) {
			TRY(send_entries(a, batch));
			batch = (struct span){ item.p, 0 };
		}
		batch.n += item.n;
	}
	return batch.n ? send_entries(a, batch) : OK;
}

/* The enclave learns what the server has, up to before seq. */
static enum err
feed(struct agent *a, uint64_t seq)
{
	char path[160];
	struct span page;

	while (a->next_seq < seq && !stopped(a)) {
		snprintf(path, sizeof path, "/v1/chains/%s/entries?from=%llu",
		    a->chain_hex, (unsigned long long)a->next_seq);
		TRY(fetch_get(a->server, path, "application/cbor-seq", CALL_S,
		    &page));
		if (page.n == 0)
			return ERR_ANSWER_BAD;
		TRY(send_page(a, page));
	}
	return OK;
}

/* Most are of stages long gone; what the enclave says of them is its own
 * affair. */
static enum err
pass_revocation(struct agent *a, struct span statement, bool *held)
{
	const struct message_request q = { .kind = MESSAGE_REVOCATION,
		.body = statement };
	struct message_reply r;
	enum err e = agent_peer_ask(&a->enclave, &q, &r);

	if (e == ERR_PEER || e == ERR_MESSAGE)
		return e;
	*held = e == OK;
	if (e == OK)
		EVENT(PROGRAM, "revocation_held", NULL);
	return OK;
}

/* Those that were given to the agent itself: the enclave forgets them when it
 * starts again. */
static enum err
pass_held(struct agent *a)
{
	struct out o = out_of(a->statement, sizeof a->statement);
	bool taken, held;
	size_t i = 0;

	while (a->opts.hold && agent_hold_get(a->opts.hold, i, &o, &taken)) {
		TRY(pass_revocation(a, out_span(&o), &held));
		if (!held || taken)
			i++; /* else it moves, and another stands here */
		else if (agent_hold_put(a->opts.hold, out_span(&o), true) != OK)
			EVENT(PROGRAM, "not_saved", NULL);
		o.n = 0;
	}
	return OK;
}

/* Those that the server keeps beside the chain. */
static enum err
pass_revocations(struct agent *a)
{
	char path[128];
	struct span left, item;
	enum item kind;
	bool held;

	TRY(pass_held(a));
	snprintf(path, sizeof path, "/v1/chains/%s/revocations", a->chain_hex);
	TRY(fetch_get(a->server, path, "application/cbor-seq", CALL_S, &left));
	while (left.n) {
		TRY(entry_item(&left, &kind, &item));
		TRY(pass_revocation(a, item, &held));
	}
	return OK;
}

static enum err
deliver(struct agent *a, const struct agent_task *t,
    const struct message_reply *r)
{
	struct proof proof[2] = { { .kind = PROOF_DOCUMENT,
				      .body = r->document },
		{ .kind = PROOF_CHECKPOINT, .body = t->checkpoint } };
	struct out o = out_of(a->statement, sizeof a->statement);
	char path[128];

	TRY(entry_statement_encode(&o, r->payload, proof,
	    t->checkpoint.n ? 2 : 1));
	snprintf(path, sizeof path, "/v1/chains/%s/entries", a->chain_hex);
	return fetch_post(a->server, path, "application/cbor", out_span(&o),
	    CALL_S);
}

static enum err
do_task(struct agent *a, const struct agent_task *t)
{
	const struct message_request q = { .kind = MESSAGE_RECEIPT,
		.role = t->role,
		.prev = t->prev,
		.body = t->checkpoint };
	struct message_reply r;

	if (!h32_eq(&t->chain, &a->chain))
		return ERR_CHAIN_FOREIGN;
	TRY(feed(a, t->seq));
	if (t->role == ROLE_ACCEPTED || t->role == ROLE_RELEASED)
		TRY(pass_revocations(a));
	TRY(agent_peer_ask(&a->enclave, &q, &r));
	return deliver(a, t, &r);
}

static void
note_task(const struct agent *a, const struct agent_task *t, enum err e)
{
	long http = fetch_status(a->server);
	char seq[24], status[24];

	snprintf(seq, sizeof seq, "%llu", (unsigned long long)t->seq);
	snprintf(status, sizeof status, "%ld", http);
	if (e == OK)
		EVENT(PROGRAM, "receipt", "role", payload_role_name(t->role),
		    "seq", seq);
	else
		EVENT(PROGRAM, "no_receipt", "role", payload_role_name(t->role),
		    "seq", seq, "code", err_code(e), "http",
		    http >= 300 ? status : NULL);
}

enum err
agent_round(struct agent *a, size_t *done)
{
	struct out room = out_of(a->checkpoint, sizeof a->checkpoint);
	struct agent_task task[AGENT_TASKS_MAX];
	char path[256];
	struct span body;
	enum err first = OK;
	size_t n;

	*done = 0;
	TRY(say_hello(a));
	snprintf(path, sizeof path, "/v1/agent/tasks?chain=%s&pcr0=%s&wait=%u",
	    a->chain_hex, a->pcr0_hex, a->opts.wait_s);
	TRY(fetch_get(a->server, path, "application/json",
	    CALL_S + (long)a->opts.wait_s, &body));
	TRY(agent_tasks_decode(body, &room, task, &n));
	for (size_t i = 0; i < n && !stopped(a); i++) {
		enum err e = do_task(a, &task[i]);

		note_task(a, &task[i], e);
		if (e == OK)
			++*done;
		else if (first == OK)
			first = e;
	}
	return *done ? OK : first;
}

/* Half of what is due, and a random part of the other half. */
static void
sleep_some(const struct agent *a, unsigned ms)
{
	uint32_t random = 0;
	uint64_t until = channel_now();

	(void)!getrandom(&random, sizeof random, GRND_NONBLOCK);
	until += ms / 2 + random % (ms / 2 + 1);
	while (!stopped(a) && channel_now() < until)
		(void)poll(NULL, 0, 100);
}

static void
note_again(const struct agent *a, enum err e)
{
	const char *detail = NULL;

	if (e == ERR_NETWORK)
		detail = fetch_detail(a->server);
	else if (e == ERR_PEER)
		detail = strerror(errno);
	EVENT(PROGRAM, "again", "code", err_code(e), "sentence",
	    err_sentence(e), "detail", detail);
}

void
agent_run(struct agent *a)
{
	unsigned pause = a->opts.backoff_ms;
	size_t done;

	while (!stopped(a)) {
		uint64_t begun = channel_now();
		enum err e = agent_round(a, &done);

		if (stopped(a))
			break;
		if (e == OK) {
			pause = a->opts.backoff_ms;
			/* a server that does not hold the poll, as when it is
			 * about to stop, is not asked without end */
			if (done == 0 && channel_now() - begun < 1000)
				sleep_some(a, pause);
			continue;
		}
		note_again(a, e);
		sleep_some(a, pause);
		pause = pause > a->opts.backoff_max_ms / 2
			    ? a->opts.backoff_max_ms
			    : pause * 2;
	}
}
