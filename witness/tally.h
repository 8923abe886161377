/* SPDX-License-Identifier: ISC */
#ifndef TALLY_H
#define TALLY_H

#include "chain/span.h"

/* Figures for Prometheus.  Nothing in them names a log. */
enum tally_request {
	TALLY_ADD,  /* add-checkpoint */
	TALLY_READ, /* a log's newest checkpoint */
	TALLY_OTHER,
	TALLY_REQUESTS
};

#define TALLY_STATUSES 12

struct tally {
	uint64_t answered[TALLY_REQUESTS][TALLY_STATUSES];
	uint64_t flushes, splits, cut; /* connections cut: too slow, too many */
	uint64_t connections, logs, journal, newest; /* now */
	bool clock;                                  /* it can be believed */
};

void tally_answer(struct tally *t, enum tally_request what, unsigned status);
/* The Prometheus text format. */
void tally_write(const struct tally *t, struct out *o);

#endif
