/* SPDX-License-Identifier: ISC */
#include "split.h"

#include "cbor.h"

#define TAG "encl/1/split"

static enum err
contradict(const struct checkpoint *a, const struct checkpoint *b)
{
	return span_eq(a->origin, b->origin) && a->size == b->size &&
		       !h32_eq(&a->root, &b->root)
		   ? OK
		   : ERR_SPLIT_NONE;
}

enum err
split_decode(struct span s, struct split *split)
{
	struct cbor c = cbor_of(s);
	struct span tag, a, b;
	size_t n;

	TRY(cbor_array(&c, 0, SIZE_MAX, &n));
	if (n == 0)
		return ERR_ENTRY_SHAPE;
	TRY(cbor_line(&c, 0, 64, &tag));
	if (!span_is(tag, TAG))
		return ERR_ENTRY_VERSION;
	if (n != 3)
		return ERR_ENTRY_SHAPE;
	TRY(cbor_bytes(&c, 1, CHECKPOINT_MAX, &a));
	TRY(cbor_bytes(&c, 1, CHECKPOINT_MAX, &b));
	TRY(cbor_end(&c));
	if (span_cmp(a, b) >= 0)
		return ERR_PROOF_ORDER;
	TRY(checkpoint_decode(a, &split->a));
	TRY(checkpoint_decode(b, &split->b));
	return contradict(&split->a, &split->b);
}

enum err
split_encode(struct out *o, struct span a, struct span b)
{
	struct split check;
	size_t at = o->n;

	cbor_put_array(o, 3);
	cbor_put_text(o, span_str(TAG));
	cbor_put_bytes(o, span_cmp(a, b) < 0 ? a : b);
	cbor_put_bytes(o, span_cmp(a, b) < 0 ? b : a);
	if (o->full)
		return ERR_NO_SPACE;
	return split_decode(span_of(o->p + at, o->n - at), &check);
}

enum err
split_verify(struct span s, const struct note_key *log)
{
	struct split split;

	TRY(split_decode(s, &split));
	TRY(checkpoint_verify(&split.a, log));
	return checkpoint_verify(&split.b, log);
}
