/* SPDX-License-Identifier: ISC */
#ifndef HARDWARE_H
#define HARDWARE_H

#include "evidence.h"
#include "policy.h"

/*
 * What may be said of where the keys of a policy live.  It is about keys
 * alone: no rule of the chain asks for it, and no verdict depends on it
 * (FORMAT.md sections 3 and 5).
 */
enum hardware_kind {
	HARDWARE_NONE,    /* the policy names no evidence */
	HARDWARE_CLAIMED, /* it does, and the evidence is not at hand */
	HARDWARE_REFUSED, /* it is at hand, and shows nothing: see why */
	HARDWARE_SHOWN    /* held in hardware, touch required */
};

struct hardware {
	enum hardware_kind kind;
	enum err why;       /* of HARDWARE_REFUSED */
	struct evidence ev; /* of HARDWARE_SHOWN; of _REFUSED, if the evidence
			     * is sound but weak */
	struct h32 root;    /* H of the trusted root that it ends at */
};

/*
 * Judges a bundle for one key: the hash that the policy names, the
 * certificates up to one of the trusted roots (DER), the key, the rule of
 * evidence_judge.  bundle.p NULL: not at hand.  why: ERR_EVIDENCE_HASH,
 * ERR_EVIDENCE_ROOT when no root is trusted at all, and what
 * evidence_verify and evidence_judge say.
 */
void hardware_judge(const struct key *k, struct span bundle,
    const struct span *root, size_t root_n, struct hardware *h);

/* The keys of a policy: control, guardians, endorsers, in their order. */
#define HARDWARE_KEYS (3 * POLICY_KEYS)
struct hardware_key {
	const struct key *key; /* borrowed from the policy */
	const char *role;      /* "control", "guardian", "endorser" */
};
size_t hardware_keys(const struct policy *p,
    struct hardware_key key[HARDWARE_KEYS]);

/*
 * The same for all keys of a policy, from bundles that come one after another
 * and are not kept: begin, hear each, read of[] in the order of hardware_keys.
 * Roots are borrowed until then.
 */
struct hardware_set {
	size_t n;
	struct hardware of[HARDWARE_KEYS];
	const struct span *root;
	size_t root_n;
	bool begun;
};
void hardware_begin(struct hardware_set *s, const struct policy *p,
    const struct span *root, size_t root_n);
/* One that no key of p names, and one that was heard already, is stepped over
 * at no cost but a hash. */
void hardware_hear(struct hardware_set *s, const struct policy *p,
    struct span bundle);

#endif
