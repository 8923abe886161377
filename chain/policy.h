/* SPDX-License-Identifier: ISC */
#ifndef POLICY_H
#define POLICY_H

#include "key.h"
#include "pcr.h"

#define POLICY_KEYS 16
#define POLICY_MAX 24000 /* encoded bytes */

struct keyset {
	size_t n;
	struct key key[POLICY_KEYS];
};

/* FORMAT.md section 4.  Everything is borrowed from bytes. */
struct policy {
	struct span bytes; /* as encoded */
	uint32_t pcrs;     /* bit i: PCR i is measured */
	struct keyset control, guardians;
	uint64_t threshold;
	bool has_endorsers;
	struct keyset endorsers;
	uint64_t endorser_threshold;
	uint64_t min_delay; /* milliseconds */
	bool upgradable;
	bool has_witnesses;
	struct span log_name;
	struct h32 log_key;
	size_t witness_n;
	struct span witness[POLICY_KEYS];
	uint64_t witness_threshold;
	/* `witnesses` as encoded, with its key; empty where there are none, and
	 * then where they would stand. */
	struct span witness_part;
};

/* Decodes and checks what a policy must satisfy by itself: thresholds, roles
 * disjoint, pcrs rising from 0,1,2.  c may be inside a larger item. */
MUST_USE enum err policy_decode(struct cbor *c, struct policy *p);
/* Writes all fields but bytes. */
void policy_encode(struct out *o, const struct policy *p);

/* The index of kid in the set, or -1. */
int policy_key_index(const struct keyset *s, const struct h32 *kid);

/* As encoded, both are the same but for what they say of witnesses. */
bool policy_same_but_witnesses(const struct policy *a, const struct policy *b);

/* More than half of the guardians; 0 when there are none. */
size_t policy_majority(const struct policy *p);

#endif
