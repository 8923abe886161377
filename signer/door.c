/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* struct ucred, accept4, ppoll */
#include "door.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "system/event.h"

#define PROGRAM "encl-signer"
#define BACKLOG 64
#define ANSWER_MAX 1024

/* One connection: what it asked for, until that is answered. */
struct door_place {
	int fd; /* -1: free */
	bool asked;
	uint64_t turn; /* of what it did last */
	struct service_job job;
	uint8_t packet[PROTOCOL_MAX + 1];
};

static bool
listen_at(int fd, const struct sockaddr_un *a)
{
	const struct sockaddr *to = (const struct sockaddr *)(const void *)a;
	struct stat st;
	mode_t before;
	bool ok;

	/* Somebody lives there, or it is no socket. */
	if (connect(fd, to, sizeof *a) == 0 ||
	    (errno != ENOENT && errno != ECONNREFUSED) ||
	    (lstat(a->sun_path, &st) == 0 && !S_ISSOCK(st.st_mode)))
		return false;
	(void)unlink(a->sun_path);
	/* Whoever may enter the folder may knock; SO_PEERCRED decides. */
	before = umask(0);
	ok = bind(fd, to, sizeof *a) == 0 && listen(fd, BACKLOG) == 0;
	umask(before);
	return ok;
}

enum err
door_open(struct door *d, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t n = strlen(path);

	d->listen = -1;
	if (n >= sizeof a.sun_path)
		return ERR_LISTEN;
	memcpy(a.sun_path, path, n);
	d->place = calloc(DOOR_CONNECTIONS, sizeof *d->place);
	if (d->place == NULL)
		return ERR_OUT_OF_MEMORY;
	for (size_t i = 0; i < DOOR_CONNECTIONS; i++)
		d->place[i].fd = -1;
	d->listen =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return d->listen >= 0 && listen_at(d->listen, &a) ? OK : ERR_LISTEN;
}

void
door_close(struct door *d)
{
	for (size_t i = 0; d->place && i < DOOR_CONNECTIONS; i++)
		if (d->place[i].fd >= 0)
			close(d->place[i].fd);
	if (d->listen >= 0)
		close(d->listen);
	free(d->place);
	d->place = NULL;
}

static bool
may_enter(const struct door *d, int fd)
{
	struct ucred who;
	socklen_t n = sizeof who;
	char uid[24];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		return false;
	for (size_t i = 0; i < d->uid_n; i++)
		if (d->uid[i] == who.uid)
			return true;
	(void)snprintf(uid, sizeof uid, "%lu", (unsigned long)who.uid);
	EVENT(PROGRAM, "turned away", "uid", uid);
	return false;
}

static void
leave(struct door_place *p)
{
	close(p->fd);
	p->fd = -1;
	p->asked = false;
}

/* A free one, or the one that has been idle for longest.  NULL: all of them
 * wait for an answer. */
static struct door_place *
find_place(const struct door *d)
{
	struct door_place *p = NULL;

	for (size_t i = 0; i < DOOR_CONNECTIONS; i++) {
		struct door_place *one = &d->place[i];

		if (one->fd < 0)
			return one;
		if (!one->asked && (p == NULL || one->turn < p->turn))
			p = one;
	}
	return p;
}

static void
let_in(struct door *d)
{
	struct door_place *p = find_place(d);
	int fd;

	if (p == NULL)
		return; /* it waits outside */
	fd = accept4(d->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	if (!may_enter(d, fd)) {
		close(fd);
		return;
	}
	/* Who kept an idle one finds it closed, and knocks again. */
	if (p->fd >= 0)
		leave(p);
	p->fd = fd;
	p->turn = d->turn;
}

static uint64_t
steady_ms(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* One packet, and what is decided about it. */
static void
ask(struct door *d, struct door_place *p)
{
	ssize_t n = recv(p->fd, p->packet, sizeof p->packet, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		leave(p);
		return;
	}
	p->turn = d->turn;
	service_begin(d->service, span_of(p->packet, (size_t)n), steady_ms(),
	    &p->job);
	p->asked = true;
}

static void
answer(struct door_place *p)
{
	uint8_t buf[ANSWER_MAX];
	struct out o = out_of(buf, sizeof buf);

	p->asked = false;
	protocol_answer_encode(&o, &p->job.answer);
	/* Who does not take an answer gets no further one. */
	if (o.full || send(p->fd, o.p, o.n, MSG_NOSIGNAL) != (ssize_t)o.n)
		leave(p);
}

/* All that waits shares one flush; the signatures are made while the disk
 * works. */
static enum err
serve(struct door *d)
{
	struct ledger *l = d->service->ledger;
	bool pending = ledger_pending(l);

	if (pending)
		TRY(ledger_write(l));
	for (size_t i = 0; i < DOOR_CONNECTIONS; i++)
		if (d->place[i].asked)
			service_finish(d->service, &d->place[i].job);
	if (pending)
		TRY(ledger_sync(l));
	for (size_t i = 0; i < DOOR_CONNECTIONS; i++)
		if (d->place[i].asked)
			answer(&d->place[i]);
	return pending ? ledger_compact(l, false) : OK;
}

static enum err
turn(struct door *d)
{
	struct pollfd wait[1 + DOOR_CONNECTIONS];
	size_t of[1 + DOOR_CONNECTIONS], n = 1;

	wait[0] = (struct pollfd){ .fd = d->listen, .events = POLLIN };
	for (size_t i = 0; i < DOOR_CONNECTIONS; i++) {
		if (d->place[i].fd < 0)
			continue;
		of[n] = i;
		wait[n++] =
		    (struct pollfd){ .fd = d->place[i].fd, .events = POLLIN };
	}
	if (ppoll(wait, n, NULL, d->mask) < 0)
		return errno == EINTR ? OK : ERR_INTERNAL;
	d->turn++;
	for (size_t i = 1; i < n; i++)
		if (wait[i].revents)
			ask(d, &d->place[of[i]]);
	if (wait[0].revents)
		let_in(d);
	return serve(d);
}

enum err
door_run(struct door *d)
{
	while (!*d->stop)
		TRY(turn(d));
	return OK;
}
