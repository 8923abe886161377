/* SPDX-License-Identifier: ISC */
#ifndef CHAIN_READER_H
#define CHAIN_READER_H

#include "chain/entry.h"

/* All that is signed in a chain file, in order, for benches that verify it
 * another way.  The keys are those of the genesis policy.  Failures abort. */
struct chain_reader_sig {
	struct span blob, payload, sig;
};

struct chain_reader {
	struct span file;
	size_t entries, doc_n, sig_n;
	struct span *doc;
	struct chain_reader_sig *sig;
};

void chain_reader_open(struct chain_reader *r, const char *path);
void chain_reader_close(struct chain_reader *r);

#endif
