/* SPDX-License-Identifier: ISC */
#include <sys/eventfd.h>

#include <microhttpd.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "http_stream.h"
#include "metrics.h"
#include "server.h"
#include "system/clock.h"
#include "system/listen.h"

#define QUEUE 1024 /* requests that wait for a worker */
#define SWEEP_MS 250

static void
drain(struct loop *l)
{
	struct exchange *x;

	pthread_mutex_lock(&l->lock);
	x = l->done;
	l->done = NULL;
	pthread_mutex_unlock(&l->lock);
	while (x) {
		struct exchange *next = x->next;

		l->working--;
		metrics_add(l->h->metrics, METRIC_IN_FLIGHT, -1);
		x->at = x->at == AT_ADMIT ? AT_ADMITTED : AT_READY;
		MHD_resume_connection(x->conn->mhd);
		x = next;
	}
}

static void
clocks(struct loop *l)
{
	l->now = clock_steady_ms();
	l->unix_ms = clock_unix_ms();
}

static int
wait_ms(const struct loop *l)
{
	MHD_UNSIGNED_LONG_LONG t;

	if (MHD_get_timeout(l->daemon, &t) == MHD_YES && t < SWEEP_MS)
		return (int)t;
	return SWEEP_MS;
}

static bool
ended(struct loop *l)
{
	if (!atomic_load_explicit(&l->h->stop, memory_order_relaxed))
		return false;
	if (l->running) {
		int fd = MHD_quiesce_daemon(l->daemon);

		if (fd >= 0)
			close(fd);
		l->running = false;
	}
	return l->working == 0 &&
	       (l->sending == 0 || l->now >= atomic_load(&l->h->stop_at));
}

static void *
loop_run(void *arg)
{
	struct loop *l = arg;
	struct pollfd fds[] = { { .fd = l->epoll, .events = POLLIN },
		{ .fd = l->wake, .events = POLLIN } };

	clocks(l);
	while (!ended(l)) {
		eventfd_t woken;

		poll(fds, 2, wait_ms(l));
		clocks(l);
		if (fds[1].revents)
			(void)!eventfd_read(l->wake, &woken);
		drain(l);
		http_stream_resume(l);
		MHD_run(l->daemon);
		if (l->now - l->swept >= SWEEP_MS) {
			http_conn_sweep(l);
			http_stream_sweep(l);
			linger_sweep(&l->linger, l->now);
		}
	}
	MHD_stop_daemon(l->daemon);
	l->daemon = NULL;
	linger_end(&l->linger);
	return NULL;
}

static enum err
loop_start(struct loop *l, const char *address, bool first)
{
	const union MHD_DaemonInfo *info;
	int fd;

	pthread_mutex_init(&l->lock, NULL);
	TRY(listen_open(address, first, &l->h->port, &fd));
	randombytes_buf(&l->seed, sizeof l->seed);
	l->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	l->daemon = l->wake >= 0 ? http_daemon(l, fd) : NULL;
	if (!l->daemon) {
		close(fd);
		return ERR_LISTEN;
	}
	info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	l->epoll = info->epoll_fd;
	if (pthread_create(&l->thread, NULL, loop_run, l) != 0) {
		MHD_stop_daemon(l->daemon);
		l->daemon = NULL;
		return ERR_OUT_OF_MEMORY;
	}
	return OK;
}

enum err
http_start(struct server *s, const struct http_config *c, struct http **out)
{
	struct http *h = calloc(1, sizeof *h + c->loops * sizeof(struct loop));
	enum err e;

	*out = NULL;
	if (!h)
		return ERR_OUT_OF_MEMORY;
	h->server = s;
	h->table = c->table;
	h->n = c->n;
	h->metrics = c->metrics;
	h->cap = c->max_connections / c->loops + 1;
	if (c->replies)
		h->held_max = c->replies + ((size_t)s->settings.cache_mb << 20);
	e = peers_make(c->max_connections_ip, c->proxies, &h->peers);
	if (e == OK) {
		e = worker_start(s->settings.database, c->workers, QUEUE,
		    &h->workers);
	}
	while (e == OK && h->loops < c->loops) {
		struct loop *l = &h->loop[h->loops];

		l->h = h;
		l->running = true;
		e = loop_start(l, c->listen, h->loops == 0);
		if (e == OK)
			h->loops++;
	}
	if (e != OK) {
		http_stop(h, 0);
	} else {
		*out = h;
	}
	return e;
}

uint16_t
http_port(const struct http *h)
{
	return h->port;
}

static void
loop_stop(struct loop *l)
{
	pthread_join(l->thread, NULL);
	while (l->spares)
		arena_free(l->spare[--l->spares]);
	pthread_mutex_destroy(&l->lock);
	close(l->wake);
}

void
http_stop(struct http *h, unsigned grace)
{
	if (!h)
		return;
	atomic_store(&h->stop_at, clock_steady_ms() + grace);
	atomic_store(&h->stop, true);
	for (unsigned i = 0; i < h->loops; i++)
		eventfd_write(h->loop[i].wake, 1);
	for (unsigned i = 0; i < h->loops; i++)
		loop_stop(&h->loop[i]);
	worker_stop(h->workers);
	peers_free(h->peers);
	free(h);
}
