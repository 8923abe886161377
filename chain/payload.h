/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include "instant.h"
#include "policy.h"
#include "release.h"

/* The five payloads of FORMAT.md section 4.  Each kind's own encode and
 * decode stand in genesis.c, stage.c, endorse.c, revoke.c and receipt.c. */

enum kind { KIND_GENESIS, KIND_STAGE, KIND_ENDORSE, KIND_REVOKE, KIND_RECEIPT };

enum role {
	ROLE_SEEN,
	ROLE_ACCEPTED,
	ROLE_RELEASED,
	ROLE_LAPSED,
	ROLE_LIVE /* never in a chain */
};

#define PAYLOAD_MAX 40000

struct genesis {
	struct span label, nonce;
	uint64_t floor;  /* ms */
	struct h32 root; /* SHA-256 of the attestation root's DER */
	struct policy policy;
};

struct stage {
	struct h32 chain, from;
	uint64_t delay, not_before, expires; /* ms */
	bool has_release;                    /* else it has a policy */
	struct release release;
	struct policy policy;
	struct span notes; /* p NULL: none */
};

struct endorse {
	struct h32 chain, stage;
	bool has_pcrs;
	struct pcrs pcrs;
	struct span method; /* p NULL: none */
};

struct revoke {
	struct h32 chain, stage;
	struct span reason;
};

struct receipt {
	struct h32 chain;
	enum role role;
};

struct payload {
	struct span bytes;
	enum kind kind;
	union {
		struct genesis genesis;
		struct stage stage;
		struct endorse endorse;
		struct revoke revoke;
		struct receipt receipt;
	} u;
};

/* Everything in *p is borrowed from s. */
MUST_USE enum err payload_decode(struct span s, struct payload *p);
/* The "kind" of a payload that is being decoded: the map's next key.
 * ERR_KIND_UNKNOWN when it is another. */
MUST_USE enum err payload_kind_decode(struct cbor_map *m, enum kind want);
void payload_kind_encode(struct out *o, enum kind k);
/* The chain that p names; NULL for a genesis, which makes one. */
const struct h32 *payload_chain(const struct payload *p);
/* "genesis", "seen": constant strings. */
const char *payload_kind_name(enum kind k);
const char *payload_role_name(enum role r);

/*
 * One kind each: FORMAT.md section 4.  decode takes all of s, lends what it
 * finds there, and refuses what is not the one encoding of it, the errors of
 * cbor.h among others; encode gives those bytes back (o full: no room).
 */
MUST_USE enum err genesis_decode(struct span s, struct genesis *g);
void genesis_encode(struct out *o, const struct genesis *g);
MUST_USE enum err stage_decode(struct span s, struct stage *g);
void stage_encode(struct out *o, const struct stage *g);
MUST_USE enum err endorse_decode(struct span s, struct endorse *g);
void endorse_encode(struct out *o, const struct endorse *g);
MUST_USE enum err revoke_decode(struct span s, struct revoke *g);
void revoke_encode(struct out *o, const struct revoke *g);
MUST_USE enum err receipt_decode(struct span s, struct receipt *g);
void receipt_encode(struct out *o, const struct receipt *g);

/* The role of this name, "seen" to "live".  ERR_KIND_UNKNOWN. */
MUST_USE enum err receipt_role(struct span name, enum role *role);

/* "encl/receipt/1 seen <chain> <prev>" into o: FORMAT.md section 6. */
#define RECEIPT_USER_DATA_MAX 160
void receipt_user_data(struct out *o, enum role role, const struct h32 *chain,
    const struct h32 *prev);
/* The same for a live document whose challenge has no place of its own: the
 * role is live, and a space and the challenge in hex follow.  At most
 * RECEIPT_CHALLENGE_MAX bytes of it: else o is full. */
#define RECEIPT_CHALLENGE_MAX 64
#define RECEIPT_LIVE_MAX (RECEIPT_USER_DATA_MAX + 1 + 2 * RECEIPT_CHALLENGE_MAX)
void receipt_live(struct out *o, const struct h32 *chain,
    const struct h32 *prev, struct span challenge);
/* A document, verified already, answers the challenge as a live one of this
 * chain with head as its newest entry: FORMAT.md section 6.  ERR_LIVE_NONCE
 * when the challenge is in neither place, ERR_RECEIPT_USER_DATA when
 * user_data is not what it must be. */
struct attest;
MUST_USE enum err receipt_live_check(const struct attest *a,
    const struct h32 *chain, const struct h32 *head, struct span challenge);
/* The reverse, for one that arrives before its place is known; strict. */
MUST_USE enum err receipt_user_data_parse(struct span s, enum role *role,
    struct h32 *chain, struct h32 *prev);

#endif
