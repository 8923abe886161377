/* SPDX-License-Identifier: ISC */
#include "enclave/message.h"
#include "tests/fuzz/fuzz.h"

/* What was accepted has one encoding: writing it again gives the same bytes
 * (the sentence of an error aside, which is made anew). */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t buf[MESSAGE_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct message_request q;
	struct message_reply r;
	struct span s = span_of(p, n);

	if (message_request_decode(s, &q) == OK) {
		message_request_encode(&o, &q);
		fuzz_same(&o, s);
	}
	o = out_of(buf, sizeof buf);
	if (message_reply_decode(s, &r) == OK && r.kind != MESSAGE_ERROR) {
		message_reply_encode(&o, &r);
		fuzz_same(&o, s);
	}
	return 0;
}
