/* SPDX-License-Identifier: ISC */
#ifndef CHAIN_BUILDER_H
#define CHAIN_BUILDER_H

#include "chain/rules.h"
#include "enclave/nsm_sim.h"
#include "tests/lib/cosigner.h"

/*
 * Chains in memory, for tests and benches: as many keys as wanted, a software
 * NSM whose clock the test sets, one function for each kind of entry.  Every
 * entry is judged by rules_next as it is appended, and kept only when it is
 * good; what rules_next said is what the append returns.  Failures of the
 * builder itself abort.
 *
 *	struct chain_builder *b = chain_builder_new(&chain_builder_plain);
 *	chain_builder_first(b, 1);
 *	chain_builder_upgrade(b, 2);
 *	... b->n entries, chain_builder_entry(b, i), b->st ...
 *	chain_builder_free(b);
 */

/* Who signs: a set of bits. */
typedef uint64_t signers;
#define CONTROL(i) (UINT64_C(1) << (i))
#define GUARDIAN(i) (UINT64_C(1) << (16 + (i)))
#define ENDORSER(i) (UINT64_C(1) << (32 + (i)))
#define OTHER(i) (UINT64_C(1) << (48 + (i))) /* strangers, or keys to come */
#define CHAIN_BUILDER_KEYS 64

#define HOUR UINT64_C(3600000)
#define DAY (24 * HOUR)
#define CHAIN_BUILDER_TIME UINT64_C(1767225600000) /* 2026-01-01 */

struct chain_builder_opts {
	unsigned control, threshold, guardians, endorsers, endorser_threshold;
	uint64_t min_delay, floor;
	bool frozen;
	uint32_t number;     /* two numbers make two chains */
	struct h32 evidence; /* of the first control key; zero: none */
	/* Whose log and witnesses the first policy names, as cosigner_policy
	 * fills it; NULL: none. */
	const struct policy *witnesses;
};

/* Two of three control keys, three guardians, a window of 48 hours. */
extern const struct chain_builder_opts chain_builder_plain;

/* Of the simulator; the builder's own enclave is instance 1. */
extern const uint8_t chain_builder_seed[NSM_SIM_SEED];

struct chain_builder_key {
	uint8_t secret[64], blob[64];
	char name[16];
	struct key key;
};

struct chain_builder {
	struct chain_builder_opts opts;
	struct chain_builder_key key[CHAIN_BUILDER_KEYS];
	struct nsm_sim *sim;
	struct nsm nsm;
	uint64_t now; /* NSM time of the next document, ms */
	struct h32 root;
	struct rules rules; /* public, with a cache */
	struct attest_cache cache;
	struct state st;
	size_t n, cap;
	struct span *entry;
	struct chain_builder_version *versions;
};

/* With the genesis entry. */
struct chain_builder *chain_builder_new(const struct chain_builder_opts *o);
/* A plain one with version 1 in force; with version 2 staged besides. */
struct chain_builder *chain_builder_running(void);
struct chain_builder *chain_builder_staged(void);
/* A plain one with three endorsers of whom two are needed. */
struct chain_builder *chain_builder_endorsed(void);
/* A plain one with three witnesses of whom two are needed, and version 1 in
 * force. */
struct chain_builder *chain_builder_witnessed(void);
void chain_builder_free(struct chain_builder *b);
struct span chain_builder_entry(const struct chain_builder *b, size_t i);

/* A release whose PCR0, 1 and 2, version and definition follow from version,
 * and a stage of it that is right in the present state: from what is open,
 * with the smallest delay, expiring 30 days after now.  Valid while b is. */
struct release chain_builder_release(struct chain_builder *b, unsigned version);
struct stage chain_builder_stage_of(struct chain_builder *b, unsigned version);
/* The policy in force, to be changed; borrowed from b->st. */
struct policy chain_builder_policy(const struct chain_builder *b);
struct stage chain_builder_policy_stage(struct chain_builder *b,
    const struct policy *next);

/* An entry that is being made, to be spoilt before it is appended. */
struct chain_builder_draft {
	struct h32 chain, prev;
	bool genesis;
	uint64_t seq;
	struct span payload;
	size_t n;
	struct proof proof[ENTRY_PROOFS + 1];
	uint8_t payload_buf[PAYLOAD_MAX + 1];
	uint8_t sig[ENTRY_PROOFS + 1][KEY_SIG_MAX];
	uint8_t doc[ATTEST_DOC_MAX];
	uint8_t note[CHECKPOINT_MAX];
};

/* In the next place of b's chain, with payload and no proofs. */
void chain_builder_draft(const struct chain_builder *b,
    struct chain_builder_draft *d, struct span payload);
/* The same with a right release stage of this version, signed by its owners. */
void chain_builder_draft_stage(struct chain_builder *b,
    struct chain_builder_draft *d, unsigned version);
/* Adds a signature of each of `who` over d->payload. */
void chain_builder_sign(const struct chain_builder *b,
    struct chain_builder_draft *d, signers who);
/* Adds a document by the code of this version, at b->now, with user_data. */
void chain_builder_attest(struct chain_builder *b,
    struct chain_builder_draft *d, unsigned version, struct span user_data);
/* Adds a checkpoint. */
void chain_builder_witness(struct chain_builder_draft *d, struct span note);
enum err chain_builder_append(struct chain_builder *b,
    struct chain_builder_draft *d);
/* Appends an entry that stands somewhere else already. */
enum err chain_builder_append_bytes(struct chain_builder *b, struct span entry);

/* The payloads of the kinds, for the present state, into buf. */
struct span chain_builder_revoke_payload(const struct chain_builder *b,
    uint8_t *buf, size_t cap);
struct span chain_builder_endorse_payload(const struct chain_builder *b,
    uint8_t *buf, size_t cap);

/* One entry of each kind, right but for what the caller chose. */
enum err chain_builder_stage(struct chain_builder *b, const struct stage *g,
    signers who);
/* A right release stage of this version. */
enum err chain_builder_stage_release(struct chain_builder *b, unsigned version,
    signers who);
/* A policy stage whose min_delay is an hour longer, so that it is another. */
enum err chain_builder_stage_policy(struct chain_builder *b, signers who);
enum err chain_builder_endorse(struct chain_builder *b, signers who);
enum err chain_builder_revoke(struct chain_builder *b, signers who);
/* With a checkpoint where it needs one: by all witnesses, no later than now. */
enum err chain_builder_receipt(struct chain_builder *b, enum role role,
    unsigned version);
/* With this checkpoint, or none. */
enum err chain_builder_receipt_with(struct chain_builder *b, enum role role,
    unsigned version, struct span note);

/* The last whole second whose last millisecond is not after now. */
uint64_t chain_builder_second(const struct chain_builder *b);
/* A checkpoint over b's entries, by the log and all witnesses of the policy in
 * force that tests know, at that second; into buf. */
struct span chain_builder_checkpoint(const struct chain_builder *b,
    uint64_t second, uint8_t *buf, size_t cap);
/* What the next receipt of this role carries: the same, or nothing. */
struct span chain_builder_needed(const struct chain_builder *b, enum role role,
    uint8_t *buf, size_t cap);

/* Stages this version with control keys 0..threshold-1 and all endorsers.
 * first: accepts it.  upgrade: the whole way; b->now moves over the window. */
void chain_builder_first(struct chain_builder *b, unsigned version);
void chain_builder_upgrade(struct chain_builder *b, unsigned version);

/* A revocation of the open stage as a statement, into buf. */
struct span chain_builder_revocation(const struct chain_builder *b, signers who,
    uint8_t *buf, size_t cap);

/* The signatures of a threshold of control keys; of all endorsers. */
signers chain_builder_owners(const struct chain_builder *b);
/* The version whose release is in force. */
unsigned chain_builder_version(const struct chain_builder *b);

#endif
