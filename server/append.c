/* SPDX-License-Identifier: ISC */
#include "append.h"

#include <stdio.h>

#include "chain/attest.h"
#include "chain/text.h"
#include "chain_log.h"
#include "db_definition.h"
#include "db_entry.h"
#include "known.h"
#include "late.h"
#include "limit.h"
#include "metrics.h"
#include "repeat.h"
#include "server.h"
#include "view/view.h"

/* One append on its way. */
struct append {
	struct commit_job job; /* first: the committer gives it back */
	struct payload payload;
	struct proof proof[ENTRY_PROOFS]; /* entry_encode sorts in place */
	/* The chain is private and not the caller's: to the caller it is not
	 * there, unless the statement itself has a place in it. */
	bool stranger;
};

/* What judging needs for a moment, too large to be zeroed for each request. */
static _Thread_local struct desk {
	struct state st;
	struct entry e;
	uint8_t bytes[ENTRY_MAX];
	struct attest_cache cache;
} desk;

/* A stage asks for a token of the chain's organisation as well as for
 * signatures, so that nobody else can occupy the place. */
static enum err
may_stage(const struct req *q, const struct chain_view *v)
{
	if (!q->who.known)
		return ERR_TOKEN_MISSING;
	if (!access_is_own(q, v))
		return ERR_NOT_FOUND;
	return q->who.scopes & SCOPE_UPGRADE_STAGE ? OK : ERR_SCOPE;
}

static enum err
definition_known(struct append *a, const struct h32 *chain)
{
	const struct stage *g = &a->payload.u.stage;
	struct req *q = a->job.q;
	struct db_definition d;
	enum err e;

	if (a->payload.kind != KIND_STAGE || !g->has_release ||
	    known_has(chain, &g->release.definition))
		return OK;
	if (!q->db)
		return ERR_WANT_WORKER;
	e = db_definition_of_chain(q->db, q->arena, chain,
	    &g->release.definition, &d);
	if (e == OK)
		known_add(chain, &g->release.definition);
	return e == ERR_NOT_FOUND ? ERR_DEFINITION_UNKNOWN : e;
}

static enum err
count(struct append *a)
{
	struct req *q = a->job.q;

	if (q->counted)
		return OK;
	q->counted = true;
	return limit_take(q->server->limits, q, LIMIT_WRITE,
	    &a->job.r->retry_after);
}

/* What the committer need not verify again. */
static enum err
note(struct append *a, const struct check *k)
{
	struct commit_job *j = &a->job;

	if (j->checked_n == ENTRY_PROOFS)
		return ERR_INTERNAL;
	return commit_check_id(k, &j->checked[j->checked_n++]);
}

static enum err
check(void *ctx, const struct check *k)
{
	struct append *a = ctx;

	TRY(check_run(k, &desk.cache));
	return note(a, k);
}

/* Judges the statement as the next entry after the view. */
static enum err
judge(struct append *a, const struct chain_view *v)
{
	const struct server *s = a->job.q->server;
	const struct rules rules = { .root = s->root,
		.root_n = s->root_n,
		.level = LEVEL_PUBLIC,
		.check = check,
		.ctx = a };
	const struct statement *t = &a->job.t;
	struct out o = out_of(desk.bytes, sizeof desk.bytes);

	if (v->behind)
		return ERR_LOG_BEHIND;
	a->job.checked_n = 0;
	memcpy(a->proof, t->proof, t->proof_n * sizeof a->proof[0]);
	TRY(entry_encode(&o, &v->chain, v->next_seq, &v->head, t->payload,
	    a->proof, t->proof_n));
	TRY(entry_decode(out_span(&o), &desk.e));
	TRY(state_decode(v->state, &desk.st));
	return rules_next(&rules, &desk.st, &desk.e);
}

static enum err
reply_appended(struct append *a, const struct appended *got)
{
	struct reply *r = a->job.r;
	char chain[65];
	struct out o = out_of(chain, sizeof chain);

	text_hex(&o, h32_span(&got->chain));
	snprintf(r->location, sizeof r->location, "/v1/chains/%s/entries/%llu",
	    chain, (unsigned long long)got->seq);
	metrics_add(a->job.q->server->metrics,
	    got->repeated ? METRIC_APPENDS_REPEATED : METRIC_APPENDS, 1);
	r->status = got->repeated ? 200 : 201;
	return reply_json(a->job.q, r,
	    json_pack("{s:o,s:o,s:I,s:s,s:b}", "chain",
		view_bytes_h32(&got->chain), "entry",
		view_bytes_h32(&got->entry), "seq", (json_int_t)got->seq,
		"kind", payload_kind_name(a->payload.kind), "repeated",
		got->repeated));
}

/* The first entry after the one that a stage starts from; 0 when that is not
 * in the chain. */
static uint64_t
lacks_from(struct req *q, const struct chain_view *v, const struct h32 *from)
{
	uint64_t seq;

	if (h32_eq(from, &v->head))
		return v->next_seq;
	return db_entry_after(q->db, &v->chain, from, &seq) == OK ? seq : 0;
}

/* Where the chain stands, for a caller whose picture of it is old. */
static void
say_where(struct append *a, const struct access *at)
{
	const struct chain_view *v = at->view;
	struct reply *r = a->job.r;
	json_t *x = json_pack("{s:o,s:I}", "head", view_bytes_h32(&v->head),
	    "next_seq", (json_int_t)v->next_seq);

	if (x && a->payload.kind == KIND_STAGE)
		json_object_set_new(x, "entries_from",
		    json_integer((json_int_t)lacks_from(a->job.q, v,
			&a->payload.u.stage.from)));
	json_decref(r->extra);
	r->extra = x;
}

/* The rules said no: perhaps because it stands there already, perhaps because
 * it came too late. */
static enum err
refused(struct append *a, const struct access *at, enum err why)
{
	struct req *q = a->job.q;
	struct appended got;
	bool is;

	TRY(repeat_find(q->db, q->arena, &at->view->chain, &a->job.t,
	    &a->payload, &is, &got));
	if (is)
		return reply_appended(a, &got);
	if (a->payload.kind == KIND_REVOKE &&
	    err_class(why) == ERR_CLASS_CONFLICT)
		why = late_revocation(q, a->job.r, at, &a->job.t,
		    &a->payload.u.revoke, why);
	if (why != OK && err_class(why) == ERR_CLASS_CONFLICT)
		say_where(a, at);
	return why;
}

/* What must hold before anything is verified. */
static enum err
admit(struct append *a, const struct chain_view *v)
{
	struct req *q = a->job.q;

	TRY(payload_decode(a->job.t.payload, &a->payload));
	if (a->payload.kind == KIND_STAGE)
		TRY(may_stage(q, v));
	return a->payload.kind == KIND_REVOKE ? OK : count(a);
}

/* The view may be older than what another server appended: look again before
 * saying no. */
static enum err
judge_newest(struct append *a, struct access *at)
{
	const struct chain_view *old = at->view, *new;
	enum err e = judge(a, old);

	if (e == OK)
		return OK;
	TRY(chains_look(at->chains, a->job.q->db, &old->chain, &new));
	at->view = new;
	if (!h32_eq(&old->head, &new->head))
		e = judge(a, new);
	chains_drop(at->chains, old);
	return e;
}

static void
count_refused(const struct append *a, enum err e)
{
	enum err_class class = err_class(e);

	if (class == ERR_CLASS_CONFLICT || class == ERR_CLASS_POLICY ||
	    class == ERR_CLASS_VERIFY)
		metrics_add(a->job.q->server->metrics, METRIC_APPENDS_REFUSED,
		    1);
}

/* What a stranger to a private chain is told. */
static enum err
mask(const struct append *a, enum err e)
{
	struct reply *r = a->job.r;
	enum err_class class = err_class(e);

	count_refused(a, e);
	if (!a->stranger || class == ERR_CLASS_OK || class == ERR_CLASS_RETRY ||
	    class == ERR_CLASS_LIMIT)
		return e;
	r->detail[0] = '\0';
	json_decref(r->extra);
	r->extra = NULL;
	return ERR_NOT_FOUND;
}

#define AGAIN_MAX 3

/* On the committer's thread.  What lost a race is judged once more where there
 * is a database, against the chain as it is now: that finds the repeat and the
 * late revocation, and says where the chain stands. */
static void
done(struct commit_job *j, enum err e, const struct appended *got)
{
	struct append *a = (struct append *)(void *)j;
	enum err_class class = err_class(e);

	if (e == OK)
		e = reply_appended(a, got);
	else if (j->q->again < AGAIN_MAX &&
		 (class == ERR_CLASS_CONFLICT || class == ERR_CLASS_POLICY ||
		     class == ERR_CLASS_VERIFY)) {
		j->q->lost = a->payload.kind != KIND_REVOKE;
		http_again(j->q, j->r);
		return;
	}
	http_finish(j->q, j->r, mask(a, e));
}

/* A policy of witnesses that this server cannot ask would end the chain. */
static enum err
witnesses_known(struct append *a, const struct h32 *chain)
{
	const struct stage *g = &a->payload.u.stage;

	if (a->payload.kind != KIND_STAGE || g->has_release)
		return OK;
	return chain_log_policy(a->job.q, a->job.r, chain, &g->policy);
}

static enum err
hand_over(struct append *a, const struct chain_view *v)
{
	TRY(definition_known(a, &v->chain));
	TRY(witnesses_known(a, &v->chain));
	a->job.chain = v->chain;
	a->job.done = done;
	TRY(commit_submit(a->job.q->server->commit, &a->job));
	return ERR_LATER;
}

static enum err
append(struct append *a, struct access *at)
{
	enum err e;

	TRY(admit(a, at->view));
	e = judge_newest(a, at);
	if (e == OK)
		return hand_over(a, at->view);
	/* A revoke that has its place is never told to wait; one that has none
	 * costs a look at the chain's past. */
	TRY(count(a));
	return refused(a, at, e);
}

#define QUICK_PROOFS 4
#define QUICK_SIG 69 /* Ed25519 and P-256 */

/* Verifying takes a fraction of a millisecond. */
static bool
quick(const struct statement *t)
{
	for (size_t i = 0; i < t->proof_n; i++)
		if (t->proof[i].kind != PROOF_KEY ||
		    t->proof[i].body.n > QUICK_SIG)
			return false;
	return t->proof_n <= QUICK_PROOFS;
}

/* On a loop: what is in memory and good at once goes to the committer without
 * a worker in between, which would cost as much as the signature.  The rest is
 * a worker's, from the start. */
static enum err
append_on_loop(struct append *a, const struct chain_view *v)
{
	if (!quick(&a->job.t))
		return ERR_WANT_WORKER;
	TRY(admit(a, v));
	if (judge(a, v) == OK)
		return hand_over(a, v);
	a->job.q->lost = a->payload.kind != KIND_REVOKE;
	return ERR_WANT_WORKER;
}

enum err
append_statement(struct req *q, struct reply *r, const struct h32 *chain,
    struct statement *t)
{
	struct append *a = arena_new(q->arena, sizeof *a);
	ACCESS_AUTO struct access at = { 0 };
	enum err e;

	if (a == NULL)
		return ERR_OUT_OF_MEMORY;
	a->job.q = q;
	a->job.r = r;
	a->job.t = *t;
	e = access_any(q, chain, &at);
	if (e == ERR_WANT_WORKER)
		return e;
	if (e != OK) {
		TRY(count(a));
		return e;
	}
	a->stranger = at.view->is_private && !access_is_own(q, at.view);
	e = q->db ? append(a, &at) : append_on_loop(a, at.view);
	/* Once it is with the committer, a is no longer ours. */
	return e == ERR_LATER || e == ERR_WANT_WORKER ? e : mask(a, e);
}
