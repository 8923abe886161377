/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* ppoll */
#include "exchange.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "channel.h"
#include "message.h"

struct connection {
	int fd; /* -1: free */
	bool writing;
	uint64_t deadline;
	size_t in_n, want; /* want: 0 before the frame's head is whole */
	size_t out_n, out_at;
	uint8_t in[MESSAGE_FRAME + MESSAGE_MAX];
	uint8_t out[MESSAGE_FRAME + MESSAGE_REPLY_MAX];
};

static void
wait_for_request(const struct exchange *x, struct connection *c)
{
	c->writing = false;
	c->in_n = c->want = 0;
	c->deadline = channel_now() + x->idle_ms;
}

static void
drop(struct connection *c)
{
	close(c->fd);
	c->fd = -1;
}

static bool
is_idle(const struct connection *c)
{
	return c->fd >= 0 && !c->writing && c->in_n == 0;
}

static bool
again(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void
send_reply(const struct exchange *x, struct connection *c)
{
	ssize_t n = send(c->fd, c->out + c->out_at, c->out_n - c->out_at,
	    MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0) {
		if (!again())
			drop(c);
		return;
	}
	c->out_at += (size_t)n;
	if (c->out_at == c->out_n)
		wait_for_request(x, c);
}

static void
answer(const struct exchange *x, struct connection *c)
{
	struct out o = out_of(c->out + MESSAGE_FRAME, MESSAGE_REPLY_MAX);

	x->answer(x->ctx, span_of(c->in + MESSAGE_FRAME, c->want), &o);
	if (o.full) {
		drop(c);
		return;
	}
	message_frame_put(c->out, o.n);
	c->out_n = MESSAGE_FRAME + o.n;
	c->out_at = 0;
	c->writing = true;
	c->deadline = channel_now() + x->message_ms;
	send_reply(x, c);
}

/* Never reads past the frame: what follows waits in the kernel until the reply
 * is out. */
static void
receive_request(const struct exchange *x, struct connection *c)
{
	size_t end = MESSAGE_FRAME + c->want;
	ssize_t n = recv(c->fd, c->in + c->in_n, end - c->in_n, MSG_DONTWAIT);

	if (n <= 0) {
		if (n == 0 || !again())
			drop(c);
		return;
	}
	if (c->in_n == 0)
		c->deadline = channel_now() + x->message_ms;
	c->in_n += (size_t)n;
	if (c->in_n < end)
		return;
	if (c->want)
		answer(x, c);
	else if (message_frame(c->in, &c->want) != OK)
		drop(c);
}

static struct connection *
free_place(struct connection *all)
{
	struct connection *idle = NULL;

	for (size_t i = 0; i < EXCHANGE_CONNECTIONS; i++) {
		if (all[i].fd < 0)
			return &all[i];
		if (is_idle(&all[i]) &&
		    (!idle || all[i].deadline < idle->deadline))
			idle = &all[i];
	}
	if (idle)
		drop(idle);
	return idle;
}

static enum err
accept_one(const struct exchange *x, struct connection *all)
{
	struct connection *place;
	int fd = accept(x->listen, NULL, NULL);

	if (fd < 0)
		return again() || errno == ECONNABORTED || errno == EMFILE
			   ? OK
			   : ERR_PEER;
	place = free_place(all);
	if (!place) {
		close(fd);
		return OK;
	}
	place->fd = fd;
	wait_for_request(x, place);
	return OK;
}

/* Fills p, one place each and the listener last; returns when to wake up. */
static uint64_t
prepare(const struct exchange *x, struct connection *all, struct pollfd *p)
{
	uint64_t now = channel_now(), wake = now + 60000;

	for (size_t i = 0; i < EXCHANGE_CONNECTIONS; i++) {
		if (all[i].fd >= 0 && all[i].deadline <= now)
			drop(&all[i]);
		p[i] = (struct pollfd){ all[i].fd,
			all[i].writing ? POLLOUT : POLLIN, 0 };
		if (all[i].fd >= 0 && all[i].deadline < wake)
			wake = all[i].deadline;
	}
	p[EXCHANGE_CONNECTIONS] = (struct pollfd){ x->listen, POLLIN, 0 };
	return wake;
}

static enum err
turn(const struct exchange *x, struct connection *all)
{
	struct pollfd p[EXCHANGE_CONNECTIONS + 1];
	uint64_t wake = prepare(x, all, p), now = channel_now();
	uint64_t left = wake > now ? wake - now : 0;
	struct timespec t = { (time_t)(left / 1000),
		(long)(left % 1000) * 1000000 };

	if (ppoll(p, EXCHANGE_CONNECTIONS + 1, &t, x->mask) < 0)
		return errno == EINTR ? OK : ERR_PEER;
	for (size_t i = 0; i < EXCHANGE_CONNECTIONS; i++) {
		if (!p[i].revents)
			continue;
		if (all[i].writing)
			send_reply(x, &all[i]);
		else
			receive_request(x, &all[i]);
	}
	return p[EXCHANGE_CONNECTIONS].revents ? accept_one(x, all) : OK;
}

enum err
exchange_run(const struct exchange *x)
{
	struct connection *all = calloc(EXCHANGE_CONNECTIONS, sizeof *all);
	enum err e = all ? OK : ERR_OUT_OF_MEMORY;

	for (size_t i = 0; all && i < EXCHANGE_CONNECTIONS; i++)
		all[i].fd = -1;
	while (e == OK && !*x->stop)
		e = turn(x, all);
	for (size_t i = 0; all && i < EXCHANGE_CONNECTIONS; i++)
		if (all[i].fd >= 0)
			drop(&all[i]);
	free(all);
	return e;
}
