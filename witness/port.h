/* SPDX-License-Identifier: ISC */
#ifndef PORT_H
#define PORT_H

#include <signal.h>

#include "cosign.h"
#include "tally.h"

/*
 * The one place here that knows libmicrohttpd: one thread, one external epoll.
 * What arrived together is decided together, shares one flush, and is answered
 * after it.
 */
struct port;

struct port_config {
	const char *listen;         /* "127.0.0.1:8430", "[::1]:0" */
	const char *proxies;        /* of which no cap holds: network.h */
	unsigned connections, each; /* most; of one address */
	struct cosign *cosign;
	struct tally *tally;
	const volatile sig_atomic_t *stop;
	const sigset_t *mask; /* while it waits */
};

/* ERR_LISTEN, ERR_SETTING. */
MUST_USE enum err port_open(const struct port_config *c, struct port **p);
uint16_t port_number(const struct port *p);
/* Serves until *stop.  An error: the record cannot be written any more, and
 * nothing was answered that is not in it. */
MUST_USE enum err port_run(struct port *p);
void port_close(struct port *p);

#endif
