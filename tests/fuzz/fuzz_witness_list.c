/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "server/witness_list.h"
#include "tests/fuzz/fuzz.h"

/* A line that was taken is taken again from what was made of it. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct witness_list a, b;
	uint8_t line[NOTE_VKEY_MAX + WITNESS_LIST_URL + 2];
	struct out o = out_of(line, sizeof line);
	bool is;

	a.n = b.n = 0;
	if (witness_list_line(&a, span_of(p, n), &is) != OK || !is)
		return 0;
	out_put(&o, a.peer[0].vkey, strlen(a.peer[0].vkey));
	out_put(&o, " ", 1);
	out_put(&o, a.peer[0].url, strlen(a.peer[0].url));
	if (o.full || witness_list_line(&b, out_span(&o), &is) != OK || !is ||
	    strcmp(a.peer[0].url, b.peer[0].url) != 0)
		abort();
	return 0;
}
