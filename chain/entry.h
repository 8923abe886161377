/* SPDX-License-Identifier: ISC */
#ifndef ENTRY_H
#define ENTRY_H

#include "attest.h"
#include "payload.h"

/* FORMAT.md section 3.  No item of a chain file is longer than ENTRY_MAX, a
 * statement or a definition either. */
#define ENTRY_MAX 60000
#define ENTRY_PROOFS 32

enum proof_kind { PROOF_KEY = 1, PROOF_DOCUMENT = 2, PROOF_CHECKPOINT = 3 };

struct proof {
	enum proof_kind kind;
	struct h32 kid;   /* PROOF_KEY only */
	struct span body; /* sig, document or checkpoint; borrowed */
};

struct entry {
	struct span bytes;
	struct h32 id; /* made by entry_decode */
	bool genesis;  /* chain and prev are empty: both fields are zero here */
	struct h32 chain, prev; /* chain == id for genesis */
	uint64_t seq;
	struct span payload; /* not decoded: payload_decode */
	size_t proof_n;
	struct proof proof[ENTRY_PROOFS];
};

/* Checks bytes, shape and the order of proofs; verifies none. */
MUST_USE enum err entry_decode(struct span s, struct entry *e);

/* Writes an entry; proofs are sorted here, in place.  genesis: chain and prev
 * NULL, seq 0.  ERR_PROOF_ORDER when one stands twice, ERR_NO_SPACE. */
MUST_USE enum err entry_encode(struct out *o, const struct h32 *chain,
    uint64_t seq, const struct h32 *prev, struct span payload,
    struct proof *proof, size_t n);

/*
 * A statement: what people hand to each other before it has a place in a
 * chain, and what a revocation is when it comes from elsewhere.
 *   statement = [ "encl/1/statement", payload: bstr, proofs: [0*32 proof] ]
 * Also the body of an append, and of the file of `--sign-only`.
 */
struct statement {
	struct span payload;
	size_t proof_n;
	struct proof proof[ENTRY_PROOFS];
};

/* Checks bytes, shape and the order of proofs; verifies none.  Borrowed from
 * s. */
MUST_USE enum err entry_statement_decode(struct span s, struct statement *t);
/* As entry_encode. */
MUST_USE enum err entry_statement_encode(struct out *o, struct span payload,
    struct proof *proof, size_t n);

/*
 * A chain file (an export, a bundle, a page of entries) is a CBOR sequence:
 * statements, then entries in order, then at most one checkpoint, then
 * definitions, then evidence of keys.
 * entry_item steps over the next item at *s and says what it is.
 * ERR_CBOR_TRUNCATED when the item is not whole yet: a reader of a stream may
 * bring more bytes and ask again.
 */
enum item {
	ITEM_STATEMENT,
	ITEM_ENTRY,
	ITEM_CHECKPOINT, /* [ "encl/1/checkpoint", bstr ]: over the last entry
			  */
	ITEM_DEFINITION, /* [ "encl/1/definition", bstr ]; body is the bstr */
	ITEM_EVIDENCE    /* [ "encl/1/evidence", bstr ]: evidence.h's bundle */
};

MUST_USE enum err entry_item(struct span *s, enum item *kind,
    struct span *item);
/* An item of this kind may follow one of kind *last, and becomes it.  Before
 * the first, *last is ITEM_STATEMENT.  ERR_ITEM_ORDER, also for a second
 * checkpoint. */
MUST_USE enum err entry_order(enum item *last, enum item kind);
/* What is in an item of each kind, borrowed from it, and the item around it. */
MUST_USE enum err entry_checkpoint_decode(struct span item, struct span *note);
void entry_checkpoint_encode(struct out *o, struct span note);
MUST_USE enum err entry_definition_decode(struct span item, struct span *body);
void entry_definition_encode(struct out *o, struct span body);
MUST_USE enum err entry_evidence_decode(struct span item, struct span *bundle);
void entry_evidence_encode(struct out *o, struct span bundle);

#endif
