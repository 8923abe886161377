/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "enclave/message.h"
#include "tests/fuzz/fuzz.h"

/* What was accepted has one encoding: writing it again gives the same bytes
 * (the sentence of an error aside, which is made anew). */
static void
same(const struct out *o, struct span s)
{
	if (o->full || !span_eq(out_span(o), s))
		abort();
}

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
		same(&o, s);
	}
	o = out_of(buf, sizeof buf);
	if (message_reply_decode(s, &r) == OK && r.kind != MESSAGE_ERROR) {
		message_reply_encode(&o, &r);
		same(&o, s);
	}
	return 0;
}
