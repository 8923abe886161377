/* SPDX-License-Identifier: ISC */
#include "split.h"

#include "cbor.h"

#define TAG "encl/1/split"

/* Of one size. */
static enum err
read_same(struct span a, struct span b, struct split *split)
{
	if (span_cmp(a, b) >= 0)
		return ERR_PROOF_ORDER;
	TRY(checkpoint_decode(a, &split->a));
	TRY(checkpoint_decode(b, &split->b));
	if (split->a.size != split->b.size)
		return ERR_SPLIT_NONE;
	split->other = split->b.root;
	return OK;
}

/* Of two sizes. */
static enum err
read_grown(struct span a, struct span b, const struct h32 *proof, size_t n,
    struct split *split)
{
	TRY(checkpoint_decode(a, &split->a));
	TRY(checkpoint_decode(b, &split->b));
	if (split->a.size >= split->b.size)
		return ERR_PROOF_ORDER;
	return merkle_prefix(split->a.size, split->b.size, &split->b.root,
	    proof, n, &split->other);
}

enum err
split_decode(struct span s, struct split *split)
{
	struct cbor c = cbor_of(s);
	struct h32 proof[MERKLE_PROOF];
	struct span tag, a, b;
	size_t parts, n = 0;

	TRY(cbor_array(&c, 0, SIZE_MAX, &parts));
	if (parts == 0)
		return ERR_ENTRY_SHAPE;
	TRY(cbor_line(&c, 0, 64, &tag));
	if (!span_is(tag, TAG))
		return ERR_ENTRY_VERSION;
	if (parts != 3 && parts != 4)
		return ERR_ENTRY_SHAPE;
	TRY(cbor_bytes(&c, 1, CHECKPOINT_MAX, &a));
	TRY(cbor_bytes(&c, 1, CHECKPOINT_MAX, &b));
	if (parts == 4) {
		TRY(cbor_array(&c, 1, MERKLE_PROOF, &n));
		for (size_t i = 0; i < n; i++)
			TRY(cbor_h32(&c, &proof[i]));
		cbor_close(&c);
	}
	TRY(cbor_end(&c));
	TRY(parts == 3 ? read_same(a, b, split)
		       : read_grown(a, b, proof, n, split));
	return span_eq(split->a.origin, split->b.origin) &&
		       !h32_eq(&split->a.root, &split->other)
		   ? OK
		   : ERR_SPLIT_NONE;
}

/* The lesser one first, or the smaller one and the proof. */
static enum err
put(struct out *o, struct span a, struct span b,
    const struct merkle_source *larger)
{
	struct split s;
	struct h32 proof[MERKLE_PROOF];
	bool grown, swap;
	size_t n = 0;

	if (larger) {
		TRY(checkpoint_decode(a, &s.a));
		TRY(checkpoint_decode(b, &s.b));
	}
	grown = larger && s.a.size != s.b.size;
	swap = grown ? s.a.size > s.b.size : span_cmp(a, b) > 0;
	if (grown && swap)
		TRY(merkle_prove_prefix(larger, s.b.size, s.a.size, proof, &n));
	else if (grown)
		TRY(merkle_prove_prefix(larger, s.a.size, s.b.size, proof, &n));
	cbor_put_array(o, grown ? 4 : 3);
	cbor_put_text(o, span_str(TAG));
	cbor_put_bytes(o, swap ? b : a);
	cbor_put_bytes(o, swap ? a : b);
	if (grown)
		cbor_put_array(o, n);
	for (size_t i = 0; i < n; i++)
		cbor_put_bytes(o, h32_span(&proof[i]));
	return o->full ? ERR_NO_SPACE : OK;
}

enum err
split_encode(struct out *o, struct span a, struct span b,
    const struct merkle_source *larger)
{
	struct split check;
	size_t at = o->n;

	TRY(put(o, a, b, larger));
	return split_decode(span_of(o->p + at, o->n - at), &check);
}

enum err
split_verify(struct span s, const struct note_key *log)
{
	struct split split;

	TRY(split_decode(s, &split));
	/* One key may be many logs'; what it signs, it signs as one of them. */
	if (!span_eq(split.a.origin, log->name))
		return ERR_CHECKPOINT_ORIGIN;
	TRY(checkpoint_verify(&split.a, log));
	return checkpoint_verify(&split.b, log);
}
