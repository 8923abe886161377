/* SPDX-License-Identifier: ISC */
#include "countersign.h"

#include <stdlib.h>

#include "chain/authority.h"

#define PROTOCOL "1"

struct countersign {
	struct h32 chain;
	struct h32 root[COUNTERSIGN_ROOTS];
	const struct nsm *nsm;
	struct attest_cache cache;
	struct walk good;  /* the chain as far as it was verified */
	struct walk trial; /* a copy, which an entry may spoil */
	bool held;         /* held_stage was revoked by a statement */
	struct h32 held_stage;
	uint8_t document[ATTEST_DOC_MAX];
	uint8_t payload[256];
	uint8_t candidate[ENTRY_MAX];
};

enum err
countersign_open(const struct h32 *chain, const struct h32 *root, size_t root_n,
    const struct nsm *nsm, struct countersign **made)
{
	struct walk_opts opts = { 0 };
	struct countersign *c;

	if (root_n > COUNTERSIGN_ROOTS)
		return ERR_NO_SPACE;
	c = calloc(1, sizeof *c);
	if (!c)
		return ERR_OUT_OF_MEMORY;
	c->chain = *chain;
	memcpy(c->root, root, root_n * sizeof *root);
	c->nsm = nsm;
	opts.rules.root = c->root;
	opts.rules.root_n = root_n;
	opts.rules.level = LEVEL_PUBLIC;
	opts.rules.cache = &c->cache;
	opts.chain = &c->chain;
	walk_init(&c->good, &opts);
	*made = c;
	return OK;
}

void
countersign_close(struct countersign *c)
{
	free(c);
}

const struct state *
countersign_state(const struct countersign *c)
{
	return &c->good.st;
}

/* Judges an entry as the next one, in trial; good stays as it is. */
static enum err
judge(struct countersign *c, struct span entry)
{
	c->trial = c->good;
	return walk_feed(&c->trial, entry);
}

static enum err
attest(struct countersign *c, const struct nsm_ask *ask, struct span *doc)
{
	struct out o = out_of(c->document, sizeof c->document);

	TRY(nsm_attest(c->nsm, ask, &o));
	*doc = out_span(&o);
	return OK;
}

static enum err
answer_hello(struct countersign *c, const struct message_request *q,
    struct message_reply *r)
{
	static const uint8_t zero[PCR_SIZE];
	const struct nsm_ask ask = { 0 };
	struct attest a;
	struct span doc;

	(void)q;
	TRY(attest(c, &ask, &doc));
	TRY(attest_parse(doc, &a));
	if (attest_is_debug(&a))
		return ERR_DOC_DEBUG;
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (a.pcrs.mask >> i & 1 &&
		    memcmp(a.pcrs.value[i], zero, sizeof zero) == 0)
			a.pcrs.mask &= ~(UINT32_C(1) << i);
	r->version = span_str(PROTOCOL);
	r->chain = c->chain;
	r->next_seq = c->good.st.next_seq;
	r->pcrs = a.pcrs;
	r->module_id = a.module_id;
	return OK;
}

static enum err
answer_entries(struct countersign *c, const struct message_request *q,
    struct message_reply *r)
{
	struct span left = q->body, item;
	enum item kind;

	while (left.n) {
		TRY(entry_item(&left, &kind, &item));
		if (kind != ITEM_ENTRY)
			return ERR_ITEM_ORDER;
		TRY(judge(c, item));
		c->good = c->trial;
	}
	r->next_seq = c->good.st.next_seq;
	return OK;
}

/* One of a stage that is not known yet is kept by whoever brought it.  So that
 * nobody can push aside what counts, it must be of a key of the policy. */
static bool
is_strangers(const struct countersign *c, const struct statement *t)
{
	struct policy now;

	if (state_policy(&c->good.st, &now) != OK)
		return false;
	for (size_t i = 0; i < t->proof_n; i++) {
		const struct check k = { .what = CHECK_SIGNATURE,
			.payload = t->payload,
			.blob = authority_blob(&now, &t->proof[i].kid),
			.sig = t->proof[i].body };

		if (k.blob.p && check_run(&k, NULL) == OK)
			return false;
	}
	return true;
}

static enum err
judge_revocation(const struct countersign *c, const struct statement *t)
{
	enum err e = rules_revocation(&c->good.opts.rules, &c->good.st, t);

	return (e == ERR_STAGE_UNKNOWN || e == ERR_NOTHING_STAGED) &&
		       is_strangers(c, t)
		   ? ERR_AUTHORITY
		   : e;
}

static enum err
answer_revocation(struct countersign *c, const struct message_request *q,
    struct message_reply *r)
{
	struct statement t;

	(void)r;
	TRY(entry_statement_decode(q->body, &t));
	TRY(judge_revocation(c, &t));
	c->held = true;
	c->held_stage = c->good.st.stage_id;
	return OK;
}

/* A stage that is revoked keeps what it has, but gets nothing more that
 * brings it into force. */
static bool
is_held(const struct countersign *c, enum role role)
{
	return (role == ROLE_ACCEPTED || role == ROLE_RELEASED) && c->held &&
	       c->good.st.phase != PHASE_OPEN &&
	       h32_eq(&c->held_stage, &c->good.st.stage_id);
}

static enum err
attest_role(struct countersign *c, enum role role, struct span nonce,
    struct span *doc)
{
	uint8_t text[RECEIPT_LIVE_MAX];
	struct out o = out_of(text, sizeof text);
	struct nsm_ask ask = { .nonce = nonce };

	if (c->nsm->text_only && nonce.p != NULL) {
		receipt_live(&o, &c->chain, &c->good.st.head, nonce);
		if (o.full)
			return ERR_TOO_LARGE;
		ask.nonce = (struct span){ 0 };
	} else {
		receipt_user_data(&o, role, &c->chain, &c->good.st.head);
	}
	ask.user_data = out_span(&o);
	return o.full ? ERR_NO_SPACE : attest(c, &ask, doc);
}

static enum err
make_candidate(struct countersign *c, const struct message_request *q,
    struct span *payload, struct span *doc, struct out *entry)
{
	const struct state *st = &c->good.st;
	const struct receipt receipt = { c->chain, q->role };
	struct out o = out_of(c->payload, sizeof c->payload);
	struct proof proof[2] = { { .kind = PROOF_DOCUMENT },
		{ .kind = PROOF_CHECKPOINT, .body = q->body } };

	receipt_encode(&o, &receipt);
	if (o.full)
		return ERR_NO_SPACE;
	*payload = out_span(&o);
	TRY(attest_role(c, q->role, (struct span){ 0 }, doc));
	proof[0].body = *doc;
	return entry_encode(entry, &c->chain, st->next_seq, &st->head, *payload,
	    proof, q->body.n ? 2 : 1);
}

static enum err
answer_receipt(struct countersign *c, const struct message_request *q,
    struct message_reply *r)
{
	struct out entry = out_of(c->candidate, sizeof c->candidate);

	if (c->good.st.next_seq == 0)
		return ERR_CHAIN_EMPTY;
	if (!h32_eq(&q->prev, &c->good.st.head))
		return ERR_PREV_WRONG;
	if (is_held(c, q->role))
		return ERR_REVOKED;
	TRY(make_candidate(c, q, &r->payload, &r->document, &entry));
	return judge(c, out_span(&entry));
}

static enum err
answer_live(struct countersign *c, const struct message_request *q,
    struct message_reply *r)
{
	if (c->good.st.next_seq == 0)
		return ERR_CHAIN_EMPTY;
	return attest_role(c, ROLE_LIVE, q->body, &r->document);
}

static enum err (*const ANSWER[])(struct countersign *,
    const struct message_request *, struct message_reply *) = {
	[MESSAGE_HELLO] = answer_hello,
	[MESSAGE_ENTRIES] = answer_entries,
	[MESSAGE_REVOCATION] = answer_revocation,
	[MESSAGE_RECEIPT] = answer_receipt,
	[MESSAGE_LIVE] = answer_live,
};

enum err
countersign_answer(struct countersign *c, struct span request,
    struct out *reply)
{
	struct message_request q;
	struct message_reply r = { 0 };
	enum err e = message_request_decode(request, &q);

	r.kind = q.kind;
	if (e == OK)
		e = ANSWER[q.kind](c, &q, &r);
	if (e != OK)
		r = (struct message_reply){ .kind = MESSAGE_ERROR, .err = e };
	message_reply_encode(reply, &r);
	return e;
}
