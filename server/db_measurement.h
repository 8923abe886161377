/* SPDX-License-Identifier: ISC */
#ifndef DB_MEASUREMENT_H
#define DB_MEASUREMENT_H

#include "chain/pcr.h"
#include "db.h"

/* Where code appears: the stages that bring a PCR0.  A projection of the
 * entries, written by the statement that appends. */
struct db_measurement {
	struct h32 chain, stage; /* stage: its id */
	uint64_t seq;            /* of the stage's entry */
	struct span entry;       /* its bytes */
	struct span state;       /* of the chain now, state_encode's form */
};

/* In chains that org may see (0: public ones only), in the order of chain and
 * seq, after (after_chain, after_seq); after_chain NULL: from the start. */
MUST_USE enum err db_measurement_list(struct db *db, struct arena *a,
    int64_t org, const uint8_t pcr0[PCR_SIZE], const struct h32 *after_chain,
    uint64_t after_seq, size_t limit, struct db_measurement **m, size_t *n);

#endif
