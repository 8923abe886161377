/* SPDX-License-Identifier: ISC */
#include "signer/protocol.h"
#include "tests/fuzz/fuzz.h"

/* What was accepted has one encoding: writing it again gives the same bytes
 * (a code that is not known aside). */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t buf[PROTOCOL_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct protocol_request q;
	struct protocol_answer a;
	struct span s = span_of(p, n);

	if (protocol_request_decode(s, &q) == OK) {
		protocol_request_encode(&o, &q);
		fuzz_same(&o, s);
	}
	o = out_of(buf, sizeof buf);
	if (protocol_answer_decode(s, &a) == OK && a.code != ERR_UNKNOWN_CODE) {
		protocol_answer_encode(&o, &a);
		fuzz_same(&o, s);
	}
	return 0;
}
