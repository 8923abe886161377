/* SPDX-License-Identifier: ISC */
#include "notify.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/text.h"
#include "checkpoints.h"
#include "db_int.h"
#include "events.h"
#include "sched.h"
#include "sequence.h"
#include "server.h"
#include "system/clock.h"

#define GATHER_MS 10
#define AGAIN_MS 1000   /* between attempts to connect */
#define PAYLOAD_IDS 100 /* 64 digits each: a payload takes 8000 bytes */
#define GATHERED_MAX 8192

/* The payload is hex ids one after another, or this: too many to name.  Behind
 * LOG stand ids of chains whose checkpoint is another: db_checkpoint_tell. */
#define EVERYTHING "*"
#define LOG 'l'

struct notify {
	struct server *server;
	pthread_t thread;
	pthread_mutex_t lock;
	int wake[2]; /* a pipe: something is to be sent, or stop */
	size_t n;
	bool awake, everything, doubt;
	atomic_bool stop;
	struct h32 chain[GATHERED_MAX];
};

static void
wake(struct notify *n)
{
	if (!n->awake)
		n->awake = write(n->wake[1], "", 1) == 1;
}

void
notify_chain(struct notify *n, const struct h32 *chain)
{
	pthread_mutex_lock(&n->lock);
	if (n->n == GATHERED_MAX)
		n->everything = true;
	else
		n->chain[n->n++] = *chain;
	wake(n);
	pthread_mutex_unlock(&n->lock);
}

void
notify_doubt(struct notify *n)
{
	pthread_mutex_lock(&n->lock);
	n->everything = n->doubt = true;
	wake(n);
	pthread_mutex_unlock(&n->lock);
}

static enum err
send_text(struct db *db, const char *text)
{
	char sql[PAYLOAD_IDS * 64 + 64];
	DB_RESULT r = NULL;

	snprintf(sql, sizeof sql, "NOTIFY encl, '%s'", text);
	return db_query(db, sql, &r);
}

static enum err
send_ids(struct db *db, const struct h32 *chain, size_t n)
{
	char text[PAYLOAD_IDS * 64 + 1];

	for (size_t i = 0; i < n;) {
		struct out o = out_of(text, sizeof text);

		for (size_t k = 0; k < PAYLOAD_IDS && i < n; k++, i++)
			text_hex(&o, h32_span(&chain[i]));
		text[o.n] = '\0';
		TRY(send_text(db, text));
	}
	return OK;
}

static void
forget_all(struct notify *n)
{
	chains_moved_all(n->server->chains);
	checkpoints_moved(n->server->checkpoints, NULL);
	events_moved(n->server->events, NULL);
	sequence_moved(n->server->sequence, NULL);
	if (n->server->sched)
		sched_moved(n->server->sched, NULL);
}

/* What was gathered goes out.  When that fails some of it may be lost, so the
 * next word is that everything moved. */
static enum err
flush(struct notify *n, struct db *db, struct h32 *copy)
{
	bool everything, doubt;
	size_t count;
	enum err e;

	pthread_mutex_lock(&n->lock);
	count = n->n;
	everything = n->everything;
	doubt = n->doubt;
	memcpy(copy, n->chain, count * sizeof *copy);
	n->n = 0;
	n->everything = n->doubt = false;
	pthread_mutex_unlock(&n->lock);
	e = everything ? send_text(db, EVERYTHING) : send_ids(db, copy, count);
	if (e != OK) {
		notify_doubt(n);
		return e;
	}
	if (doubt)
		forget_all(n);
	return OK;
}

static void
heard_log(struct notify *n, const char *text)
{
	size_t len = strlen(text);
	struct h32 chain;

	for (size_t i = 0; i + 64 <= len; i += 64) {
		if (!text_unhex(span_of(text + i, 64), chain.b, 32))
			return;
		chains_stale(n->server->chains, &chain);
		if (n->server->sched)
			sched_moved(n->server->sched, &chain);
	}
}

static void
heard(struct notify *n, const char *text)
{
	size_t len = strlen(text);
	struct h32 chain;

	if (*text == LOG) {
		heard_log(n, text + 1);
		return;
	}
	if (len % 64) {
		forget_all(n);
		return;
	}
	for (size_t i = 0; i < len; i += 64) {
		if (!text_unhex(span_of(text + i, 64), chain.b, 32))
			return;
		chains_moved(n->server->chains, &chain);
		checkpoints_moved(n->server->checkpoints, &chain);
		events_moved(n->server->events, &chain);
		sequence_moved(n->server->sequence, &chain);
		if (n->server->sched)
			sched_moved(n->server->sched, &chain);
	}
}

static void
hear(struct notify *n, struct db *db)
{
	PGnotify *word;

	while ((word = PQnotifies(db_conn(db)))) {
		if (word->be_pid != PQbackendPID(db_conn(db)))
			heard(n, word->extra);
		PQfreemem(word);
	}
}

/* Until the connection breaks, or stop. */
static void
serve(struct notify *n, struct db *db, struct h32 *copy)
{
	while (!n->stop) {
		struct pollfd f[2] = { { n->wake[0], POLLIN, 0 },
			{ PQsocket(db_conn(db)), POLLIN, 0 } };
		char drained[64];

		if (poll(f, 2, -1) < 0)
			continue;
		if (f[1].revents && !PQconsumeInput(db_conn(db)))
			return;
		hear(n, db);
		if (!f[0].revents)
			continue;
		poll(NULL, 0, GATHER_MS);
		pthread_mutex_lock(&n->lock);
		n->awake = read(n->wake[0], drained, sizeof drained) < 0;
		pthread_mutex_unlock(&n->lock);
		if (flush(n, db, copy) != OK)
			return;
		hear(n, db);
	}
}

static enum err
attend(struct notify *n, struct h32 *copy)
{
	struct db *db;
	DB_RESULT r = NULL;
	enum err e;

	TRY(db_open_tool(n->server->settings.database, &db));
	e = db_query(db, "LISTEN encl", &r);
	if (e == OK) {
		forget_all(n); /* what was said meanwhile */
		serve(n, db, copy);
		if (n->stop)
			(void)flush(n, db, copy);
	}
	db_close(db);
	return e;
}

static void *
run(void *ctx)
{
	struct notify *n = ctx;
	struct h32 *copy = malloc(sizeof n->chain);

	while (copy && !n->stop) {
		(void)attend(n, copy);
		for (int i = 0; i < AGAIN_MS / 50 && !n->stop; i++)
			poll(NULL, 0, 50);
	}
	free(copy);
	return NULL;
}

enum err
notify_start(struct server *s, struct notify **out)
{
	struct notify *n = calloc(1, sizeof *n);

	if (!n)
		return ERR_OUT_OF_MEMORY;
	n->server = s;
	pthread_mutex_init(&n->lock, NULL);
	if (pipe(n->wake) != 0) {
		free(n);
		return ERR_INTERNAL;
	}
	if (pthread_create(&n->thread, NULL, run, n) != 0) {
		close(n->wake[0]);
		close(n->wake[1]);
		free(n);
		return ERR_INTERNAL;
	}
	*out = n;
	return OK;
}

void
notify_stop(struct notify *n)
{
	if (!n)
		return;
	pthread_mutex_lock(&n->lock);
	n->stop = true;
	n->awake = false;
	wake(n);
	pthread_mutex_unlock(&n->lock);
	pthread_join(n->thread, NULL);
	close(n->wake[0]);
	close(n->wake[1]);
	pthread_mutex_destroy(&n->lock);
	free(n);
}
