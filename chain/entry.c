/* SPDX-License-Identifier: ISC */
#include "entry.h"

#include "checkpoint.h"
#include "evidence.h"
#include "hash.h"

#define ENTRY_TAG "encl/1"
#define STATEMENT_TAG "encl/1/statement"
#define CHECKPOINT_TAG "encl/1/checkpoint"
#define DEFINITION_TAG "encl/1/definition"
#define EVIDENCE_TAG "encl/1/evidence"

/* Opens an array of n items whose first is this text. */
static enum err
open_tagged(struct cbor *c, const char *want, size_t n)
{
	struct span tag;
	size_t have;

	TRY(cbor_array(c, 0, SIZE_MAX, &have));
	if (have == 0)
		return ERR_ENTRY_SHAPE;
	TRY(cbor_line(c, 0, 64, &tag));
	if (!span_is(tag, want))
		return ERR_ENTRY_VERSION;
	return have == n ? OK : ERR_ENTRY_SHAPE;
}

static enum err
decode_body(struct cbor *c, struct proof *p)
{
	switch (p->kind) {
	case PROOF_KEY:
		TRY(cbor_h32(c, &p->kid));
		return cbor_bytes(c, 1, KEY_SIG_MAX, &p->body);
	case PROOF_DOCUMENT:
		return cbor_bytes(c, 1, ATTEST_DOC_MAX, &p->body);
	case PROOF_CHECKPOINT:
		return cbor_bytes(c, 1, CHECKPOINT_MAX, &p->body);
	}
	return ERR_PROOF_KIND;
}

static enum err
decode_proof(struct cbor *c, struct proof *p)
{
	uint64_t kind;
	size_t n;

	TRY(cbor_array(c, 0, SIZE_MAX, &n));
	if (n == 0)
		return ERR_PROOF_KIND;
	TRY(cbor_uint(c, &kind));
	if (kind < PROOF_KEY || kind > PROOF_CHECKPOINT)
		return ERR_PROOF_KIND;
	p->kind = (enum proof_kind)kind;
	if (n != (p->kind == PROOF_KEY ? 3 : 2))
		return ERR_PROOF_KIND;
	TRY(decode_body(c, p));
	cbor_close(c);
	return OK;
}

static enum err
decode_proofs(struct cbor *c, struct proof *proof, size_t *n)
{
	struct span last = span_of(NULL, 0), raw;

	TRY(cbor_array(c, 0, ENTRY_PROOFS, n));
	for (size_t i = 0; i < *n; i++) {
		raw.p = c->p;
		TRY(decode_proof(c, &proof[i]));
		raw.n = (size_t)(c->p - raw.p);
		if (i > 0 && span_cmp(last, raw) >= 0)
			return ERR_PROOF_ORDER;
		last = raw;
	}
	cbor_close(c);
	return OK;
}

static enum err
decode_payload(struct cbor *c, struct span *payload)
{
	TRY(cbor_bytes(c, 1, SIZE_MAX, payload));
	return payload->n <= PAYLOAD_MAX ? OK : ERR_TOO_LARGE;
}

/* Only genesis has no chain and no prev, and only genesis has seq 0. */
static enum err
decode_place(struct cbor *c, struct entry *e)
{
	struct span chain, prev;

	TRY(cbor_bytes(c, 0, SIZE_MAX, &chain));
	TRY(cbor_uint(c, &e->seq));
	TRY(cbor_bytes(c, 0, SIZE_MAX, &prev));
	e->genesis = e->seq == 0;
	if (chain.n != prev.n || chain.n != (e->genesis ? 0 : 32))
		return ERR_ENTRY_SHAPE;
	if (!e->genesis) {
		memcpy(e->chain.b, chain.p, 32);
		memcpy(e->prev.b, prev.p, 32);
	}
	return OK;
}

enum err
entry_decode(struct span s, struct entry *e)
{
	struct cbor c = cbor_of(s);

	if (s.n > ENTRY_MAX)
		return ERR_TOO_LARGE;
	e->bytes = s;
	e->chain = e->prev = (struct h32){ { 0 } };
	TRY(open_tagged(&c, ENTRY_TAG, 6));
	TRY(decode_place(&c, e));
	TRY(decode_payload(&c, &e->payload));
	TRY(decode_proofs(&c, e->proof, &e->proof_n));
	cbor_close(&c);
	TRY(cbor_end(&c));
	TRY(hash_entry(s, &e->id));
	if (e->genesis)
		e->chain = e->id;
	return OK;
}

/* The order of the encoded forms: the head of the array, the kind, the kid,
 * then the body, whose head holds its length. */
static int
proof_cmp(const struct proof *a, const struct proof *b)
{
	int d;

	if (a->kind != b->kind) {
		if (a->kind == PROOF_KEY || b->kind == PROOF_KEY)
			return a->kind == PROOF_KEY ? 1 : -1;
		return a->kind < b->kind ? -1 : 1;
	}
	d = a->kind == PROOF_KEY ? memcmp(a->kid.b, b->kid.b, 32) : 0;
	if (d != 0)
		return d;
	if (a->body.n != b->body.n)
		return a->body.n < b->body.n ? -1 : 1;
	return span_cmp(a->body, b->body);
}

static void
sort(struct proof *proof, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct proof p = proof[i];
		size_t k = i;

		for (; k > 0 && proof_cmp(&proof[k - 1], &p) > 0; k--)
			proof[k] = proof[k - 1];
		proof[k] = p;
	}
}

static enum err
encode_proofs(struct out *o, struct proof *proof, size_t n)
{
	if (n > ENTRY_PROOFS)
		return ERR_TOO_LARGE;
	sort(proof, n);
	for (size_t i = 1; i < n; i++) {
		if (proof_cmp(&proof[i - 1], &proof[i]) == 0)
			return ERR_PROOF_ORDER;
	}
	cbor_put_array(o, n);
	for (size_t i = 0; i < n; i++) {
		cbor_put_array(o, proof[i].kind == PROOF_KEY ? 3 : 2);
		cbor_put_uint(o, proof[i].kind);
		if (proof[i].kind == PROOF_KEY)
			cbor_put_bytes(o, h32_span(&proof[i].kid));
		cbor_put_bytes(o, proof[i].body);
	}
	return o->full ? ERR_NO_SPACE : OK;
}

enum err
entry_encode(struct out *o, const struct h32 *chain, uint64_t seq,
    const struct h32 *prev, struct span payload, struct proof *proof, size_t n)
{
	struct span none = span_of(NULL, 0);

	cbor_put_array(o, 6);
	cbor_put_key(o, ENTRY_TAG);
	cbor_put_bytes(o, chain ? h32_span(chain) : none);
	cbor_put_uint(o, seq);
	cbor_put_bytes(o, prev ? h32_span(prev) : none);
	cbor_put_bytes(o, payload);
	return encode_proofs(o, proof, n);
}

enum err
entry_statement_decode(struct span s, struct statement *t)
{
	struct cbor c = cbor_of(s);

	if (s.n > ENTRY_MAX)
		return ERR_TOO_LARGE;
	TRY(open_tagged(&c, STATEMENT_TAG, 3));
	TRY(decode_payload(&c, &t->payload));
	TRY(decode_proofs(&c, t->proof, &t->proof_n));
	cbor_close(&c);
	return cbor_end(&c);
}

enum err
entry_statement_encode(struct out *o, struct span payload, struct proof *proof,
    size_t n)
{
	cbor_put_array(o, 3);
	cbor_put_key(o, STATEMENT_TAG);
	cbor_put_bytes(o, payload);
	return encode_proofs(o, proof, n);
}

static enum err
item_kind(struct span item, enum item *kind)
{
	struct cbor c = cbor_of(item);
	struct span tag;
	size_t n;

	if (cbor_array(&c, 1, 16, &n) != OK || cbor_line(&c, 0, 64, &tag) != OK)
		return ERR_ITEM_UNKNOWN;
	if (span_is(tag, ENTRY_TAG)) {
		*kind = ITEM_ENTRY;
	} else if (span_is(tag, STATEMENT_TAG)) {
		*kind = ITEM_STATEMENT;
	} else if (span_is(tag, CHECKPOINT_TAG)) {
		*kind = ITEM_CHECKPOINT;
	} else if (span_is(tag, DEFINITION_TAG)) {
		*kind = ITEM_DEFINITION;
	} else if (span_is(tag, EVIDENCE_TAG)) {
		*kind = ITEM_EVIDENCE;
	} else {
		return ERR_ITEM_UNKNOWN;
	}
	return OK;
}

enum err
entry_item(struct span *s, enum item *kind, struct span *item)
{
	struct cbor c = cbor_of(*s);
	enum err e = cbor_item(&c, item);

	/* More bytes would not help: no item is that long. */
	if (e == ERR_CBOR_TRUNCATED && s->n > ENTRY_MAX)
		return ERR_TOO_LARGE;
	TRY(e);
	if (item->n > ENTRY_MAX)
		return ERR_TOO_LARGE;
	TRY(item_kind(*item, kind));
	*s = span_of(c.p, (size_t)(c.end - c.p));
	return OK;
}

enum err
entry_order(enum item *last, enum item kind)
{
	if (kind < *last ||
	    (kind == ITEM_CHECKPOINT && *last == ITEM_CHECKPOINT))
		return ERR_ITEM_ORDER;
	*last = kind;
	return OK;
}

/* What goes with a chain: [ tag, bstr ]. */
static enum err
decode_beside(struct span item, const char *tag, size_t max, struct span *body)
{
	struct cbor c = cbor_of(item);

	if (item.n > ENTRY_MAX)
		return ERR_TOO_LARGE;
	TRY(open_tagged(&c, tag, 2));
	TRY(cbor_bytes(&c, 1, max, body));
	cbor_close(&c);
	return cbor_end(&c);
}

static void
encode_beside(struct out *o, const char *tag, struct span body)
{
	cbor_put_array(o, 2);
	cbor_put_key(o, tag);
	cbor_put_bytes(o, body);
}

enum err
entry_checkpoint_decode(struct span item, struct span *note)
{
	return decode_beside(item, CHECKPOINT_TAG, CHECKPOINT_MAX, note);
}

void
entry_checkpoint_encode(struct out *o, struct span note)
{
	encode_beside(o, CHECKPOINT_TAG, note);
}

enum err
entry_definition_decode(struct span item, struct span *body)
{
	return decode_beside(item, DEFINITION_TAG, ENTRY_MAX, body);
}

void
entry_definition_encode(struct out *o, struct span body)
{
	encode_beside(o, DEFINITION_TAG, body);
}

enum err
entry_evidence_decode(struct span item, struct span *bundle)
{
	return decode_beside(item, EVIDENCE_TAG, EVIDENCE_MAX, bundle);
}

void
entry_evidence_encode(struct out *o, struct span bundle)
{
	encode_beside(o, EVIDENCE_TAG, bundle);
}
