/* SPDX-License-Identifier: ISC */
#include "http_stream.h"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <microhttpd.h>

#define SOCKET_ROOM 32768
#define SWEEP_MS 1000
#define BLOCK 1024 /* the library's room where it does not send chunks */

/* Asking again and again would turn the loop without rest: a reader for whom
 * there is nothing is set aside until it is woken. */
static ssize_t
give(void *cls, uint64_t at, char *p, size_t n)
{
	struct exchange *x = cls;
	struct conn *c = x->conn;
	int got;

	(void)at;
	if (x->gone)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	got = x->s.r.stream->read(x->s.r.stream, p, n);
	if (got < 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (got > 0) {
		http_conn_wait_move(c, (uint64_t)got);
		return got;
	}
	x->waits = true;
	c->deadline = 0;
	c->loop->working++;
	MHD_suspend_connection(c->mhd);
	return 0;
}

struct MHD_Response *
http_stream_response(struct exchange *x)
{
	int room = SOCKET_ROOM;

	/* What a slow reader does not take lies in the system's memory. */
	(void)setsockopt(x->conn->fd, SOL_SOCKET, SO_SNDBUF, &room,
	    sizeof room);
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, give,
	    x, NULL);
}

void
http_stream_wake(struct stream *s)
{
	struct exchange *x = http_exchange_of(s->q);
	struct loop *l = x->conn->loop;

	pthread_mutex_lock(&l->lock);
	if (!x->woken) {
		/* It cannot fail: the counter is far from full. */
		if (!l->woken)
			(void)eventfd_write(l->wake, 1);
		x->woken = true;
		x->wake_next = l->woken;
		l->woken = x;
	}
	pthread_mutex_unlock(&l->lock);
}

static void
go_on(struct exchange *x)
{
	x->waits = false;
	x->conn->loop->working--;
	MHD_resume_connection(x->conn->mhd);
}

void
http_stream_resume(struct loop *l)
{
	struct exchange *x, *next;

	pthread_mutex_lock(&l->lock);
	x = l->woken;
	l->woken = NULL;
	for (struct exchange *i = x; i; i = i->wake_next)
		i->woken = false;
	pthread_mutex_unlock(&l->lock);
	for (; x; x = next) {
		next = x->wake_next;
		if (x->waits)
			go_on(x);
	}
}

void
http_stream_end(struct exchange *x)
{
	struct loop *l = x->conn->loop;
	struct exchange **at = &l->woken;

	if (!x->s.r.stream)
		return;
	x->s.r.stream->close(x->s.r.stream);
	x->s.r.stream = NULL;
	pthread_mutex_lock(&l->lock);
	while (*at && *at != x)
		at = &(*at)->wake_next;
	if (*at)
		*at = x->wake_next;
	pthread_mutex_unlock(&l->lock);
}

void
http_stream_sweep(struct loop *l)
{
	if (l->now - l->streams_swept < SWEEP_MS)
		return;
	l->streams_swept = l->now;
	for (struct conn *c = l->conns; c; c = c->next) {
		char byte;

		if (!c->x || !c->x->waits ||
		    recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
			continue;
		c->x->gone = true;
		go_on(c->x);
	}
}
