/* SPDX-License-Identifier: ISC */
#ifndef IDEM_H
#define IDEM_H

#include "reply.h"

/*
 * The transaction of a request that changes something.  With an
 * Idempotency-Key the answer is kept in the same transaction, so a retry gets
 * it and changes nothing.  A request that fails keeps nothing.
 */

/* Begins.  *again: it was done before, r is the answer that was given then,
 * and nothing is open.  ERR_IDEMPOTENCY_CONFLICT, ERR_HTTP_HEADER (a key that
 * is none). */
MUST_USE enum err idem_begin(struct req *q, struct reply *r, bool *again);
/* Ends with what the change came to: e OK keeps r and commits; anything else
 * rolls back and is returned. */
MUST_USE enum err idem_end(struct req *q, struct reply *r, enum err e);

/*
 * For appends, whose transaction is the committer's: the statement is kept
 * under the key before it is handed over, so a retry hands over the same
 * bytes, and the chain itself tells that they are there.  statement: what this
 * call made; the answer is that, or what an earlier call made (in the arena).
 */
MUST_USE enum err idem_statement(struct req *q, struct span *statement);
/* What an earlier call with this key kept (in the arena); *is false: there is
 * none, or no key.  ERR_IDEMPOTENCY_CONFLICT. */
MUST_USE enum err idem_earlier(struct req *q, bool *is, struct span *statement);

#endif
