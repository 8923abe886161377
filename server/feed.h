/* SPDX-License-Identifier: ISC */
#ifndef FEED_H
#define FEED_H

#include "access.h"
#include "signer_call.h"

/*
 * A signature by a key of the caller's organisation.  The signer judges with
 * what it saw of the chain itself, so whatever it lacks is sent along, a packet
 * at a time.  chain NULL: of a genesis.  On a worker thread.  The errors of
 * signer_call_ask.
 */
MUST_USE enum err feed_sign(struct req *q, const struct h32 *chain,
    const char *name, struct span payload, struct signer_call_answer *a);

#endif
