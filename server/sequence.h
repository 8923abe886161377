/* SPDX-License-Identifier: ISC */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include "server.h"

/*
 * Gives entries of all chains the one order in which they are told
 * (db_event.h), soon after they were appended and never within that
 * transaction.  Every server does it for what it hears of; now and then each
 * looks for what nobody heard of, so nothing is left out.
 */
struct sequence;

/* A thread, with a connection, of its own.  s outlives it.
 * ERR_OUT_OF_MEMORY. */
MUST_USE enum err sequence_start(struct server *s, struct sequence **q);
void sequence_stop(struct sequence *q);

/* From any thread, never blocks.  NULL: any chain may have moved. */
void sequence_moved(struct sequence *q, const struct h32 *chain);

#endif
