/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "chain/hash.h"
#include "chain/text.h"
#include "checkpoint_jobs.h"
#include "log.h"
#include "metrics.h"
#include "server.h"
#include "system/clock.h"

#define AGAIN_MS 500 /* after a failure, doubled with each */
#define AGAIN_MAX_MS 60000
#define AWAY_MS 2000 /* witness_call.c knows when it is back */
#define CONFLICTS 3  /* in a row; one is usual */

/* The parts that a witness's callbacks need. */
static _Thread_local struct checkpoint_jobs *here;

static struct checkpoint_witness *
of(struct witness_ask *ask)
{
	return (struct checkpoint_witness *)(void *)ask;
}

static void
later(struct checkpoint_witness *w)
{
	uint64_t ms = AGAIN_MS;

	for (unsigned i = 0; i < w->failures && ms < AGAIN_MAX_MS; i++)
		ms *= 2;
	if (ms > AGAIN_MAX_MS)
		ms = AGAIN_MAX_MS;
	w->failures++;
	w->again = clock_steady_ms() + ms;
}

/* From what the witness has to what is signed. */
static enum err
write_proof(struct checkpoint_jobs *k, const struct checkpoint_job *j,
    uint64_t old, struct out *body)
{
	struct tiles_source from = { k->tiles, k->db, j->chain };
	const struct merkle_source source = { tiles_node, &from };
	struct h32 proof[MERKLE_PROOF];
	size_t n = 0;

	if (old > 0 && old < j->size)
		TRY(merkle_prove_consistent(&source, old, j->size, proof, &n));
	for (size_t i = 0; i < n; i++) {
		note_base64(body, h32_span(&proof[i]));
		out_put(body, "\n", 1);
	}
	return OK;
}

/* The log's signature alone: other witnesses' are none of this one's business.
 */
static void
write_note(const struct checkpoint_job *j, struct out *body)
{
	out_put(body, j->text, j->text_n);
	out_put(body, "\n", 1);
	note_sign_line(body, &j->log, span_of(j->sig, sizeof j->sig));
}

bool
checkpoint_cosign_outdone(const struct checkpoint_job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->w[i].shown > j->size)
			return true;
	return false;
}

/* One that is behind is cosigned again when what was shown is there again:
 * whether it is the same, the witnesses know. */
static bool
ready(const struct checkpoint_job *j)
{
	return j->size && !(j->behind && checkpoint_cosign_outdone(j));
}

static bool
fill(struct witness_ask *ask, struct out *body)
{
	struct checkpoint_witness *w = of(ask);
	const struct checkpoint_job *j = w->job;
	uint64_t old = w->has < j->size ? w->has : j->size;
	char head[40];
	int n;

	if (!ready(j))
		return false;
	w->asked = j->size;
	n = snprintf(head, sizeof head, "old %llu\n", (unsigned long long)old);
	out_put(body, head, (size_t)n);
	if (write_proof(here, j, old, body) != OK)
		return false;
	out_put(body, "\n", 1);
	write_note(j, body);
	return !body->full;
}

/* The witness time of what there is. */
static void
judge(struct checkpoint_jobs *k, struct checkpoint_job *j)
{
	struct out note = out_of(k->note, sizeof k->note);
	uint64_t ms;

	j->witnessed = 0;
	checkpoint_jobs_note(j, &note);
	if (j->n == 0 || note.full || state_decode(j->state, &k->st) != OK ||
	    state_policy(&k->st, &k->policy) != OK)
		return;
	if (witness_judge(&k->st, &k->policy, out_span(&note), NULL, NULL,
		&ms) == OK)
		j->witnessed = ms;
}

/* A clock that is wrong would make receipts that nobody takes. */
static bool
time_fits(const struct checkpoint_witness *w, uint64_t seconds)
{
	uint64_t now = clock_unix_ms(), ms = seconds * 1000;

	if (ms <= now + WITNESS_AFTER_MS && ms + WITNESS_BEFORE_MS >= now)
		return true;
	if (w->failures == 0)
		log_event(LOG_LEVEL_WARNING, NULL, "witness has another time",
		    LOG_TEXT("witness", w->at->name),
		    LOG_NUMBER("seconds", seconds));
	return false;
}

/* A cosignature that verifies, and is newer than what there is. */
static bool
take_line(struct checkpoint_witness *w, const struct checkpoint *c,
    bool is_answer)
{
	const struct note_signature *line;
	uint64_t seconds;
	uint8_t sig[CHECKPOINT_COSIG];

	if (checkpoint_cosigned_by(c, &w->key, &seconds) != OK ||
	    seconds == 0 || seconds >= UINT64_C(1) << 43 ||
	    note_find(&c->note, &w->key, sizeof sig, sig, &line) != OK)
		return false;
	if (is_answer && !time_fits(w, seconds))
		return false;
	if (seconds < w->seconds)
		return true;
	memcpy(w->sig, sig, sizeof sig);
	w->seconds = seconds;
	return true;
}

/* The body is signature lines; below the text they are a note. */
static bool
take_cosignature(struct checkpoint_jobs *k, struct checkpoint_witness *w,
    struct span body)
{
	const struct checkpoint_job *j = w->job;
	struct out o = out_of(k->note, sizeof k->note);

	out_put(&o, j->text, j->text_n);
	out_put(&o, "\n", 1);
	out_put(&o, body.p, body.n);
	return !o.full &&
	       checkpoint_decode(out_span(&o), &k->checkpoint) == OK &&
	       take_line(w, &k->checkpoint, true);
}

void
checkpoint_cosign_take(struct checkpoint_jobs *k, struct checkpoint_job *j,
    struct span note)
{
	struct checkpoint *c = &k->checkpoint;
	const struct note_signature *line;

	/* What was written here comes from here; but other things must not be
	 * served because of one bad row. */
	if (checkpoint_decode(note, c) != OK ||
	    !span_eq(c->note.text, span_of(j->text, j->text_n)) ||
	    checkpoint_verify(c, &j->log) != OK ||
	    note_find(&c->note, &j->log, sizeof j->sig, j->sig, &line) != OK)
		return;
	j->size = c->size;
	for (size_t i = 0; i < j->n; i++)
		(void)take_line(&j->w[i], c, false);
	judge(k, j);
}

static void
cosigned(struct checkpoint_witness *w, struct span body)
{
	struct checkpoint_job *j = w->job;

	if (w->asked != j->size) {
		w->has = w->asked; /* of no use any more, but for this */
		return;
	}
	if (!take_cosignature(here, w, body)) {
		metrics_add(here->server->metrics, METRIC_WITNESS_FAILED, 1);
		later(w);
		return;
	}
	w->has = j->size;
	w->failures = 0;
	metrics_add(here->server->metrics, METRIC_COSIGNATURES, 1);
	judge(here, j);
	j->dirty = true;
}

static void
fall_behind(struct checkpoint_job *j, const char *why, const char *witness)
{
	if (!j->behind)
		log_event(LOG_LEVEL_ERROR, NULL,
		    "a chain is older here than it was: read-only",
		    LOG_TEXT("why", why), LOG_TEXT("witness", witness),
		    LOG_NUMBER("entries", j->size));
	j->dirty |= !j->behind;
	j->behind = true;
}

/* The log has signed this, and it is not how the chain begins here. */
static bool
is_other(struct checkpoint_jobs *k, const struct checkpoint_job *j,
    const struct checkpoint *c)
{
	struct tiles_source from = { k->tiles, k->db, j->chain };
	const struct merkle_source source = { tiles_node, &from };
	struct h32 root;

	return merkle_root_of(&source, c->size, &root) == OK &&
	       !h32_eq(&root, &c->root);
}

/* Nothing is known of how much there is to sign: the chain has moved, and the
 * signer was not heard yet. */
static bool
is_between(const struct checkpoint_job *j)
{
	return j->moved || j->size == 0;
}

/* What it shows convinces when the log itself signed it.  What it only says
 * does not: any witness could make a chain read-only. */
static void
heard_what_it_has(struct witness_ask *ask, const struct witness_answer *a)
{
	struct checkpoint_witness *w = of(ask);
	struct checkpoint_job *j = w->job;
	struct checkpoint *c = &here->checkpoint;

	w->busy = false;
	ask->path[0] = '\0';
	later(w);
	if (a->said != WITNESS_OK || checkpoint_decode(a->body, c) != OK ||
	    !span_eq(c->origin, j->log.name) ||
	    checkpoint_verify(c, &j->log) != OK) {
		log_event(LOG_LEVEL_WARNING, NULL,
		    "witness refuses, and does not show what it has",
		    LOG_TEXT("witness", w->at->name),
		    LOG_NUMBER("entries", j->size));
	} else if (c->size > j->size && is_between(j)) {
		w->has = c->size;
	} else if (c->size > j->size) {
		w->shown = c->size;
		fall_behind(j, "witness_larger", w->at->name);
	} else if (is_other(here, j, c)) {
		/* No later entries make these two one history. */
		w->shown = UINT64_MAX;
		fall_behind(j, "witness_fork", w->at->name);
	} else {
		j->dirty |= w->has != c->size;
		w->has = c->size;
	}
}

static void
ask_what_it_has(struct checkpoint_witness *w)
{
	struct h32 id;
	struct out o = out_of(w->ask.path, sizeof w->ask.path - 16);

	if (hash_sha256(w->job->log.name, &id) != OK)
		return;
	text_hex(&o, h32_span(&id));
	memcpy(w->ask.path + o.n, "/checkpoint", sizeof "/checkpoint");
	w->ask.done = heard_what_it_has;
	w->busy = true;
	witness_call_ask(here->call, &w->ask);
}

static void
conflict(struct checkpoint_witness *w, uint64_t size)
{
	struct checkpoint_job *j = w->job;

	if (w->asked != j->size)
		return;
	j->dirty |= w->has != size;
	w->has = size;
	if (size > j->size) {
		metrics_add(here->server->metrics, METRIC_WITNESS_FAILED, 1);
		ask_what_it_has(w);
	} else if (++w->failures >= CONFLICTS) {
		metrics_add(here->server->metrics, METRIC_WITNESS_FAILED, 1);
		ask_what_it_has(w);
	}
}

/* 422: what it has is not how this tree begins. */
static void
refused(struct checkpoint_witness *w, long status)
{
	if (w->failures == 0)
		log_event(LOG_LEVEL_WARNING, NULL, "witness refuses",
		    LOG_TEXT("witness", w->at->name),
		    LOG_NUMBER("status", status));
	metrics_add(here->server->metrics, METRIC_WITNESS_FAILED, 1);
	if (status == 422)
		ask_what_it_has(w);
	else
		later(w);
}

static void
done(struct witness_ask *ask, const struct witness_answer *a)
{
	struct checkpoint_witness *w = of(ask);

	w->busy = false;
	switch (a->said) {
	case WITNESS_OK:
		cosigned(w, a->body);
		break;
	case WITNESS_CONFLICT:
		conflict(w, a->size);
		break;
	case WITNESS_REFUSED:
		refused(w, a->status);
		break;
	case WITNESS_SILENT:
		w->again = clock_steady_ms() + AWAY_MS;
		break;
	}
}

static bool
wanted(const struct checkpoint_job *j, const struct checkpoint_witness *w)
{
	return w->at && (w->seconds == 0 || w->seconds * 1000 + 999 < j->since);
}

bool
checkpoint_cosign_wanted(const struct checkpoint_job *j)
{
	for (size_t i = 0; i < j->n && ready(j); i++)
		if (wanted(j, &j->w[i]))
			return true;
	return false;
}

void
checkpoint_cosign(struct checkpoint_jobs *k, struct checkpoint_job *j)
{
	uint64_t now = clock_steady_ms();

	here = k;
	for (size_t i = 0; i < j->n && ready(j); i++) {
		struct checkpoint_witness *w = &j->w[i];

		if (!wanted(j, w) || w->busy || now < w->again)
			continue;
		w->ask.fill = fill;
		w->ask.done = done;
		w->ask.path[0] = '\0';
		w->busy = true;
		witness_call_ask(k->call, &w->ask);
	}
}
