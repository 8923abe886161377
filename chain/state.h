/* SPDX-License-Identifier: ISC */
#ifndef STATE_H
#define STATE_H

#include "entry.h"
#include "merkle.h"

enum phase { PHASE_OPEN, PHASE_STAGED, PHASE_NOTICED };

/*
 * What a chain amounts to after its newest entry: FORMAT.md section 7.  A
 * value: it borrows nothing and is copied by `=`.  About 70 KB, so not many of
 * them on a stack.
 */
struct state {
	uint64_t next_seq; /* 0: nothing yet, not even genesis */
	struct h32 chain, head;
	struct h32 opened;  /* what the next stage's `from` must be */
	struct merkle tree; /* of the entries: tree.n == next_seq */
	struct h32 root;    /* of the attestation documents */
	uint64_t floor;     /* ms */
	uint64_t upgrades;  /* releases that came into force */
	/* The receipt that brought the release in force: its NSM time, ms, and
	 * its seq; 0 and 0 before the first. */
	uint64_t released_at, released_seq;
	enum phase phase;

	/* while phase != PHASE_OPEN */
	struct h32 stage_id; /* SHA-256 of the stage payload */
	uint64_t stage_seq;
	bool backed, accepted;
	uint64_t notice;   /* W in ms, when PHASE_NOTICED */
	uint32_t endorsed; /* bit i: endorsers.key[i] has endorsed */

	size_t label_n, policy_n, release_n, stage_n;
	uint8_t label[64];
	uint8_t policy[POLICY_MAX];   /* in force */
	uint8_t release[RELEASE_MAX]; /* in force; release_n 0: none yet */
	uint8_t stage[PAYLOAD_MAX];   /* the open stage's payload */
};

/* Decodes what the state holds.  The results borrow from st. */
MUST_USE enum err state_policy(const struct state *st, struct policy *p);
MUST_USE enum err state_release(const struct state *st, struct release *r);
MUST_USE enum err state_stage(const struct state *st, struct stage *g);

/* A compact form for caches (the server's state rows), deterministic: two
 * equal states give equal bytes.  Not part of the format: never signed, and
 * whoever stores it must be able to rebuild it from the entries. */
#define STATE_ENCODED_MAX (POLICY_MAX + RELEASE_MAX + PAYLOAD_MAX + 3072)
void state_encode(struct out *o, const struct state *st);
MUST_USE enum err state_decode(struct span s, struct state *st);

#endif
