/* SPDX-License-Identifier: ISC */
#ifndef HISTORY_H
#define HISTORY_H

#include "target.h"

/* What became of each stage of a verified chain. */
enum history_end {
	HISTORY_STAGED,
	HISTORY_NOTICED,
	HISTORY_IN_FORCE, /* of releases: the present one */
	HISTORY_RETIRED,  /* took effect, and another came after it */
	HISTORY_REVOKED,
	HISTORY_LAPSED,
	HISTORY_REPLACED
};

/* Somebody who vouched for a stage. */
struct history_vouch {
	struct h32 kid;
	struct span name; /* of the key, in the policy of then */
	uint64_t seq;
	struct span method;         /* p NULL: not said */
	struct history_vouch *next; /* who did before */
};

struct history_row {
	struct h32 stage, entry;
	uint64_t seq;
	struct stage g;
	enum history_end end;
	uint64_t at;                 /* NSM time of the completing receipt; 0 */
	const char *reason;          /* of the revocation */
	struct history_vouch *vouch; /* the newest */
};

/* t was verified; rows borrow from it, oldest first. */
MUST_USE enum err history_of(const struct target *t,
    const struct history_row **row, size_t *n);

/* The row of a stage: its id or the beginning of it (6 digits or more), its
 * version, or NULL for the newest.  ERR_NOT_FOUND, ERR_USAGE when ambiguous. */
MUST_USE enum err history_find(const struct target *t, const char *what,
    const struct history_row **row);

/* "in force": constant strings. */
const char *history_end_text(enum history_end e);

#endif
