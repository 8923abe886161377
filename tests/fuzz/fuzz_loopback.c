/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "enclave/loopback.h"
#include "tests/fuzz/fuzz.h"

/* What is taken for a body is the end of the answer, behind an empty line. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span body;

	if (loopback_body(span_of(p, n), &body) != OK)
		return 0;
	if (body.p < p + 4 || body.p + body.n != p + n ||
	    memcmp(body.p - 4, "\r\n\r\n", 4) != 0)
		abort();
	return 0;
}
