/* SPDX-License-Identifier: ISC */
#ifndef TIP_H
#define TIP_H

#include "chain/witness.h"

/*
 * A checkpoint that somebody brought, beside the entries that were verified
 * here.  The judging is chain/walk.h's and chain/witness.h's; this says the
 * rest: whether it is of more or of fewer entries, and who cosigned it when.
 */
enum tip_place {
	TIP_OVER,   /* of exactly the entries that were verified */
	TIP_BEHIND, /* of fewer */
	TIP_AHEAD   /* of more */
};

struct tip {
	struct checkpoint c; /* borrowed from the note */
	enum tip_place place;
	bool named; /* the policy in force names the log, whose signature was
		     * verified */
	uint64_t witnessed; /* ms; 0 unless over, and by enough witnesses */
	size_t n;           /* witnesses of the policy */
	struct tip_witness {
		struct span name; /* borrowed from st */
		uint64_t seconds; /* 0: has not cosigned */
		enum err err;     /* of its cosignature */
	} by[POLICY_KEYS];
	uint64_t threshold;
};

/*
 * now, max_age: Unix ms, ms (UINT64_MAX: any age).  OK: it is consistent with
 * st, as far as the sizes let compare, and, where it is over st and the policy
 * has witnesses, cosigned by enough of them lately enough.  ERR_NOTE,
 * ERR_CHECKPOINT, ERR_CHECKPOINT_ORIGIN, _SIG; ERR_CHECKPOINT_ROOT: another
 * history; ERR_WITNESSES_FEW, ERR_CHECKPOINT_STALE, ERR_CHECKPOINT_TIME,
 * ERR_COSIGNATURE: of one over st, which is genuine.  *t is filled as far as
 * that goes.
 */
MUST_USE enum err tip_judge(const struct state *st, struct span note,
    uint64_t now, uint64_t max_age, struct tip *t);

/* A checkpoint of fewer entries, against the first of a chain file that was
 * verified: ERR_CHECKPOINT_ROOT when it is of another history,
 * ERR_CHECKPOINT_SIZE when there are too few. */
MUST_USE enum err tip_prefix(const struct tip *t, struct span chain_file);

/* "w1.example 2026-11-21 08:00:00 UTC, w2.example ..."; "" for none. */
const char *tip_text(const struct tip *t);
/* "w1.example, w2.example": those alone that have. */
const char *tip_names(const struct tip *t);
/* The policy's witnesses that have not cosigned it: "w3.example"; "". */
const char *tip_missing(const struct tip *t);

#endif
