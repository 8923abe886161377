/* SPDX-License-Identifier: ISC */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <signal.h>

#include "chain/err.h"
#include "chain/span.h"

/*
 * The serving side of a channel: one thread, a fixed number of connections,
 * one reply to each request.  A peer that is slow loses its connection and
 * nothing else; when all places are taken, the one that is idle longest goes.
 */
#define EXCHANGE_CONNECTIONS 8

struct exchange {
	int listen;
	void (*answer)(void *ctx, struct span request, struct out *reply);
	void *ctx;
	uint64_t idle_ms;    /* without a request */
	uint64_t message_ms; /* from the first byte of a request to its last,
				and for a reply likewise */
	const volatile sig_atomic_t *stop;
	const sigset_t *mask; /* while waiting; signals that set stop are
				 blocked otherwise */
};

/* Serves until *stop.  ERR_PEER when the listening socket fails. */
MUST_USE enum err exchange_run(const struct exchange *x);

#endif
