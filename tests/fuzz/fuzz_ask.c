/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chain/checkpoint.h"
#include "tests/fuzz/fuzz.h"
#include "witness/admit.h"
#include "witness/ask.h"

/* What was taken has one spelling: written again it is the same bytes. */
static void
same(const struct ask *a, struct span s)
{
	static uint8_t buf[ASK_MAX];
	struct out o = out_of(buf, sizeof buf);
	char digits[20];
	size_t n = 0;

	for (uint64_t v = a->old; v || n == 0; v /= 10)
		digits[sizeof digits - ++n] = (char)('0' + v % 10);
	out_put(&o, "old ", 4);
	out_put(&o, digits + sizeof digits - n, n);
	out_put(&o, "\n", 1);
	for (size_t i = 0; i < a->n; i++) {
		note_base64(&o, h32_span(&a->proof[i]));
		out_put(&o, "\n", 1);
	}
	out_put(&o, "\n", 1);
	out_put(&o, a->note.p, a->note.n);
	fuzz_same(&o, s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span s = span_of(p, n);
	struct note_key key[ADMIT_KEYS];
	struct checkpoint c;
	struct admit *logs;
	struct ask a;
	size_t line;

	if (n > ASK_MAX)
		return 0;
	if (ask_decode(s, &a) == OK) {
		if (a.n > MERKLE_PROOF || a.old >> 53)
			abort();
		same(&a, s);
	}
	/* The other text that comes from outside: a file of logs. */
	if (admit_make(&logs) != OK)
		return 0;
	if (admit_lines(logs, s, &line) == OK && admit_count(logs) > n)
		abort();
	if (ask_decode(s, &a) == OK && checkpoint_decode(a.note, &c) == OK &&
	    admit_find(logs, c.origin, key) > ADMIT_KEYS)
		abort();
	admit_free(logs);
	return 0;
}
