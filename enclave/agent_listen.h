/* SPDX-License-Identifier: ISC */
#ifndef AGENT_LISTEN_H
#define AGENT_LISTEN_H

#include "agent_hold.h"
#include "channel.h"
#include "system/bucket.h"

/*
 * Takes signed revocations from anybody, for when the server swallows them:
 *
 *   POST /v1/revocations   Content-Type: application/cbor, one statement
 *
 * 200 {"state":"held"}: the enclave verified it, and does not release this
 * stage.  202 {"state":"kept"}: it is of a stage that the enclave does not know
 * yet, or the enclave is away; it is handed on before the next receipt.  Else a
 * problem of RFC 9457 with a stable code.  The signature is the authority:
 * there is no login.  Who sends too much is told 429 and when to come again,
 * without that others are: agent_sources.h.  Nothing else is served.
 */
struct agent_listen;

struct agent_listen_opts {
	struct channel_address at;      /* TCP */
	struct channel_address enclave; /* asked over a connection of its own */
	struct agent_hold *hold;        /* outlives the listener */
	/* How many requests are looked at, of one source and of all. */
	struct bucket_rate each, all;
};

/* A thread of its own.  *port: where it listens.  ERR_PEER with errno set,
 * ERR_OUT_OF_MEMORY. */
MUST_USE enum err agent_listen_start(const struct agent_listen_opts *opts,
    struct agent_listen **l, unsigned *port);
void agent_listen_stop(struct agent_listen *l);

#endif
