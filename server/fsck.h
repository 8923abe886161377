/* SPDX-License-Identifier: ISC */
#ifndef FSCK_H
#define FSCK_H

#include <stdio.h>

#include "chain/rules.h"

/*
 * Walks every chain from its stored bytes with the one judge and compares
 * what comes out with everything that the database derives from them: ids,
 * chain rows, measurements, tasks, definitions, loose revocations, checkpoints,
 * published evidence.  One line a difference to out.
 */
struct fsck {
	const struct h32 *root; /* trusted attestation roots */
	size_t root_n;
	bool repair; /* rewrites cache rows, never entries */
	FILE *out;
	uint64_t chains, entries; /* what was looked at */
	uint64_t wrong;           /* differences found */
	uint64_t repaired;
};

/* OK also when something is wrong: see f->wrong. */
MUST_USE enum err fsck_run(const char *conninfo, struct fsck *f);

#endif
