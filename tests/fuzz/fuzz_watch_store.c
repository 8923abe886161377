/* SPDX-License-Identifier: ISC */
#include "cli/mem.h"
#include "cli/tip.h"
#include "cli/watch_store.h"
#include "tests/fuzz/fuzz.h"

/* What a watcher does next with a state that it took. */
static void
use(const struct state *st)
{
	static const char note[] =
	    "x/y\n1\n"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	    "\n\n\xe2\x80\x94 x AAAAAAA=\n";
	static struct policy p;
	static struct release r;
	static struct stage g;
	static struct tip t;

	if (st->next_seq == 0)
		return;
	if (state_policy(st, &p) == OK && st->release_n > 0)
		(void)(state_release(st, &r) == OK);
	if (st->stage_n > 0)
		(void)(state_stage(st, &g) == OK);
	fuzz_must(tip_judge(st, span_str(note), 1, UINT64_MAX, &t) != OK);
}

/* A file that is taken has one spelling. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct watch_kept k;
	static uint8_t buf[WATCH_STORE_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct span s = span_of(p, n);

	memset(&k, 0, sizeof k);
	if (watch_store_decode(s, &k) == OK) {
		fuzz_must(watch_store_encode(&k, &o) == OK);
		fuzz_must(span_eq(out_span(&o), s));
		use(&k.st);
	}
	mem_free_all();
	return 0;
}
