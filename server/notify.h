/* SPDX-License-Identifier: ISC */
#ifndef NOTIFY_H
#define NOTIFY_H

#include "chain/err.h"
#include "chain/span.h"

struct server;

/*
 * Tells other servers on the same database which chains moved, and hears it
 * from them.  NOTIFY takes a lock that all of PostgreSQL shares, so it is
 * never part of an append: ids are gathered for about 10 ms and sent from a
 * connection of its own.
 */
struct notify;

MUST_USE enum err notify_start(struct server *s, struct notify **n);
void notify_stop(struct notify *n);
/* From any thread, never blocks. */
void notify_chain(struct notify *n, const struct h32 *chain);
/* The same when a chain may have moved or not, because the database went away
 * meanwhile: once it is back all servers look again, this one too.  Until then
 * this one has what it had. */
void notify_doubt(struct notify *n);

#endif
