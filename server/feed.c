/* SPDX-License-Identifier: ISC */
#include "feed.h"

#include "server.h"

/* More rounds without a step forward than this: the two do not agree. */
#define ROUNDS_MAX 4
#define PAGE_LIMIT 500

struct feed {
	struct req *q;
	struct signer_call *signer;
	struct access at;
	struct protocol_request sign;
	struct blob *page; /* of what is sent along, or NULL */
	uint64_t after;    /* the entry after it */
};

static void
feed_drop(struct feed *f)
{
	if (f->page)
		blob_drop(f->page);
	access_drop(&f->at);
}

/* The entries from `from` on that fit in a packet. */
static enum err
page(struct feed *f, uint64_t from)
{
	uint64_t n;

	if (f->page)
		blob_drop(f->page);
	f->page = NULL;
	TRY(chains_page(f->at.chains, f->q->db, f->at.view, from, PAGE_LIMIT,
	    PROTOCOL_ENTRIES, &f->page, &n));
	f->after = from + n;
	return n ? OK : ERR_SIGNER_BEHIND;
}

/* What is too much for one packet goes ahead of it. */
static enum err
bring_up(struct feed *f, uint64_t from)
{
	const struct chain_view *v = f->at.view;
	struct signer_call_answer a;

	f->sign.entries = span_of(NULL, 0);
	if (from >= v->next_seq)
		return OK;
	for (;;) {
		const struct protocol_request more = {
			.kind = PROTOCOL_FEED,
		};
		struct protocol_request feed = more;

		TRY(page(f, from));
		if (f->after >= v->next_seq)
			break;
		feed.entries = blob_bytes(f->page);
		TRY(signer_call_ask(f->signer, &feed, &a));
		if (a.next <= from)
			return ERR_SIGNER_BEHIND;
		from = a.next;
	}
	f->sign.entries = blob_bytes(f->page);
	return OK;
}

/* Another server may have gone on, and told the signer. */
static enum err
look_again(struct feed *f, enum err e)
{
	const struct chain_view *old = f->at.view, *new;
	bool moved;

	TRY(chains_look(f->at.chains, f->q->db, &old->chain, &new));
	moved = new->next_seq > old->next_seq;
	f->at.view = new;
	chains_drop(f->at.chains, old);
	return moved ? OK : e;
}

static enum err
ask(struct feed *f, struct signer_call_answer *a)
{
	const struct h32 *chain = &f->at.view->chain;
	enum err e;

	f->sign.next = f->at.view->next_seq;
	f->sign.head = f->at.view->head;
	e = signer_call_ask(f->signer, &f->sign, a);
	if (e == OK || e == ERR_SIGNER_BEHIND)
		signer_call_heard(f->signer, chain, a->next);
	return e;
}

static enum err
sign(struct feed *f, struct signer_call_answer *a)
{
	uint64_t lacks = signer_call_lacks(f->signer, &f->at.view->chain);
	enum err e = ERR_SIGNER_BEHIND;

	for (unsigned i = 0; i < ROUNDS_MAX; i++) {
		TRY(bring_up(f, lacks));
		e = ask(f, a);
		if (e == ERR_SIGNER_BEHIND)
			lacks = a->next;
		else if (e == ERR_SIGNER_AHEAD)
			TRY(look_again(f, e));
		else
			return e;
	}
	return e;
}

enum err
feed_sign(struct req *q, const struct h32 *chain, const char *name,
    struct span payload, struct signer_call_answer *a)
{
	__attribute__((cleanup(feed_drop))) struct feed f = { .q = q,
		.signer = q->server->signer };

	f.sign.kind = PROTOCOL_SIGN;
	f.sign.org = (uint64_t)q->who.org;
	f.sign.name = span_str(name);
	f.sign.payload = payload;
	if (chain == NULL)
		return signer_call_ask(f.signer, &f.sign, a);
	TRY(access_any(q, chain, &f.at));
	return sign(&f, a);
}
