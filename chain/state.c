/* SPDX-License-Identifier: ISC */
#include "state.h"

#define STATE_TAG "encl/state/2"
#define STATE_ITEMS 22

enum err
state_policy(const struct state *st, struct policy *p)
{
	struct cbor c = cbor_of(span_of(st->policy, st->policy_n));

	TRY(policy_decode(&c, p));
	return cbor_end(&c);
}

enum err
state_release(const struct state *st, struct release *r)
{
	struct cbor c = cbor_of(span_of(st->release, st->release_n));

	TRY(release_decode(&c, r));
	return cbor_end(&c);
}

enum err
state_stage(const struct state *st, struct stage *g)
{
	return stage_decode(span_of(st->stage, st->stage_n), g);
}

/* The peaks that mean something, the smallest first. */
static void
encode_tree(struct out *o, const struct merkle *t)
{
	uint8_t peaks[sizeof t->peak];
	struct out p = out_of(peaks, sizeof peaks);

	for (unsigned i = 0; i < MERKLE_LEVELS; i++)
		if (t->n >> i & 1)
			out_put(&p, t->peak[i].b, sizeof t->peak[i].b);
	cbor_put_bytes(o, out_span(&p));
}

void
state_encode(struct out *o, const struct state *st)
{
	cbor_put_array(o, STATE_ITEMS);
	cbor_put_key(o, STATE_TAG);
	cbor_put_uint(o, st->next_seq);
	cbor_put_bytes(o, h32_span(&st->chain));
	cbor_put_bytes(o, h32_span(&st->head));
	encode_tree(o, &st->tree);
	cbor_put_bytes(o, h32_span(&st->opened));
	cbor_put_bytes(o, h32_span(&st->root));
	cbor_put_uint(o, st->floor);
	cbor_put_uint(o, st->upgrades);
	cbor_put_uint(o, st->released_at);
	cbor_put_uint(o, st->released_seq);
	cbor_put_uint(o, st->phase);
	cbor_put_bytes(o, h32_span(&st->stage_id));
	cbor_put_uint(o, st->stage_seq);
	cbor_put_bool(o, st->backed);
	cbor_put_bool(o, st->accepted);
	cbor_put_uint(o, st->notice);
	cbor_put_uint(o, st->endorsed);
	cbor_put_bytes(o, span_of(st->label, st->label_n));
	cbor_put_bytes(o, span_of(st->policy, st->policy_n));
	cbor_put_bytes(o, span_of(st->release, st->release_n));
	cbor_put_bytes(o, span_of(st->stage, st->stage_n));
}

/* As many leaves as there are entries. */
static enum err
decode_tree(struct cbor *c, uint64_t n, struct merkle *t)
{
	struct span peaks;
	const uint8_t *p;

	TRY(cbor_bytes(c, 0, sizeof t->peak, &peaks));
	if (n >> MERKLE_LEVELS != 0 ||
	    peaks.n != 32 * (size_t)__builtin_popcountll(n))
		return ERR_CBOR_RANGE;
	memset(t, 0, sizeof *t);
	t->n = n;
	p = peaks.p;
	for (unsigned i = 0; i < MERKLE_LEVELS; i++) {
		if (n >> i & 1) {
			memcpy(t->peak[i].b, p, 32);
			p += 32;
		}
	}
	return OK;
}

static enum err
decode_chain(struct cbor *c, struct state *st)
{
	TRY(cbor_uint(c, &st->next_seq));
	TRY(cbor_h32(c, &st->chain));
	TRY(cbor_h32(c, &st->head));
	TRY(decode_tree(c, st->next_seq, &st->tree));
	TRY(cbor_h32(c, &st->opened));
	TRY(cbor_h32(c, &st->root));
	TRY(cbor_uint(c, &st->floor));
	TRY(cbor_uint(c, &st->upgrades));
	TRY(cbor_uint(c, &st->released_at));
	return cbor_uint(c, &st->released_seq);
}

static enum err
decode_stage(struct cbor *c, struct state *st)
{
	uint64_t phase, endorsed;

	TRY(cbor_uint(c, &phase));
	if (phase > PHASE_NOTICED)
		return ERR_CBOR_RANGE;
	st->phase = (enum phase)phase;
	TRY(cbor_h32(c, &st->stage_id));
	TRY(cbor_uint(c, &st->stage_seq));
	TRY(cbor_bool(c, &st->backed));
	TRY(cbor_bool(c, &st->accepted));
	TRY(cbor_uint(c, &st->notice));
	TRY(cbor_uint(c, &endorsed));
	if (endorsed > UINT32_MAX)
		return ERR_CBOR_RANGE;
	st->endorsed = (uint32_t)endorsed;
	return OK;
}

static enum err
decode_buffer(struct cbor *c, uint8_t *to, size_t cap, size_t *n)
{
	struct span v;

	TRY(cbor_bytes(c, 0, cap, &v));
	memcpy(to, v.p, v.n);
	*n = v.n;
	return OK;
}

enum err
state_decode(struct span s, struct state *st)
{
	struct cbor c = cbor_of(s);
	struct span tag;
	size_t n;

	TRY(cbor_array(&c, STATE_ITEMS, STATE_ITEMS, &n));
	TRY(cbor_line(&c, 0, 64, &tag));
	if (!span_is(tag, STATE_TAG))
		return ERR_ENTRY_VERSION;
	TRY(decode_chain(&c, st));
	TRY(decode_stage(&c, st));
	TRY(decode_buffer(&c, st->label, sizeof st->label, &st->label_n));
	TRY(decode_buffer(&c, st->policy, sizeof st->policy, &st->policy_n));
	TRY(decode_buffer(&c, st->release, sizeof st->release, &st->release_n));
	TRY(decode_buffer(&c, st->stage, sizeof st->stage, &st->stage_n));
	cbor_close(&c);
	return cbor_end(&c);
}
