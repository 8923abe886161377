/* SPDX-License-Identifier: ISC */
#include "checkpoints.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint_jobs.h"
#include "checkpoint_rows.h"
#include "checkpoint_waits.h"
#include "log.h"
#include "server.h"
#include "system/clock.h"

#define STEP_MS 10  /* between looks at what moved */
#define SOON_MS 200 /* between looks at what is wanted or due */
#define LEAD_MS 1000
#define SWEEP_MS 1000
/* Chains that are signed in a second, most: appends come first, and what waits
 * is signed once, whatever it has become by then. */
#define RATE 600
#define IDLE_MS 2000 /* a chain that nothing is wanted of is let go */
#define AGAIN_MS 1000
#define PAGE 2000
#define PAGE_ALL 500
#define MOVED_MAX 65536
#define ARENA_FIRST ((size_t)1 << 20)
#define ARENA_LIMIT ((size_t)256 << 20)
#define TILES_BYTES ((size_t)64 << 20)

struct checkpoints {
	struct checkpoint_jobs k; /* of the thread alone */
	struct checkpoint_waits *waits;
	pthread_t thread;
	bool running;
	atomic_bool stop, has_key;
	pthread_mutex_t lock;
	size_t moved_n;
	bool everything;
	struct h32 moved[MOVED_MAX];
	/* of the thread */
	struct h32 copy[MOVED_MAX];
	bool leads;
	uint64_t allowed, allowed_at;       /* chains to sign; steady ms */
	uint64_t asked_lead, looked, swept; /* steady ms */
	bool sweeping, doubting; /* all chains are looked at, the first time */
	struct h32 at[DB_CHECKPOINT_WHYS]; /* where each look goes on */
};

/* The host in public_url. */
static void
name_log(const struct settings *set, char name[CHECKPOINTS_NAME])
{
	const char *url = strstr(set->public_url, "//");
	const char *host = url ? url + 2 : set->public_url;

	if (set->log_name[0])
		(void)snprintf(name, CHECKPOINTS_NAME, "%s", set->log_name);
	else
		(void)snprintf(name, CHECKPOINTS_NAME, "%.*s",
		    (int)strcspn(host, "/"), host);
}

/* FORMAT.md section 8, and a slash divides it from the chain's id. */
static bool
name_fits(const char *name)
{
	const char *p = name;

	while (*p > ' ' && *p <= '~' && *p != '+' && *p != '/')
		p++;
	return p > name && *p == '\0';
}

enum err
checkpoints_settings(const struct settings *set, struct witness_list *l,
    char name[CHECKPOINTS_NAME], char *why, size_t why_n)
{
	TRY(witness_list_read(l, set->witnesses, why, why_n));
	name_log(set, name);
	if (name_fits(name))
		return OK;
	(void)snprintf(why, why_n, "log_name: %s", name);
	return ERR_SETTING;
}

enum err
checkpoints_make(struct server *s, struct checkpoints **out, char *why,
    size_t why_n)
{
	struct checkpoints *c = calloc(1, sizeof *c);
	enum err e;

	*out = NULL;
	if (!c)
		return ERR_OUT_OF_MEMORY;
	c->k.server = s;
	pthread_mutex_init(&c->lock, NULL);
	e = checkpoints_settings(&s->settings, &c->k.list, c->k.log_name, why,
	    why_n);
	if (e == OK)
		e = witness_call_make(&c->k.list, s->metrics, &c->k.call);
	if (e == OK)
		e = tiles_make(TILES_BYTES, &c->k.tiles);
	if (e == OK)
		e = checkpoint_waits_make(s->settings.database, &c->waits);
	c->k.arena = arena_make(ARENA_FIRST, ARENA_LIMIT);
	if (e == OK && !c->k.arena)
		e = ERR_OUT_OF_MEMORY;
	if (e != OK) {
		checkpoints_free(c);
		return e;
	}
	*out = c;
	return OK;
}

void
checkpoints_free(struct checkpoints *c)
{
	if (!c)
		return;
	witness_call_free(c->k.call); /* nobody is told any more */
	while (c->k.all)
		checkpoint_jobs_drop(&c->k, c->k.all);
	checkpoint_waits_free(c->waits);
	tiles_free(c->k.tiles);
	arena_free(c->k.arena);
	db_close(c->k.db);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void
checkpoints_moved(struct checkpoints *c, const struct h32 *chain)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	if (!chain || c->moved_n == MOVED_MAX)
		c->everything = true;
	else
		c->moved[c->moved_n++] = *chain;
	pthread_mutex_unlock(&c->lock);
}

bool
checkpoints_key(struct checkpoints *c, struct h32 *key)
{
	if (!c || !atomic_load(&c->has_key))
		return false;
	*key = c->k.log.public;
	return true;
}

const char *
checkpoints_name(const struct checkpoints *c)
{
	return c->k.log_name;
}

const struct witness_list *
checkpoints_witnesses(const struct checkpoints *c)
{
	return &c->k.list;
}

struct tiles *
checkpoints_tiles(struct checkpoints *c)
{
	return c->k.tiles;
}

void
checkpoints_wait(struct checkpoints *c, struct checkpoint_wait *w)
{
	checkpoint_waits_add(c->waits, w);
}

static enum err
ask_key(struct checkpoints *c)
{
	const struct protocol_request q = { .kind = PROTOCOL_LOG };
	struct signer_call_answer a;

	TRY(signer_call_ask(c->k.server->signer, &q, &a));
	if (a.key_n != sizeof c->k.log.public.b)
		return ERR_SIGNER;
	memcpy(c->k.log.public.b, a.key, a.key_n);
	atomic_store(&c->has_key, true);
	return OK;
}

static void
mark(struct checkpoints *c, const struct h32 *chain)
{
	struct checkpoint_job *j = checkpoint_jobs_of(&c->k, chain);

	if (j)
		j->moved = true;
}

/* What others told since the last step. */
static void
take_moved(struct checkpoints *c)
{
	size_t n;

	pthread_mutex_lock(&c->lock);
	n = c->moved_n;
	memcpy(c->copy, c->moved, n * sizeof *c->copy);
	c->moved_n = 0;
	if (c->everything) {
		c->sweeping = true;
		memset(&c->at[DB_CHECKPOINT_SWEEP], 0, sizeof c->at[0]);
	}
	c->everything = false;
	pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; c->leads && i < n; i++)
		mark(c, &c->copy[i]);
}

#define DUE_AGE_MS 1800000 /* a receipt's checkpoint is made anew after it */

static void
want(struct checkpoints *c, const struct h32 *chain, enum db_checkpoint_why why)
{
	struct checkpoint_job *j = checkpoint_jobs_of(&c->k, chain);
	uint64_t now = clock_unix_ms();

	if (!j)
		return;
	if (why == DB_CHECKPOINT_TASK && j->since + DUE_AGE_MS < now)
		j->since = now - DUE_AGE_MS;
	if (why == DB_CHECKPOINT_ALL)
		j->doubted = true;
	if (!j->known || j->size == 0 || why == DB_CHECKPOINT_SWEEP ||
	    why == DB_CHECKPOINT_ALL)
		j->moved = true;
}

/* What a reader wants stands in the row. */
static enum err
want_since(struct checkpoints *c, const struct h32 *chain, size_t n)
{
	struct db_checkpoint *row;
	size_t found;

	TRY(db_checkpoint_list(c->k.db, c->k.arena, chain, n, &row, &found));
	for (size_t i = 0; i < found; i++) {
		struct checkpoint_job *j =
		    checkpoint_jobs_of(&c->k, &row[i].chain);

		if (j && row[i].wanted > j->since)
			j->since = row[i].wanted;
	}
	return OK;
}

static enum err
look_for(struct checkpoints *c, enum db_checkpoint_why why)
{
	struct h32 *chain;
	size_t n;

	arena_reset(c->k.arena);
	TRY(db_checkpoint_todo(c->k.db, c->k.arena, why, &c->at[why],
	    why == DB_CHECKPOINT_ALL ? PAGE_ALL : PAGE, &chain, &n,
	    &c->at[why]));
	for (size_t i = 0; i < n; i++)
		want(c, &chain[i], why);
	return why == DB_CHECKPOINT_WANTED && n ? want_since(c, chain, n) : OK;
}

static enum err
look_around(struct checkpoints *c, uint64_t now)
{
	static const struct h32 start;

	if (now - c->looked >= SOON_MS) {
		c->looked = now;
		TRY(look_for(c, DB_CHECKPOINT_WANTED));
		TRY(look_for(c, DB_CHECKPOINT_TASK));
	}
	if (now - c->swept < (c->sweeping ? SOON_MS : SWEEP_MS))
		return OK;
	c->swept = now;
	/* An older database may have been restored while nobody looked. */
	if (c->doubting) {
		TRY(look_for(c, DB_CHECKPOINT_ALL));
		c->doubting = !h32_eq(&c->at[DB_CHECKPOINT_ALL], &start);
	}
	TRY(look_for(c, DB_CHECKPOINT_SWEEP));
	/* Once around, then at leisure. */
	if (h32_eq(&c->at[DB_CHECKPOINT_SWEEP], &start))
		c->sweeping = false;
	return OK;
}

static enum err
lead(struct checkpoints *c, uint64_t now)
{
	bool did = c->leads;

	if (now - c->asked_lead < LEAD_MS && c->asked_lead)
		return OK;
	c->asked_lead = now;
	TRY(db_checkpoint_lead(c->k.db, &c->leads));
	if (c->leads && !did) {
		memset(c->at, 0, sizeof c->at);
		c->sweeping = c->doubting = true;
		log_event(LOG_LEVEL_INFO, NULL, "making checkpoints",
		    LOG_TEXT("log", c->k.log_name),
		    LOG_NUMBER("witnesses", c->k.list.n));
	}
	return OK;
}

/* Nothing is wanted of it for now; failures are remembered as long as
 * something is. */
static bool
idle(const struct checkpoints *c, const struct checkpoint_job *j, uint64_t now)
{
	return !j->moved && !j->dirty && now > j->look + IDLE_MS &&
	       (!c->leads || c->k.n > CHECKPOINT_CROWD ||
		   !checkpoint_cosign_wanted(j)) &&
	       !checkpoint_jobs_busy(j);
}

static enum err
sign_some(struct checkpoints *c, struct checkpoint_job **j, size_t *n)
{
	size_t count = *n;

	*n = 0;
	if (count == 0)
		return OK;
	arena_reset(c->k.arena);
	TRY(checkpoint_sign(&c->k, j, count));
	arena_reset(c->k.arena);
	TRY(checkpoint_rows_put(&c->k, j, count));
	for (size_t i = 0; i < count; i++)
		checkpoint_cosign(&c->k, j[i]);
	return OK;
}

/* How many chains may be signed now. */
static void
allow(struct checkpoints *c, uint64_t now)
{
	uint64_t more = (now - c->allowed_at) * RATE / 1000;

	if (more == 0)
		return;
	c->allowed_at = now;
	c->allowed += more;
	if (c->allowed > CHECKPOINT_BATCH)
		c->allowed = CHECKPOINT_BATCH;
}

/* One look at all chains: of those that moved the first are signed, of others
 * something is asked or written, and the rest is let go. */
static enum err
step(struct checkpoints *c, uint64_t now)
{
	struct checkpoint_job *sign[CHECKPOINT_BATCH], *put[CHECKPOINT_BATCH];
	struct checkpoint_job *next;
	size_t sign_n = 0, put_n = 0;

	allow(c, now);
	for (struct checkpoint_job *j = c->k.all; j; j = next) {
		next = j->next;
		if (idle(c, j, now)) {
			checkpoint_jobs_drop(&c->k, j);
			continue;
		}
		if (!c->leads)
			continue;
		if (j->moved && now >= j->look && sign_n < c->allowed)
			sign[sign_n++] = j;
		else
			checkpoint_cosign(&c->k, j);
		if (j->dirty && j->size && !j->moved &&
		    put_n < CHECKPOINT_BATCH)
			put[put_n++] = j;
	}
	c->allowed -= sign_n;
	for (size_t i = 0; i < sign_n; i++)
		checkpoint_jobs_last(&c->k, sign[i]);
	TRY(sign_some(c, sign, &sign_n));
	arena_reset(c->k.arena);
	return checkpoint_rows_put(&c->k, put, put_n);
}

static enum err
turn(struct checkpoints *c)
{
	uint64_t now = clock_steady_ms();

	if (!c->k.db)
		TRY(db_checkpoint_open(c->k.server->settings.database,
		    &c->k.db));
	if (!atomic_load(&c->has_key))
		TRY(ask_key(c));
	TRY(lead(c, now));
	take_moved(c);
	if (c->leads)
		TRY(look_around(c, now));
	return step(c, now);
}

/* Answers that come before the time is over are dealt with at once. */
static void
rest(struct checkpoints *c, unsigned ms)
{
	uint64_t until = clock_steady_ms() + ms, now;

	while (!c->stop && (now = clock_steady_ms()) < until)
		witness_call_turn(c->k.call, (unsigned)(until - now));
}

static void *
run(void *ctx)
{
	struct checkpoints *c = ctx;

	while (!c->stop) {
		bool ok = turn(c) == OK;

		rest(c, ok ? STEP_MS : AGAIN_MS);
	}
	return NULL;
}

enum err
checkpoints_start(struct checkpoints *c)
{
	TRY(checkpoint_waits_start(c->waits));
	c->running = pthread_create(&c->thread, NULL, run, c) == 0;
	return c->running ? OK : ERR_INTERNAL;
}

void
checkpoints_stop(struct checkpoints *c)
{
	if (!c)
		return;
	checkpoint_waits_stop(c->waits);
	c->stop = true;
	witness_call_wake(c->k.call);
	if (c->running)
		pthread_join(c->thread, NULL);
	c->running = false;
}
