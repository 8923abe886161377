/* SPDX-License-Identifier: ISC */
#ifndef LISTEN_H
#define LISTEN_H

#include <stdbool.h>

#include "chain/err.h"
#include "chain/span.h"

/* Whether it is an IP address and a port: "127.0.0.1:8420", "[::1]:0". */
bool listen_is_address(const char *address);

/* A TCP socket that listens on "127.0.0.1:8420" or "[::1]:0".  first: refuse
 * an address that anybody listens on already; the further ones of one process
 * share it (SO_REUSEPORT), on *port when that is not 0.  *port is set.
 * ERR_LISTEN. */
MUST_USE enum err listen_open(const char *address, bool first, uint16_t *port,
    int *fd);

#endif
