/* SPDX-License-Identifier: ISC */
#include "agent_peer.h"

#include <errno.h>
#include <unistd.h>

#define CONNECT_MS 5000
#define ANSWER_MS 60000 /* a long page of entries has to be verified */

void
agent_peer_init(struct agent_peer *p, const struct channel_address *address)
{
	p->address = *address;
	p->fd = -1;
}

void
agent_peer_close(struct agent_peer *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

static enum err
exchange(struct agent_peer *p, struct span request, struct span *reply)
{
	uint64_t deadline = channel_now() + ANSWER_MS;

	if (p->fd < 0)
		TRY(channel_connect(&p->address, channel_now() + CONNECT_MS,
		    &p->fd));
	TRY(channel_send(p->fd, request, deadline));
	return channel_receive(p->fd, p->reply, sizeof p->reply, deadline,
	    reply);
}

enum err
agent_peer_ask(struct agent_peer *p, const struct message_request *q,
    struct message_reply *r)
{
	struct out o = out_of(p->request, sizeof p->request);
	struct span reply;
	bool reused = p->fd >= 0;
	enum err e;

	message_request_encode(&o, q);
	if (o.full)
		return ERR_TOO_LARGE;
	e = exchange(p, out_span(&o), &reply);
	if (e == ERR_PEER && reused && errno != ETIMEDOUT) {
		/* closed since the last time; asking twice does no harm */
		agent_peer_close(p);
		e = exchange(p, out_span(&o), &reply);
	}
	if (e == OK)
		e = message_reply_decode(reply, r);
	if (e == OK && r->kind != q->kind && r->kind != MESSAGE_ERROR)
		e = ERR_MESSAGE;
	if (e != OK) {
		agent_peer_close(p);
		return e == ERR_PEER ? e : ERR_MESSAGE;
	}
	return r->kind == MESSAGE_ERROR ? r->err : OK;
}
