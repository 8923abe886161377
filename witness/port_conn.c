/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <stdlib.h>

#include "port_int.h"

#define HEAD_MS 5000
#define REST_MS 10000 /* for a body, and for an answer */
#define IDLE_MS 120000
#define CROWD_MS 5000 /* idle, when there are many connections */

static void
cut(struct port_conn *c)
{
	c->port->c.tally->cut++;
	c->dead = true;
	c->deadline = 0;
	shutdown(c->fd, SHUT_RDWR);
}

struct port_conn *
port_conn_open(struct port *p, const struct sockaddr *address, int fd)
{
	struct port_conn *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->port = p;
	c->fd = fd;
	c->deadline = p->now + HEAD_MS;
	c->next = p->conns;
	c->link = &p->conns;
	if (c->next)
		c->next->link = &c->next;
	p->conns = c;
	p->open++;
	if (!peers_come(p->peers, address, &c->peer))
		cut(c);
	return c;
}

void
port_conn_close(struct port_conn *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->port->open--;
	peers_go(c->port->peers, &c->peer);
	free(c);
}

void
port_conn_sweep(struct port *p)
{
	bool crowd = p->open > p->c.connections / 4 * 3;
	struct port_conn *next;

	for (struct port_conn *c = p->conns; c; c = next) {
		uint64_t early = crowd && !c->x ? IDLE_MS - CROWD_MS : 0;

		next = c->next;
		if (c->deadline && c->deadline <= p->now + early)
			cut(c);
	}
}

void
port_conn_wait_head(struct port_conn *c)
{
	/* The first header counts from the connection's start. */
	if (c->started)
		c->deadline = c->port->now + HEAD_MS;
	c->started = true;
}

void
port_conn_wait_rest(struct port_conn *c)
{
	c->deadline = c->port->now + REST_MS;
}

void
port_conn_wait_next(struct port_conn *c)
{
	c->deadline = c->port->now + IDLE_MS;
}
