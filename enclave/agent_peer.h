/* SPDX-License-Identifier: ISC */
#ifndef AGENT_PEER_H
#define AGENT_PEER_H

#include "channel.h"
#include "message.h"

/* The agent's side of the channel to one enclave. */
struct agent_peer {
	struct channel_address address;
	int fd; /* -1: not connected */
	uint8_t request[MESSAGE_MAX];
	uint8_t reply[MESSAGE_REPLY_MAX];
};

/* Not connected yet.  p is large: not for a stack. */
void agent_peer_init(struct agent_peer *p,
    const struct channel_address *address);
void agent_peer_close(struct agent_peer *p);

/* Asks, connecting first when it must.  The reply is borrowed from p until
 * the next call.  What the enclave refuses with comes back as that error;
 * ERR_PEER when it does not answer, ERR_MESSAGE when it answers nonsense. */
MUST_USE enum err agent_peer_ask(struct agent_peer *p,
    const struct message_request *q, struct message_reply *r);

#endif
