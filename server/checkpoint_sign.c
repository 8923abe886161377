/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "checkpoint_jobs.h"
#include "log.h"
#include "metrics.h"
#include "server.h"
#include "system/clock.h"

#define ROUNDS 8 /* packets to the signer for one chain, in a row */
#define PAGE 64  /* entries of one chain in one of them */
#define UNKNOWN UINT64_MAX
#define PACE_MS 1000 /* between two checkpoints of one chain */
#define SOON_MS 100
#define LATER_MS 5000

/* One chain on its way through a batch. */
struct slot {
	struct checkpoint_job *j;
	const struct db_checkpoint_chain *c;
	struct protocol_request q;
	bool open;             /* no verdict yet */
	uint64_t first, until; /* the entries in q */
	struct out entries;
	enum err e;
};

/* What a step needs, too large for a stack. */
struct batch {
	struct checkpoint_jobs *k;
	size_t n;
	struct slot slot[CHECKPOINT_BATCH];
	struct protocol_request q[CHECKPOINT_BATCH];
	struct signer_call_answer a[CHECKPOINT_BATCH];
	enum err e[CHECKPOINT_BATCH];
	size_t of[CHECKPOINT_BATCH];
};

static uint64_t
heard_size(struct span heard, const struct h32 *key)
{
	for (size_t i = 0; i + 40 <= heard.n; i += 40) {
		uint64_t n = 0;

		if (memcmp(heard.p + i, key->b, 32) != 0)
			continue;
		for (size_t b = 32; b < 40; b++)
			n = n << 8 | heard.p[i + b];
		return n;
	}
	return 0;
}

/* What the row says, on first sight of the chain. */
static void
adopt(struct checkpoint_jobs *k, struct checkpoint_job *j,
    const struct db_checkpoint *last)
{
	j->lacks = last->size ? last->size : UNKNOWN;
	j->behind = j->was_behind = last->behind;
	for (size_t i = 0; i < j->n; i++)
		j->w[i].has = heard_size(last->heard, &j->w[i].key.public);
	j->known = true;
	if (last->size == k->st.next_seq && last->note.n)
		checkpoint_cosign_take(k, j, last->note);
}

static void
forget_signed(struct checkpoint_job *j)
{
	j->size = 0;
	j->witnessed = 0;
	for (size_t i = 0; i < j->n; i++)
		j->w[i].seconds = 0;
}

static enum err
keep_state(struct checkpoint_job *j, struct span state)
{
	uint8_t *p = malloc(state.n);

	if (!p)
		return ERR_OUT_OF_MEMORY;
	memcpy(p, state.p, state.n);
	free((void *)(uintptr_t)j->state.p);
	j->state = span_of(p, state.n);
	return OK;
}

/* The text that is to be signed. */
static enum err
write_text(struct checkpoint_jobs *k, struct checkpoint_job *j)
{
	struct out text = out_of(j->text, sizeof j->text);
	uint8_t buf[WITNESS_ORIGIN_MAX];
	struct out origin = out_of(buf, sizeof buf);
	struct span name = k->policy.has_witnesses ? k->policy.log_name
						   : span_str(k->log_name);
	struct h32 root;

	TRY(merkle_root(&k->st.tree, &root));
	witness_origin(&origin, name, &j->chain);
	checkpoint_text(&text, out_span(&origin), k->st.next_seq, &root);
	if (origin.full || text.full)
		return ERR_NO_SPACE;
	j->text_n = text.n;
	j->origin_n = origin.n;
	return note_key_make(&j->log, span_of(j->text, j->origin_n),
	    NOTE_ED25519, k->log.public.b);
}

static enum err
read_policy(struct checkpoint_jobs *k, struct checkpoint_job *j)
{
	const struct policy *p = &k->policy;

	TRY(state_policy(&k->st, &k->policy));
	k->set.n = k->set.threshold = 0;
	if (p->has_witnesses)
		TRY(witness_set_of(p, &j->chain, &k->set));
	j->foreign = p->has_witnesses && !h32_eq(&p->log_key, &k->log.public);
	return checkpoint_jobs_witnesses(k, j);
}

/* Whether there is something to sign. */
static enum err
look(struct checkpoint_jobs *k, struct slot *s)
{
	struct checkpoint_job *j = s->j;
	bool fresh = !j->known;

	TRY(state_decode(s->c->state, &k->st));
	TRY(read_policy(k, j));
	if (j->foreign)
		return ERR_WITNESS_UNKNOWN;
	if (fresh || j->size != s->c->next_seq)
		forget_signed(j);
	if (j->size == 0) {
		TRY(keep_state(j, s->c->state));
		TRY(write_text(k, j));
	}
	if (fresh)
		adopt(k, j, &s->c->last);
	s->open = j->size == 0 || j->behind || j->doubted;
	return OK;
}

static enum err
load(struct batch *b, struct checkpoint_job **j, size_t n)
{
	struct db_checkpoint_chain *c;
	struct h32 *id = arena_new(b->k->arena, n * sizeof *id);
	size_t found;

	if (!id)
		return ERR_OUT_OF_MEMORY;
	for (size_t i = 0; i < n; i++)
		id[i] = j[i]->chain;
	TRY(db_checkpoint_chains(b->k->db, b->k->arena, id, n, &c, &found));
	for (size_t i = 0; i < n; i++) {
		struct slot *s = &b->slot[i];

		*s = (struct slot){ .j = j[i], .e = ERR_NOT_FOUND };
		for (size_t x = 0; x < found; x++)
			if (h32_eq(&c[x].last.chain, &id[i]))
				s->c = &c[x];
		if (s->c)
			s->e = look(b->k, s);
	}
	b->n = n;
	return OK;
}

/* Those that lack some get what fits in a packet. */
static enum err
read_entries(struct batch *b)
{
	struct db_checkpoint_from w[CHECKPOINT_BATCH];
	struct db_checkpoint_entry *e;
	size_t w_n = 0, n, at = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct slot *s = &b->slot[i];

		s->first = s->until = s->j->lacks;
		s->entries = out_of(NULL, 0);
		if (s->open && s->first < s->c->next_seq)
			w[w_n++] = (struct db_checkpoint_from){ s->j->chain,
				s->first };
	}
	if (w_n == 0)
		return OK;
	TRY(db_checkpoint_entries(b->k->db, b->k->arena, w, w_n, PAGE, &e, &n));
	for (size_t i = 0; i < n; i++) {
		struct slot *s;

		while (!h32_eq(&b->slot[at].j->chain, &e[i].chain))
			at = (at + 1) % b->n;
		s = &b->slot[at];
		if (s->entries.cap == 0)
			s->entries = arena_out(b->k->arena, PROTOCOL_ENTRIES);
		if (e[i].seq != s->until || e[i].seq >= s->c->next_seq ||
		    e[i].bytes.n > s->entries.cap - s->entries.n)
			continue;
		out_put(&s->entries, e[i].bytes.p, e[i].bytes.n);
		s->until++;
	}
	return OK;
}

static void
write_request(struct slot *s)
{
	const struct span origin = span_of(s->j->text, s->j->origin_n);
	bool whole = s->first == UNKNOWN || s->until >= s->c->next_seq;

	memset(&s->q, 0, sizeof s->q);
	s->q.kind = whole ? PROTOCOL_CHECKPOINT : PROTOCOL_FEED;
	s->q.entries = out_span(&s->entries);
	if (!whole)
		return;
	/* The origin is the name, a slash and the chain. */
	s->q.name = span_of(origin.p, origin.n - 65);
	s->q.chain = s->j->chain;
	s->q.next = s->c->next_seq;
	s->q.head = s->c->head;
}

/* The signer knows more of the chain than this database, or other things. */
static void
fall_behind(struct slot *s, const char *why)
{
	if (!s->j->behind)
		log_event(LOG_LEVEL_ERROR, NULL,
		    "a chain is older here than it was: read-only",
		    LOG_TEXT("why", why),
		    LOG_NUMBER("entries", s->c->next_seq));
	s->j->dirty |= !s->j->behind;
	s->j->behind = true;
}

/* The signer is told only of what is in the database, so what it has must be
 * there now, too. */
static void
hear_ahead(struct slot *s, uint64_t next)
{
	struct checkpoint_job *j = s->j;

	if (j->beyond > s->c->next_seq)
		fall_behind(s, "signer_ahead");
	j->beyond = next;
	j->moved |= !j->behind;
}

static void
signed_now(struct checkpoint_jobs *k, struct slot *s,
    const struct signer_call_answer *a)
{
	struct checkpoint_job *j = s->j;

	j->lacks = s->c->next_seq;
	j->beyond = 0;
	if (j->size == s->c->next_seq)
		return; /* it was asked whether it still has no more */
	memcpy(j->sig, a->sig, sizeof j->sig);
	j->size = s->c->next_seq;
	j->signed_at = clock_steady_ms();
	j->dirty = true;
	metrics_add(k->server->metrics, METRIC_CHECKPOINTS, 1);
}

/* False: another round. */
static bool
hear(struct checkpoint_jobs *k, struct slot *s, enum err e,
    const struct signer_call_answer *a)
{
	struct checkpoint_job *j = s->j;
	bool fed = s->q.kind == PROTOCOL_FEED, forward;

	s->e = e;
	if (e == ERR_SIGNER_AHEAD)
		hear_ahead(s, a->next);
	else if (e == ERR_SIGNER_FORK)
		fall_behind(s, "signer_fork");
	if ((e != OK || !fed) && e != ERR_SIGNER_BEHIND) {
		if (e == OK && a->sig_n == sizeof j->sig &&
		    a->key_n == sizeof k->log.public.b &&
		    memcmp(a->key, k->log.public.b, a->key_n) == 0)
			signed_now(k, s, a);
		else if (e == OK)
			s->e = ERR_SIGNER;
		return true;
	}
	forward = j->lacks == UNKNOWN || a->next != j->lacks;
	j->lacks = a->next;
	return !forward;
}

static enum err
round_of(struct batch *b, bool *more)
{
	size_t n = 0;

	TRY(read_entries(b));
	for (size_t i = 0; i < b->n; i++) {
		if (!b->slot[i].open)
			continue;
		write_request(&b->slot[i]);
		b->of[n] = i;
		b->q[n++] = b->slot[i].q;
	}
	*more = false;
	if (n == 0)
		return OK;
	signer_call_many(b->k->server->signer, b->q, b->a, b->e, n);
	for (size_t i = 0; i < n; i++) {
		struct slot *s = &b->slot[b->of[i]];

		s->open = !hear(b->k, s, b->e[i], &b->a[i]);
		*more |= s->open;
	}
	return OK;
}

/* When to look again, and whether the chain is as it should be. */
static void
settle(struct slot *s)
{
	struct checkpoint_job *j = s->j;
	bool ok = s->e == OK && !s->open && j->size > 0;
	uint64_t now = clock_steady_ms();

	if (s->e != OK && s->e != ERR_SIGNER && s->e != ERR_WITNESS_UNKNOWN &&
	    !j->behind && !j->moved)
		log_event(LOG_LEVEL_WARNING, NULL, "no checkpoint is made",
		    LOG_TEXT("code", err_code(s->e)));
	if (s->open) /* a long way: the rest next time */
		j->moved = true;
	if (s->e != ERR_SIGNER && s->e != ERR_BUSY && !s->open &&
	    j->beyond == 0)
		j->doubted = false;
	j->look = now + (ok ? PACE_MS : j->moved ? SOON_MS : LATER_MS);
	if (s->e == ERR_SIGNER || s->e == ERR_BUSY) {
		j->moved = true;
		j->look = now + PACE_MS;
	}
	if (ok && j->behind && (j->n == 0 || j->witnessed) &&
	    !checkpoint_cosign_outdone(j)) {
		j->behind = false;
		j->dirty = true;
		log_event(LOG_LEVEL_INFO, NULL, "a chain has caught up",
		    LOG_NUMBER("entries", j->size));
	}
}

enum err
checkpoint_sign(struct checkpoint_jobs *k, struct checkpoint_job **j, size_t n)
{
	static _Thread_local struct batch b;
	bool more = true;
	enum err e;

	b.k = k;
	for (size_t i = 0; i < n; i++)
		j[i]->moved = false;
	e = load(&b, j, n);
	for (int i = 0; e == OK && more && i < ROUNDS; i++)
		e = round_of(&b, &more);
	for (size_t i = 0; i < n; i++) {
		if (e == OK) {
			settle(&b.slot[i]);
			continue;
		}
		j[i]->moved = true;
		j[i]->look = clock_steady_ms() + PACE_MS;
	}
	return e;
}
