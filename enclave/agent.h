/* SPDX-License-Identifier: ISC */
#ifndef AGENT_H
#define AGENT_H

#include "agent_hold.h"
#include "agent_peer.h"
#include "fetch.h"

/*
 * Carries tasks from a server to an enclave and receipts back.  It is trusted
 * with nothing but doing so: what it carries is signed by others, and the
 * enclave and the server judge it themselves.
 */
struct agent;

struct agent_opts {
	struct channel_address enclave;
	struct fetch_opts server;
	struct agent_hold *hold; /* revocations given to it directly, or NULL */
	unsigned wait_s; /* how long the server may hold a poll, 1 to 60 */
	unsigned backoff_ms, backoff_max_ms; /* after a failure */
};

/* opts is copied, and what it points at lives longer than the agent.  Connects
 * to nobody yet.  ERR_USAGE, ERR_PLAIN_HTTP: fetch_open; ERR_OUT_OF_MEMORY. */
MUST_USE enum err agent_open(const struct agent_opts *opts, struct agent **a);
void agent_close(struct agent *a);

/* One round: says hello to the enclave, asks for tasks, does them.
 * *done counts the receipts that the server took. */
MUST_USE enum err agent_round(struct agent *a, size_t *done);

/* Rounds until *opts->server.stop, slower and slower while they fail. */
void agent_run(struct agent *a);

#endif
