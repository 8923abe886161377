/* SPDX-License-Identifier: ISC */
#ifndef PEERS_H
#define PEERS_H

#include <sys/socket.h>

#include "chain/err.h"
#include "chain/span.h"

/*
 * Who is connected, and how often from one address (a /64 of IPv6).  Counts
 * stand in a table of fixed size under a keyed hash, so two addresses may now
 * and then be taken for one.
 */
struct peers;

#define PEERS_TEXT 48

struct peer {
	char text[PEERS_TEXT];
	bool proxy; /* its X-Forwarded-For is believed, and no cap holds it */
	uint32_t slot[2];
};

/* cap: connections from one address.  proxies: see network_parse, and its
 * error. */
MUST_USE enum err peers_make(unsigned cap, const char *proxies,
    struct peers **p);
void peers_free(struct peers *p);

/* Counts a connection; false when it is one too many (it counts all the
 * same, until peers_go). */
MUST_USE bool peers_come(struct peers *p, const struct sockaddr *address,
    struct peer *peer);
void peers_go(struct peers *p, const struct peer *peer);

/* The address that stands last in X-Forwarded-For, "" when it is none. */
void peers_forwarded(struct span list, char text[PEERS_TEXT]);

#endif
