/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>

#include "http_int.h"
#include "metrics.h"

#define HEAD_MS 5000
#define MOVE_MS 10000 /* to move a body in either direction, */
#define MOVE_BYTES 8  /* and one more for each so many bytes */
#define IDLE_MS 60000
#define CROWD_MS 5000  /* idle, when there are many connections */
#define SHORT_MS 10000 /* for a large reply, when memory is short */

static void
conn_cut(struct conn *c)
{
	c->dead = true;
	c->deadline = 0;
	shutdown(c->fd, SHUT_RDWR);
}

struct conn *
http_conn_open(struct loop *l, struct MHD_Connection *mhd,
    const struct sockaddr *address, int fd)
{
	struct conn *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->loop = l;
	c->mhd = mhd;
	c->fd = fd;
	c->deadline = l->now + HEAD_MS;
	c->next = l->conns;
	c->link = &l->conns;
	if (c->next)
		c->next->link = &c->next;
	l->conns = c;
	l->open++;
	metrics_add(l->h->metrics, METRIC_CONNECTIONS, 1);
	if (!peers_come(l->h->peers, address, &c->peer)) {
		metrics_add(l->h->metrics, METRIC_CONNECTIONS_REFUSED, 1);
		conn_cut(c);
	}
	return c;
}

void
http_conn_close(struct conn *c)
{
	struct loop *l = c->loop;

	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	l->open--;
	metrics_add(l->h->metrics, METRIC_CONNECTIONS, -1);
	peers_go(l->h->peers, &c->peer);
	free(c);
}

/* Whoever still sends a request deserves to hear why it ends here. */
static void
conn_late(struct conn *c)
{
	const enum err e = ERR_HTTP_SLOW;
	const unsigned status = reply_status(e);
	const char *title = reply_title(status);
	char problem[320], text[640];
	int body = snprintf(problem, sizeof problem,
		"{\"type\":\"/errors/%s\",\"title\":\"%s\",\"status\":%u,"
		"\"code\":\"%s\",\"detail\":\"%s\"}",
		err_code(e), title, status, err_code(e), err_sentence(e)),
	    n = snprintf(text, sizeof text,
		"HTTP/1.1 %u %s\r\nConnection: close\r\n"
		"Content-Type: application/problem+json\r\n"
		"Cache-Control: no-store\r\nContent-Length: %d\r\n\r\n%s",
		status, title, body, problem);

	metrics_add(c->loop->h->metrics, METRIC_DEADLINE, 1);
	if (c->x && c->x->at <= AT_BODY) {
		(void)!send(c->fd, text, (size_t)n,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	conn_cut(c);
}

/* Whoever takes a large reply slowly makes room when there is little. */
static bool
conn_hoards(const struct conn *c, unsigned load)
{
	return load >= 3 && c->x && c->x->sent &&
	       c->loop->now - c->x->sent >= SHORT_MS;
}

void
http_conn_sweep(struct loop *l)
{
	bool crowd = l->open > l->h->cap / 4 * 3;
	unsigned load = http_reply_load(l->h);
	struct conn *next;

	l->swept = l->now;
	for (struct conn *c = l->conns; c; c = next) {
		uint64_t early = crowd && !c->x ? IDLE_MS - CROWD_MS : 0;

		next = c->next;
		if (c->deadline == 0)
			continue;
		if (c->deadline <= l->now || conn_hoards(c, load)) {
			conn_late(c);
		} else if (c->deadline <= l->now + early &&
			   c->deadline > l->now + HEAD_MS) {
			conn_cut(c);
		}
	}
}

void
http_conn_wait_head(struct conn *c)
{
	/* The first header counts from the connection's start. */
	if (c->started)
		c->deadline = c->loop->now + HEAD_MS;
	c->started = true;
}

void
http_conn_wait_move(struct conn *c, uint64_t bytes)
{
	c->deadline = c->loop->now + MOVE_MS + bytes / MOVE_BYTES;
}

void
http_conn_wait_next(struct conn *c)
{
	c->deadline = c->loop->now + IDLE_MS;
}
