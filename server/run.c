/* SPDX-License-Identifier: ISC */
#include "run.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ahead.h"
#include "auth.h"
#include "chain/version.h"
#include "checkpoints.h"
#include "custody.h"
#include "deliver.h"
#include "events.h"
#include "http.h"
#include "limit.h"
#include "log.h"
#include "metrics.h"
#include "notice_key.h"
#include "notify.h"
#include "ops.h"
#include "roots.h"
#include "sched.h"
#include "sequence.h"
#include "server.h"
#include "signer_call.h"

#define GRACE_MS 8000
#define OPS_CONNECTIONS 64

/* Tells systemd, or whoever set NOTIFY_SOCKET: sd_notify(3). */
static void
tell(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t n = path ? strlen(path) : 0;
	int fd;

	if (n == 0 || n >= sizeof a.sun_path)
		return;
	memcpy(a.sun_path, path, n);
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (struct sockaddr *)(void *)&a,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

/* Nothing of this process's memory is for others to read. */
static void
harden(void)
{
	struct rlimit none = { 0, 0 }, files;

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* A database that may lose what it acknowledged is refused. */
static enum err
look_at_database(const struct server *s, char *why, size_t why_n)
{
	struct db *db;
	enum err e;

	TRY(db_open(s->settings.database, &db));
	e = db_safe(db, why, why_n);
	db_close(db);
	return e;
}

/* One that is away may come yet.  *number is the signal that ended the wait, 0
 * for none. */
static enum err
wait_for_database(const struct server *s, const sigset_t *signals, int *number,
    char *why, size_t why_n)
{
	static const struct timespec pause = { 1, 0 };
	bool told = false;
	enum err e;

	while ((e = look_at_database(s, why, why_n)) == ERR_DATABASE) {
		if (!told) {
			log_write(LOG_LEVEL_WARNING, NULL,
			    "waiting for the database", NULL);
		}
		told = true;
		*number = sigtimedwait(signals, NULL, &pause);
		if (*number > 0)
			return OK;
	}
	*number = 0;
	return e;
}

static enum err
make_parts(struct server *s, char *why, size_t why_n)
{
	const struct settings *set = &s->settings;

	TRY(roots_read(set->roots, s->root, sizeof s->root / sizeof *s->root,
	    &s->root_n, why, why_n));
	TRY(metrics_make(routes, route_count, &s->metrics));
	TRY(limit_make(set->rate_read, set->rate_write, &s->limits));
	TRY(auth_make(&s->auth));
	TRY(custody_make(set->evidence_roots, &s->custody, why, why_n));
	if (set->notices_key[0]) {
		(void)snprintf(why, why_n, "notices_key: %s", set->notices_key);
		TRY(notice_key_read(set->notices_key, &s->notice_key));
		why[0] = '\0';
	}
	if (set->signer_socket[0]) {
		(void)snprintf(why, why_n, "signer_socket: %s",
		    set->signer_socket);
		TRY(signer_call_make(set->signer_socket, s->metrics,
		    &s->signer));
		TRY(ahead_start(s->signer, &s->ahead));
		why[0] = '\0';
		TRY(checkpoints_make(s, &s->checkpoints, why, why_n));
	}
	return chains_make((size_t)set->cache_mb << 20, &s->chains);
}

static void
free_parts(struct server *s)
{
	checkpoints_free(s->checkpoints);
	chains_free(s->chains);
	ahead_stop(s->ahead);
	signer_call_free(s->signer);
	notice_key_free(s->notice_key);
	custody_free(s->custody);
	auth_free(s->auth);
	limit_free(s->limits);
	metrics_free(s->metrics);
}

static enum err
listen_on(struct server *s, bool ops, struct http **h, char *why, size_t why_n)
{
	const struct settings *set = &s->settings;
	const struct http_config api = { set->listen, routes, route_count,
		set->loops, set->workers, set->max_connections,
		set->max_connections_ip, (size_t)set->replies_mb << 20,
		set->proxies, s->metrics };
	const struct http_config own = { set->ops_listen, ops_routes,
		ops_route_count, 1, 1, OPS_CONNECTIONS, OPS_CONNECTIONS, 0, "",
		NULL };
	const struct http_config *c = ops ? &own : &api;
	enum err e = http_start(s, c, h);

	if (e != OK) {
		(void)snprintf(why, why_n, "%s: %s",
		    ops ? "ops_listen" : "listen", c->listen);
		return e;
	}
	log_event(LOG_LEVEL_INFO, NULL, ops ? "operations" : "listening",
	    LOG_TEXT("address", c->listen), LOG_NUMBER("port", http_port(*h)));
	return OK;
}

static enum err
start(struct server *s, struct http **ops, char *why, size_t why_n)
{
	TRY(sched_start(s, &s->sched));
	TRY(events_start(s, &s->events));
	TRY(deliver_start(s, &s->deliver, why, why_n));
	TRY(sequence_start(s, &s->sequence)); /* tells those who watch */
	TRY(notify_start(s, &s->notify));     /* tells both */
	TRY(commit_start(s, &s->commit));     /* tells all three */
	if (s->checkpoints)
		TRY(checkpoints_start(s->checkpoints)); /* tells agents */
	/* /readyz answers only once the API does. */
	TRY(listen_on(s, false, &s->http, why, why_n));
	return listen_on(s, true, ops, why, why_n);
}

/* In the order in which requests stop coming: waits end first, and what was
 * given to the committer is done before it goes.  The scheduler hears of it all
 * to the end, and what commit wrote is told. */
static void
stop(struct server *s, struct http *ops)
{
	checkpoints_stop(s->checkpoints);
	sched_stop(s->sched);
	events_stop(s->events);
	http_stop(s->http, GRACE_MS);
	http_stop(ops, 0);
	commit_stop(s->commit);
	notify_stop(s->notify);
	sequence_stop(s->sequence);
	deliver_stop(s->deliver);
	events_free(s->events);
	sched_free(s->sched);
}

/* Large replies go back to the system when they are sent.  Without this the
 * library raises the size from which it does so to that of the largest one. */
static void
give_back(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 256 << 10);
	(void)mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

enum err
run_server(const struct settings *settings, char *why, size_t why_n)
{
	static struct server s;
	struct http *ops = NULL;
	sigset_t signals;
	int number = 0;
	enum err e;

	harden();
	give_back();
	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	s.settings = *settings;
	e = make_parts(&s, why, why_n);
	if (e == OK)
		e = wait_for_database(&s, &signals, &number, why, why_n);
	if (e == OK && number == 0)
		e = start(&s, &ops, why, why_n);
	if (e == OK && number == 0) {
		log_event(LOG_LEVEL_INFO, NULL, "ready",
		    LOG_TEXT("version", VERSION));
		tell("READY=1\nSTATUS=serving\n");
		sigwait(&signals, &number);
		log_event(LOG_LEVEL_INFO, NULL, "stopping",
		    LOG_NUMBER("signal", number));
		tell("STOPPING=1\n");
	}
	stop(&s, ops);
	free_parts(&s);
	return e;
}
