/* SPDX-License-Identifier: ISC */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "chain/span.h"

/* What libFuzzer, or replay.c in its place, calls for each input.  Aborts when
 * something is wrong; always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* What has to be so whatever the input is. */
static inline void
fuzz_must(bool ok)
{
	if (!ok)
		abort();
}

/* What was written is s again, to the last byte. */
static inline void
fuzz_same(const struct out *o, struct span s)
{
	fuzz_must(!o->full && span_eq(out_span(o), s));
}

#endif
