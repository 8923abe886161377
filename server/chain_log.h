/* SPDX-License-Identifier: ISC */
#ifndef CHAIN_LOG_H
#define CHAIN_LOG_H

#include <jansson.h>

#include "access.h"
#include "db_checkpoint.h"

/* A chain's log as the chain's view shows it. */

/* Adds "log" to the view j of v's chain, whose state is st: {origin,size,
 * witnessed_at,cosigned:[{name,at}],waiting_for:[name],read_only}, or null
 * where there is no log; and "witnesses" to what the open stage waits for while
 * a receipt that is due lacks its checkpoint.  Needs q->db. */
MUST_USE enum err chain_log_put(struct req *q, const struct chain_view *v,
    const struct state *st, json_t *j);

/* What this server asks of a policy beyond the rules: that it can have the
 * chain's checkpoints signed and cosigned.  ERR_WITNESS_UNKNOWN. */
MUST_USE enum err chain_log_policy(struct req *q, struct reply *r,
    const struct h32 *chain, const struct policy *p);

#endif
