/* SPDX-License-Identifier: ISC */
#ifndef FLEET_H
#define FLEET_H

#include "chain/entry.h"

/*
 * Chains by the thousand, for benches and fault runs: one control key and one
 * guardian for all, stages and revokes in turn, and since entries are encoded
 * in one way only, every entry id is known before the server answers.  They
 * take a few hundred bytes each; chain_builder.h makes fewer and can do more.
 */
struct fleet_chain {
	struct h32 id, head, opened, stage, definition;
	uint64_t seq; /* of the next entry */
	uint32_t number;
	bool staged;
};

struct fleet {
	uint8_t secret[2][64], blob[2][64]; /* control, guardian */
	size_t blob_n[2];
	struct h32 kid[2];
	uint64_t now; /* Unix ms */
	/* Log and witnesses of chains that are made from now on; n 0: none.
	 * Borrowed. */
	struct span log_name, witness[2];
	struct h32 log_key;
	size_t witness_n;
};

#define FLEET_STATEMENT 2048 /* no statement here is longer */

/* seed: two fleets have other keys. */
void fleet_init(struct fleet *f, uint32_t seed);
/* Chain number n; its genesis as a statement, into buf. */
struct span fleet_genesis(const struct fleet *f, struct fleet_chain *c,
    uint32_t n, void *buf);
/* The statement that comes next, a stage of version or a revoke, into buf; c
 * moves as if it were appended. */
struct span fleet_next(const struct fleet *f, struct fleet_chain *c,
    unsigned version, void *buf);
/* A stage of version that replaces the open stage *from, or starts where the
 * chain was opened; *id names it.  c does not move. */
struct span fleet_stage(const struct fleet *f, const struct fleet_chain *c,
    const struct h32 *from, unsigned version, struct h32 *id, void *buf);
/* A revoke of the stage of that name. */
struct span fleet_revoke(const struct fleet *f, const struct fleet_chain *c,
    const struct h32 *stage, void *buf);
/* "/v1/chains/HEX/entries" */
#define FLEET_PATH 96
void fleet_path(const struct fleet_chain *c, char path[FLEET_PATH]);

#endif
