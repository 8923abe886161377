/* SPDX-License-Identifier: ISC */
#ifndef COSIGNER_H
#define COSIGNER_H

#include "chain/witness.h"

/*
 * A log and witnesses, the same in every program: their keys follow from their
 * numbers.  What they sign is what the test says, true or not.
 */
#define COSIGNERS 16
#define COSIGNER_LOG "log.example"

struct cosigner {
	uint8_t secret[64];
	struct h32 public;
	char name[32], vkey[NOTE_VKEY_MAX];
};

/* Both live as long as the program. */
const struct cosigner *cosigner_log(void);
const struct cosigner *cosigner_witness(unsigned i);

/* Lets p name the log and the witnesses first to first + n - 1. */
void cosigner_policy(struct policy *p, unsigned first, unsigned n,
    unsigned threshold);
/* A bit for each witness that p names. */
unsigned cosigner_named(const struct policy *p);

/* A checkpoint that is to be made. */
struct cosigner_note {
	uint8_t origin[WITNESS_ORIGIN_MAX];
	size_t origin_n;
	uint64_t size;
	struct h32 root;
	const struct cosigner *log; /* signs; NULL: nobody does */
	uint64_t second[COSIGNERS]; /* of each witness; 0: does not cosign */
};

/* What is true of st, with the witnesses of these bits at that second. */
void cosigner_note(struct cosigner_note *n, const struct state *st,
    unsigned who, uint64_t second);
void cosigner_write(struct out *o, const struct cosigner_note *n);

#endif
