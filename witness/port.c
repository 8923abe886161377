/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* ppoll */
#include "port.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "port_int.h"
#include "system/clock.h"
#include "system/event.h"
#include "system/listen.h"

#define PROGRAM "encl-witness"
#define SWEEP_MS 250

static void
clocks(struct port *p)
{
	p->now = clock_steady_ms();
	p->unix_ms = clock_unix_ms();
	p->boot_ms = clock_boot_ms();
}

enum err
port_open(const struct port_config *c, struct port **out)
{
	struct port *p = calloc(1, sizeof *p);
	const union MHD_DaemonInfo *info;
	int fd = -1;
	enum err e;

	*out = NULL;
	if (!p)
		return ERR_OUT_OF_MEMORY;
	p->c = *c;
	clocks(p);
	e = peers_make(c->each, c->proxies, &p->peers);
	if (e == OK)
		e = listen_open(c->listen, true, &p->number, &fd);
	if (e == OK) {
		p->daemon = port_request_daemon(p, fd);
		e = p->daemon ? OK : ERR_LISTEN;
	}
	if (e != OK) {
		if (fd >= 0)
			close(fd);
		port_close(p);
		return e;
	}
	info = MHD_get_daemon_info(p->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	p->epoll = info->epoll_fd;
	*out = p;
	return OK;
}

uint16_t
port_number(const struct port *p)
{
	return p->number;
}

void
port_close(struct port *p)
{
	if (p == NULL)
		return;
	/* The library does not end those that are suspended; nothing that
	 * still waits is answered. */
	for (struct port_conn *c = p->conns; c; c = c->next)
		c->dead = true;
	port_request_resume(p);
	if (p->daemon)
		MHD_stop_daemon(p->daemon);
	linger_end(&p->linger);
	peers_free(p->peers);
	free(p);
}

static int
wait_ms(const struct port *p)
{
	MHD_UNSIGNED_LONG_LONG t;

	if (MHD_get_timeout(p->daemon, &t) == MHD_YES && t < SWEEP_MS)
		return (int)t;
	return SWEEP_MS;
}

static void
sweep(struct port *p)
{
	struct tally *t = p->c.tally;
	uint64_t seconds;
	bool good = moment_now(p->c.cosign->moment, p->unix_ms, p->boot_ms,
			&seconds) == OK;

	if (good != t->clock)
		EVENT(PROGRAM, good ? "clock is good" : "clock has jumped",
		    NULL);
	t->clock = good;
	t->connections = p->open;
	t->logs = cosigned_count(p->c.cosign->seen);
	t->journal = cosigned_size(p->c.cosign->seen);
	t->newest = p->c.cosign->moment->newest;
	port_conn_sweep(p);
	linger_sweep(&p->linger, p->now);
	p->swept = p->now;
}

/* All that waits shares one flush. */
static enum err
flush(struct port *p)
{
	if (cosigned_pending(p->c.cosign->seen)) {
		TRY(cosigned_flush(p->c.cosign->seen));
		p->c.tally->flushes++;
	}
	port_request_resume(p);
	return OK;
}

static enum err
turn(struct port *p, bool at_once)
{
	struct pollfd f = { .fd = p->epoll, .events = POLLIN };
	int ms = at_once ? 0 : wait_ms(p);
	const struct timespec t = { .tv_nsec = (long)ms * 1000000 };

	if (ppoll(&f, 1, &t, p->c.mask) < 0 && errno != EINTR)
		return ERR_INTERNAL;
	clocks(p);
	if (p->now - p->swept >= SWEEP_MS)
		sweep(p);
	MHD_run(p->daemon);
	return OK;
}

enum err
port_run(struct port *p)
{
	sweep(p);
	while (!*p->c.stop) {
		bool waited = p->waiting != NULL;

		TRY(flush(p));
		TRY(turn(p, waited));
	}
	TRY(flush(p));
	return turn(p, true);
}
