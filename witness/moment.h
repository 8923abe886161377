/* SPDX-License-Identifier: ISC */
#ifndef MOMENT_H
#define MOMENT_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * Whether this machine's clock can be believed.  A cosignature says until when
 * the witness had seen nothing newer, so a wrong time in it can be used for as
 * long as it lies ahead.
 */
#define MOMENT_SLACK_MS \
	300000 /* what the judge allows two clocks to differ \
		*/

struct moment {
	int64_t apart;   /* ms of the time of day ahead of the steady clock */
	uint64_t newest; /* seconds of the newest time that was ever given */
};

/* Both clocks at the start; steady_ms counts while the machine sleeps. */
void moment_begin(struct moment *m, uint64_t unix_ms, uint64_t steady_ms,
    uint64_t newest);

/* The second for a cosignature that is given now.  ERR_CLOCK: the time of day
 * has jumped against the steady clock since it was last looked at, as on a
 * machine that was stopped or restored from a snapshot, or stands more than
 * MOMENT_SLACK_MS before a time that was given already. */
MUST_USE enum err moment_now(struct moment *m, uint64_t unix_ms,
    uint64_t steady_ms, uint64_t *seconds);

/* A cosignature was given with this time. */
void moment_given(struct moment *m, uint64_t seconds);

#endif
