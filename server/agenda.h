/* SPDX-License-Identifier: ISC */
#ifndef AGENDA_H
#define AGENDA_H

#include "chain/rules.h"

/*
 * What rules_due says of a state, as the database keeps it: receipts that may
 * be asked for at a moment, and when to look again.
 */
struct agenda {
	uint64_t due_at; /* Unix ms, after the moment; 0: never */
	size_t n;
	struct agenda_task {
		enum role role;
		uint64_t from, until; /* Unix ms, both inside */
		uint8_t pcr0[PCR_SIZE];
		bool witnessed; /* needs a checkpoint */
	} task[3];
};

/* now in Unix ms.  ERR_INTERNAL and the errors of decoding: st is broken. */
MUST_USE enum err agenda_of(const struct state *st, uint64_t now,
    struct agenda *g);

#endif
