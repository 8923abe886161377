/* SPDX-License-Identifier: ISC */
#include "cosign.h"

#include <stdio.h>

#include "ask.h"
#include "chain/hash.h"

#define TEXT "text/plain; charset=utf-8"
#define SIZE "text/x.tlog.size"

/* One request on its way. */
struct job {
	struct ask ask;
	struct checkpoint checkpoint;
	struct note_key key[ADMIT_KEYS];
	uint8_t sig[ADMIT_KEYS][64];
	bool verified[ADMIT_KEYS];
	size_t keys;
	struct h32 id;
	struct cosigned_log *was; /* NULL: nothing yet */
};

void
cosign_refuse(struct cosign_answer *a, unsigned status, enum err why)
{
	a->status = status;
	a->why = why;
	a->type = TEXT;
	a->n = (size_t)snprintf((char *)a->body, sizeof a->body, "%s (%s)\n",
	    err_sentence(why), err_code(why));
}

/* Each check says which status it ends with: the table of the contract. */
#define REFUSE(status, why) \
	do { \
		cosign_refuse(a, status, why); \
		return false; \
	} while (0)

static bool
read_body(struct job *j, struct span body, struct cosign_answer *a)
{
	enum err e = ask_decode(body, &j->ask);

	if (e == OK)
		e = checkpoint_decode(j->ask.note, &j->checkpoint);
	if (e != OK)
		REFUSE(400, e);
	return true;
}

/* A line that claims a key that is trusted must be good; one must be there. */
static bool
check_signatures(const struct cosign *c, struct job *j, struct cosign_answer *a)
{
	const struct checkpoint *p = &j->checkpoint;
	bool any = false;

	j->keys = admit_find(c->logs, p->origin, j->key);
	if (j->keys == 0)
		REFUSE(404, ERR_LOG_UNKNOWN);
	for (size_t i = 0; i < j->keys; i++) {
		const struct note_signature *line = NULL;

		j->verified[i] = false;
		if (note_find(&p->note, &j->key[i], sizeof j->sig[i], j->sig[i],
			&line) != OK)
			REFUSE(403, ERR_CHECKPOINT_SIG);
		if (line == NULL)
			continue;
		if (checkpoint_verify(p, &j->key[i]) != OK)
			REFUSE(403, ERR_CHECKPOINT_SIG);
		j->verified[i] = any = true;
	}
	if (!any)
		REFUSE(403, ERR_CHECKPOINT_SIG);
	return true;
}

/* Whatever else is wrong with the request: the log signed both. */
static void
notice_split(const struct cosign *c, const struct job *j)
{
	const struct checkpoint *p = &j->checkpoint;
	struct cosigned_log *was = j->was;

	if (c->split == NULL || was == NULL || was->split ||
	    was->size != p->size || h32_eq(&was->root, &p->root))
		return;
	was->split = true;
	c->split(c->ctx, p->origin, was->note, j->ask.note);
}

static bool
check_old(const struct cosign *c, struct job *j, struct cosign_answer *a)
{
	uint64_t has;

	if (hash_sha256(j->checkpoint.origin, &j->id) != OK)
		REFUSE(500, ERR_CRYPTO);
	j->was = cosigned_find(c->seen, &j->id);
	notice_split(c, j);
	if (j->ask.old > j->checkpoint.size)
		REFUSE(400, ERR_WITNESS_BODY);
	has = j->was ? j->was->size : 0;
	if (j->ask.old == has)
		return true;
	cosign_refuse(a, 409, ERR_WITNESS_SIZE);
	a->type = SIZE;
	a->n = (size_t)snprintf((char *)a->body, sizeof a->body, "%llu\n",
	    (unsigned long long)has);
	return false;
}

static bool
check_tree(const struct job *j, struct cosign_answer *a)
{
	const struct checkpoint *p = &j->checkpoint;
	struct h32 root;

	if (merkle_empty(&root) != OK)
		REFUSE(500, ERR_CRYPTO);
	if (p->size == 0 && !h32_eq(&p->root, &root))
		REFUSE(422, ERR_CHECKPOINT_ROOT);
	if (j->was)
		root = j->was->root;
	if (j->was && j->was->size == p->size && !h32_eq(&p->root, &root))
		REFUSE(422, ERR_CHECKPOINT_ROOT);
	/* Any tree begins with the empty one. */
	if (j->ask.old == 0 ? j->ask.n != 0
			    : merkle_consistent(j->ask.old, &root, p->size,
				  &p->root, j->ask.proof, j->ask.n) != OK)
		REFUSE(422, ERR_MERKLE_PROOF);
	return true;
}

/* The checkpoint with the signatures that count, and ours. */
static bool
note_make(const struct cosign *c, const struct job *j, uint64_t seconds,
    struct out *note, struct out *line)
{
	struct span text = j->checkpoint.note.text;
	uint8_t sig[CHECKPOINT_COSIG];

	if (identity_cosign(c->self, seconds, text, sig) != OK)
		return false;
	note_sign_line(line, &c->self->key, span_of(sig, sizeof sig));
	out_put(note, text.p, text.n);
	out_put(note, "\n", 1);
	for (size_t i = 0; i < j->keys; i++)
		if (j->verified[i])
			note_sign_line(note, &j->key[i],
			    span_of(j->sig[i], sizeof j->sig[i]));
	out_put(note, line->p, line->n);
	return true;
}

static bool
record(struct cosign *c, const struct job *j, uint64_t seconds,
    struct cosign_answer *a)
{
	uint8_t room[COSIGNED_NOTE];
	struct out note = out_of(room, sizeof room);
	struct out line = out_of(a->body, sizeof a->body);
	struct cosigned_log now = { .id = j->id,
		.size = j->checkpoint.size,
		.root = j->checkpoint.root };
	enum err e;

	/* Times of one log never go back, whatever the clock does within what
	 * moment.h lets pass: of two cosignatures the later is the newer. */
	if (j->was && j->was->seconds > seconds)
		seconds = j->was->seconds;
	if (!note_make(c, j, seconds, &note, &line))
		REFUSE(500, ERR_CRYPTO);
	if (note.full || line.full)
		REFUSE(413, ERR_TOO_LARGE);
	now.seconds = seconds;
	now.note = out_span(&note);
	/* The same again within a second is the same note. */
	if (j->was == NULL || !span_eq(j->was->note, now.note)) {
		e = cosigned_put(c->seen, &now);
		if (e != OK)
			REFUSE(503, e);
	}
	moment_given(c->moment, seconds);
	a->n = line.n;
	return true;
}

void
cosign_add(struct cosign *c, struct span body, uint64_t unix_ms,
    uint64_t steady_ms, struct cosign_answer *a)
{
	struct job j;
	uint64_t seconds;
	enum err e;

	if (!read_body(&j, body, a) || !check_signatures(c, &j, a) ||
	    !check_old(c, &j, a) || !check_tree(&j, a))
		return;
	e = moment_now(c->moment, unix_ms, steady_ms, &seconds);
	if (e != OK) {
		cosign_refuse(a, 503, e);
		return;
	}
	if (!record(c, &j, seconds, a))
		return;
	a->status = 200;
	a->why = OK;
	a->type = TEXT;
}

void
cosign_newest(const struct cosign *c, const struct h32 *id,
    struct cosign_answer *a)
{
	const struct cosigned_log *l = cosigned_find(c->seen, id);

	if (l == NULL) {
		cosign_refuse(a, 404, ERR_NOT_FOUND);
		return;
	}
	a->status = 200;
	a->why = OK;
	a->type = TEXT;
	a->n = l->note.n;
	memcpy(a->body, l->note.p, l->note.n);
}
