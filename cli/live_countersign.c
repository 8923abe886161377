/* SPDX-License-Identifier: ISC */
#include "enclave/agent_peer.h"
#include "fail.h"
#include "live.h"
#include "mem.h"

#define SEQUENCE_MAX (MESSAGE_MAX - 64)

static enum err
of_enclave(enum err e, const char *address)
{
	return e == OK ? OK : fail_with(e, "The enclave at %s.", address);
}

/* The entries from seq on, up to what fits into one message; *n is how many
 * there are. */
static enum err
next_entries(const struct target *t, uint64_t seq, struct span *body, size_t *n)
{
	struct span left = t->file, item, from = { 0 };
	struct entry *e = mem_new(sizeof *e);
	enum item kind;

	*n = 0;
	while (left.n > 0) {
		TRY(entry_item(&left, &kind, &item));
		if (kind != ITEM_ENTRY)
			continue;
		TRY(entry_decode(item, e));
		if (e->seq < seq)
			continue;
		if (*n > 0 && (size_t)(item.p + item.n - from.p) > SEQUENCE_MAX)
			break;
		if (*n == 0)
			from = item;
		from.n = (size_t)(item.p + item.n - from.p);
		++*n;
	}
	*body = from;
	return OK;
}

/* An enclave begins with nothing: its agent feeds it, and here we do. */
static enum err
feed(struct agent_peer *p, const struct target *t)
{
	struct message_request q = { .kind = MESSAGE_HELLO };
	struct message_reply r;
	uint64_t from;
	size_t n;

	TRY(agent_peer_ask(p, &q, &r));
	if (!h32_eq(&r.chain, &t->chain))
		return fail_with(ERR_CHAIN_FOREIGN,
		    "The enclave serves the chain %s.",
		    mem_hex(h32_span(&r.chain)));
	if (r.next_seq > t->st->next_seq)
		return fail_with(ERR_LIVE_AHEAD,
		    "It knows %llu entries, and here there are %llu.",
		    (unsigned long long)r.next_seq,
		    (unsigned long long)t->st->next_seq);
	for (;;) {
		from = r.next_seq;
		TRY(next_entries(t, from, &q.body, &n));
		if (n == 0)
			return OK;
		q.kind = MESSAGE_ENTRIES;
		TRY(agent_peer_ask(p, &q, &r));
		if (r.next_seq <= from)
			return ERR_MESSAGE;
	}
}

static enum err
ask(struct agent_peer *p, const struct target *t,
    const uint8_t nonce[LIVE_NONCE], struct live *l)
{
	struct message_request q = { .kind = MESSAGE_LIVE };
	struct message_reply r;
	uint8_t *copy;

	TRY(feed(p, t));
	q.body = span_of(nonce, LIVE_NONCE);
	TRY(agent_peer_ask(p, &q, &r));
	copy = mem_new(r.document.n + 1);
	memcpy(copy, r.document.p, r.document.n);
	l->doc = span_of(copy, r.document.n);
	l->challenged = true;
	l->ours = true;
	return OK;
}

enum err
live_countersign(const char *address, const struct target *t,
    const uint8_t nonce[LIVE_NONCE], struct live *l)
{
	struct agent_peer *p = mem_new(sizeof *p);
	struct channel_address a;
	enum err e;

	if (!channel_address(address, &a))
		return fail_with(ERR_USAGE,
		    "\"%s\" is neither tcp:HOST:PORT nor vsock:CID:PORT.",
		    address);
	agent_peer_init(p, &a);
	e = ask(p, t, nonce, l);
	agent_peer_close(p);
	return of_enclave(e, address);
}
