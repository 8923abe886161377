/* SPDX-License-Identifier: ISC */
#ifndef OUTSIDE_H
#define OUTSIDE_H

#include <sys/socket.h>

#include "system/network.h"

/*
 * Where this server may connect to because somebody outside asked for it:
 * addresses of the public Internet, and those that the operator allows.
 * Everything that leads to this machine, to its neighbours or to a cloud's
 * metadata is refused, also where it is wrapped: IPv4 in IPv6 (mapped,
 * compatible, NAT64, 6to4, Teredo), link-local, site-local, unique local,
 * shared (RFC 6598), benchmark, documentation, multicast and reserved
 * addresses (RFC 6890).
 */

/* a, of n bytes, as it will be connected to. */
bool outside_public(const struct sockaddr *a, size_t n);
/* One that the operator named. */
bool outside_named(const struct networks *w, const struct sockaddr *a,
    size_t n);

/* An https address without a user, a fragment, white space or anything that is
 * not ASCII, of at most 2000 bytes; http as well when plain. */
bool outside_url(struct span url, bool plain);

#endif
