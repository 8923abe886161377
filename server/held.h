/* SPDX-License-Identifier: ISC */
#ifndef HELD_H
#define HELD_H

#include <jansson.h>

#include "chain/entry.h"
#include "reply.h"

/* Signatures by keys that the server holds for the caller's organisation. */

/* Adds to t, whose payload is of this chain (NULL for a genesis), the
 * signatures of the keys with these names (an array of names, or NULL for
 * none) that did not sign yet.  Nothing is verified here.  ERR_NOT_FOUND with
 * the name, ERR_KEYS_OFF, ERR_SIGNER (nobody is there to sign),
 * ERR_RATE_LIMITED, ERR_PROOF_SURPLUS (too many), or why the signer refuses,
 * which is mostly what the chain's judge says. */
MUST_USE enum err held_sign(struct req *q, struct reply *r,
    const struct h32 *chain, const json_t *names, struct statement *t);
/* A retry: appends what an earlier call with this Idempotency-Key made.  OK
 * with *is false when there was none; else as append_statement. */
MUST_USE enum err held_retry(struct req *q, struct reply *r,
    const struct h32 *chain, bool *is);
/* Signs as above, then appends t.  With an Idempotency-Key a retry appends what
 * the first call made.  As append_statement. */
MUST_USE enum err held_append(struct req *q, struct reply *r,
    const struct h32 *chain, const json_t *names, struct statement *t);

#endif
