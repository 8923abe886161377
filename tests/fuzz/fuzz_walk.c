/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chain/text.h"
#include "cli/chain_verify.h"
#include "tests/fuzz/fuzz.h"
#include "view/view.h"

/* The simulator's root in the corpus. */
static struct h32
trusted(void)
{
	struct h32 h = { { 0 } };

	if (!text_unhex(span_str("e56fa8cf830b69e45475353d2cfd533c"
				 "55bfa3600ca5f58851caddfee5d113ac"),
		h.b, sizeof h.b))
		abort();
	return h;
}

/* Forged signatures pass, so that the rules behind them are reached. */
static enum err
believe(void *ctx, const struct check *k)
{
	(void)ctx;
	return k->doc.n + k->sig.n > 0 ? OK : ERR_INTERNAL;
}

static void
show(const struct state *st)
{
	static uint8_t buf[STATE_ENCODED_MAX];
	static struct state back;
	struct out o = out_of(buf, sizeof buf);
	struct due due[3];
	json_t *j = view_state(st, false, 0);

	if (j == NULL || rules_due(st, due) > 3)
		abort();
	json_decref(j);
	j = view_measurements(st, false);
	if (j == NULL)
		abort();
	json_decref(j);
	state_encode(&o, st);
	if (o.full || state_decode(out_span(&o), &back) != OK ||
	    !h32_eq(&back.head, &st->head))
		abort();
}

/* As far as the file is good; the verdict at its end. */
static enum err
walk_at(struct walk *w, enum level level, struct span file,
    const struct h32 *root)
{
	struct walk_opts o = { .rules = { .root = root,
				   .root_n = 1,
				   .level = level,
				   .check = believe },
		.fresh = { .now = UINT64_C(1) << 40, .max_age = UINT64_MAX } };
	struct span item;
	enum item kind;

	walk_init(w, &o);
	while (file.n > 0 && entry_item(&file, &kind, &item) == OK) {
		if (kind == ITEM_ENTRY && walk_feed(w, item) != OK)
			break;
		if (kind == ITEM_CHECKPOINT)
			(void)!entry_checkpoint_decode(item,
			    &w->opts.fresh.checkpoint);
	}
	return walk_end(w);
}

/* Whoever believes every signature sees the same at each level. */
static void
believing(struct span file, const struct h32 *root)
{
	static uint8_t one[STATE_ENCODED_MAX], other[STATE_ENCODED_MAX];
	static struct walk w;
	struct out a = out_of(one, sizeof one);
	enum err e = walk_at(&w, LEVEL_PUBLIC, file, root);

	if (w.st.next_seq > 0)
		show(&w.st);
	state_encode(&a, &w.st);
	for (enum level l = LEVEL_SIGNED; l <= LEVEL_FRESH; l++) {
		struct out b = out_of(other, sizeof other);
		enum err at = walk_at(&w, l, file, root);

		state_encode(&b, &w.st);
		if (!span_eq(out_span(&a), out_span(&b)) ||
		    (at != e && l != LEVEL_FRESH))
			abort();
	}
}

static struct chain_verify_result
verify(struct span file, size_t piece, const struct h32 *root)
{
	const struct span maker = span_str("nobody's root");
	struct chain_verify_opts o = { .root = root,
		.root_n = 1,
		.evidence_root = &maker,
		.evidence_root_n = 1,
		.level = LEVEL_SIGNED };
	struct chain_verify_result r;
	struct chain_verify *v;

	if (chain_verify_open(&o, &v) != OK)
		abort();
	while (file.n > 0) {
		size_t n = file.n < piece ? file.n : piece;

		if (chain_verify_feed(v, span_of(file.p, n)) != OK)
			break;
		file = span_of(file.p + n, file.n - n);
	}
	(void)!chain_verify_end(v);
	r = *chain_verify_result(v);
	chain_verify_free(v);
	return r;
}

/* A whole file: how it is cut into pieces makes no difference. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct h32 root = trusted();
	struct span file = span_of(p, n);
	struct chain_verify_result a, b;

	believing(file, &root);
	a = verify(file, n + 1, &root);
	b = verify(file, 1 + (n ? p[n - 1] * 7U : 0U), &root);
	if (a.err != b.err || a.failed_at != b.failed_at ||
	    a.entries != b.entries || a.held != b.held ||
	    (a.err == OK && a.evidence != b.evidence))
		abort();
	return 0;
}
