/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"
#include "view/view.h"

static uint8_t buf[ENTRY_MAX];

static void
entry(struct span s)
{
	static struct entry e;
	static struct payload p;
	struct out o = out_of(buf, sizeof buf);
	json_t *j;

	if (entry_decode(s, &e) != OK)
		return;
	if (entry_encode(&o, e.genesis ? NULL : &e.chain, e.seq,
		e.genesis ? NULL : &e.prev, e.payload, e.proof,
		e.proof_n) != OK ||
	    !span_eq(out_span(&o), s))
		abort();
	j = view_entry(&e, NULL, 1);
	if ((j != NULL) != (payload_decode(e.payload, &p) == OK))
		abort();
	json_decref(j);
}

static void
statement(struct span s)
{
	static struct statement t;
	struct out o = out_of(buf, sizeof buf);

	if (entry_statement_decode(s, &t) != OK)
		return;
	if (entry_statement_encode(&o, t.payload, t.proof, t.proof_n) != OK ||
	    !span_eq(out_span(&o), s))
		abort();
}

/* What is decoded is encoded to the same bytes; items of a file add up. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span s = span_of(p, n), item, body;
	const uint8_t *at = p;
	enum item kind;

	entry(s);
	statement(s);
	while (s.n > 0 && entry_item(&s, &kind, &item) == OK) {
		if (item.p != at || item.n == 0 || item.p + item.n != s.p)
			abort();
		at = s.p;
		if (kind == ITEM_CHECKPOINT)
			(void)!entry_checkpoint_decode(item, &body);
		else if (kind == ITEM_DEFINITION)
			(void)!entry_definition_decode(item, &body);
		else if (kind == ITEM_EVIDENCE)
			(void)!entry_evidence_decode(item, &body);
		else if (kind == ITEM_ENTRY)
			entry(item);
		else
			statement(item);
	}
	return 0;
}
