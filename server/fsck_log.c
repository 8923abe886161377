/* SPDX-License-Identifier: ISC */
#include "chain/hash.h"
#include "chain/text.h"
#include "chain/witness.h"
#include "evidence_named.h"
#include "fsck_int.h"

static enum err
load_checkpoint(struct fsck_tables *t)
{
	struct fsck_stream *s = &t->checkpoints;
	struct fsck_checkpoint *k = &t->checkpoint;

	memset(k, 0, sizeof *k);
	if (fsck_stream_cmp(s, &t->chain) != 0)
		return OK;
	k->size = (uint64_t)db_get_i64(s->r, s->row, 1);
	if (!db_get_null(s->r, s->row, 2))
		TRY(db_get_copy(t->arena, s->r, s->row, 2, &k->note));
	k->witnessed = db_get_time(s->r, s->row, 3);
	if (k->size > 0 && !k->note.n)
		fsck_say(t, "checkpoint: there is no note");
	return fsck_stream_next(s);
}

static enum err
load_bundles(struct fsck_tables *t)
{
	struct fsck_stream *s = &t->evidence;

	t->bundles = NULL;
	t->payload = NULL;
	while (fsck_stream_cmp(s, &t->chain) == 0) {
		struct fsck_evidence *v = arena_new(t->arena, sizeof *v);

		if (!t->payload)
			t->payload = arena_new(t->arena, sizeof *t->payload);
		if (!v || !t->payload)
			return ERR_OUT_OF_MEMORY;
		TRY(hash_sha256(db_get_bytes(s->r, s->row, 2), &v->sha256));
		if (!span_eq(db_get_bytes(s->r, s->row, 1),
			h32_span(&v->sha256)))
			fsck_say(t,
			    "evidence: sha256 is not that of its bytes");
		v->named = false;
		v->next = t->bundles;
		t->bundles = v;
		TRY(fsck_stream_next(s));
	}
	return OK;
}

enum err
fsck_log_load(struct fsck_tables *t)
{
	TRY(load_checkpoint(t));
	return load_bundles(t);
}

static enum err
run_now(void *ctx, const struct check *k)
{
	(void)ctx;
	return check_run(k, NULL);
}

/* Too few have cosigned; those who have did. */
static enum err
judge_lines(const struct checkpoint *c, const struct witness_set *w)
{
	uint64_t seconds;

	TRY(checkpoint_verify(c, &w->log));
	for (size_t i = 0; i < w->n; i++)
		TRY(checkpoint_cosigned_by(c, &w->key[i], &seconds));
	return OK;
}

/* Of a chain without witnesses nobody says whose its log is, but for the end of
 * the origin. */
static enum err
judge_plain(const struct fsck_tables *t, const struct checkpoint *c)
{
	uint8_t end[66];
	struct out o = out_of(end, sizeof end);
	struct h32 root;

	out_put(&o, "/", 1);
	text_hex(&o, h32_span(&t->chain));
	if (c->origin.n <= o.n ||
	    memcmp(c->origin.p + c->origin.n - o.n, o.p, o.n) != 0)
		return ERR_CHECKPOINT_ORIGIN;
	TRY(merkle_root(&t->walk->st.tree, &root));
	return h32_eq(&root, &c->root) ? OK : ERR_CHECKPOINT_ROOT;
}

/* The policy that is in force after the entries that it covers.  *ms: the
 * witness time, 0 where too few have cosigned. */
static enum err
judge(struct fsck_tables *t, uint64_t *ms)
{
	const struct state *st = &t->walk->st;
	struct policy *p = arena_new(t->arena, sizeof *p);
	struct witness_set *w = arena_new(t->arena, sizeof *w);
	struct checkpoint *c = arena_new(t->arena, sizeof *c);
	enum err e;

	*ms = 0;
	if (!p || !w || !c)
		return ERR_OUT_OF_MEMORY;
	TRY(checkpoint_decode(t->checkpoint.note, c));
	if (c->size != t->checkpoint.size)
		return ERR_CHECKPOINT_SIZE;
	TRY(state_policy(st, p));
	if (!p->has_witnesses)
		return judge_plain(t, c);
	TRY(witness_set_of(p, &t->chain, w));
	e = witness_judge(st, p, t->checkpoint.note, run_now, NULL, ms);
	if (e != ERR_WITNESSES_FEW)
		return e;
	*ms = 0;
	return judge_lines(c, w);
}

static enum err
name_bundles(struct fsck_tables *t)
{
	if (!t->bundles)
		return OK;
	TRY(payload_decode(t->entry.payload, t->payload));
	for (struct fsck_evidence *v = t->bundles; v; v = v->next)
		v->named |= evidence_named_by(t->payload, &v->sha256);
	return OK;
}

enum err
fsck_log_entry(struct fsck_tables *t)
{
	struct fsck_checkpoint *k = &t->checkpoint;
	uint64_t ms;
	enum err e;

	TRY(name_bundles(t));
	if (k->size != t->walk->st.next_seq || !k->note.n)
		return OK;
	k->seen = true;
	e = judge(t, &ms);
	if (e == ERR_OUT_OF_MEMORY)
		return e;
	if (e != OK)
		fsck_say(t, "checkpoint: %s", err_code(e));
	else if (ms != k->witnessed)
		fsck_say(t, "checkpoint: witnessed is not the witness time");
	return OK;
}

void
fsck_log_end(struct fsck_tables *t)
{
	char hex[65];

	if (!t->walked)
		return;
	if (t->checkpoint.note.n && !t->checkpoint.seen)
		fsck_say(t, "checkpoint: covers entries that are not here");
	for (const struct fsck_evidence *v = t->bundles; v; v = v->next) {
		struct out o = out_of(hex, sizeof hex);

		if (v->named)
			continue;
		text_hex(&o, h32_span(&v->sha256));
		fsck_say(t, "evidence %s: no key of the chain names it", hex);
	}
}
