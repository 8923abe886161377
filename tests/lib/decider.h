/* SPDX-License-Identifier: ISC */
#ifndef DECIDER_H
#define DECIDER_H

#include "signer/decide.h"
#include "tests/lib/chain_builder.h"

/* What encl-signer decides with, in a folder of its own, beside a chain whose
 * root it trusts. */
struct decider {
	char folder[32];
	int at; /* the folder */
	struct chain_builder *b;
	struct decide *d;
};

extern const uint8_t decider_journal_key[JOURNAL_KEY];

void decider_begin(struct decider *v, const struct chain_builder_opts *o);
/* The ledger as the next process finds it: whole. */
void decider_again(struct decider *v);
void decider_end(struct decider *v);

#endif
