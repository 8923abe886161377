/* SPDX-License-Identifier: ISC */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer, or replay.c in its place, calls for each input.  Aborts when
 * something is wrong; always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#endif
