/* SPDX-License-Identifier: ISC */
#ifndef COUNTERSIGN_H
#define COUNTERSIGN_H

#include "chain/walk.h"
#include "message.h"
#include "nsm.h"

/*
 * What an enclave says about its chain: FORMAT.md section 6.  It knows one
 * chain, whose id is measured into its image, verifies every entry itself, and
 * hands out a receipt only when the one judge would accept it as the next
 * entry.  It has no secrets and keeps nothing: after a restart it is fed from
 * genesis again.
 */
struct countersign;

/* Roots are SHA-256 values of trusted attestation roots, copied.  nsm is
 * borrowed and outlives what is made here. */
MUST_USE enum err countersign_open(const struct h32 *chain,
    const struct h32 *root, size_t root_n, const struct nsm *nsm,
    struct countersign **made);
void countersign_close(struct countersign *c);

#define COUNTERSIGN_ROOTS 8

/* Answers one request of message.h; the reply takes at most MESSAGE_REPLY_MAX
 * bytes.  Returns what the reply says, for a log. */
enum err countersign_answer(struct countersign *c, struct span request,
    struct out *reply);

/* How far the chain is known. */
const struct state *countersign_state(const struct countersign *c);

#endif
