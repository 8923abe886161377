/* SPDX-License-Identifier: ISC */
#ifndef APPEND_H
#define APPEND_H

#include "access.h"
#include "chain/entry.h"

/*
 * Appends statement t, which lives as long as q's arena, to the chain: judges
 * it here, signatures and documents included, then gives it to the committer.
 * ERR_LATER: http_finish is called from there.  ERR_WANT_WORKER: on a loop,
 * where only what is in memory, quick and good is done.  OK: r is filled;
 * it was there already (200), or it is a valid revocation that came too late
 * and is kept beside the chain (202).  Errors are those of the rules, with the
 * chain's head and what the caller lacks in r; ERR_TOKEN_MISSING, ERR_SCOPE,
 * ERR_NOT_FOUND for a stage by somebody who may not stage;
 * ERR_DEFINITION_UNKNOWN; ERR_RATE_LIMITED, never for a revoke that
 * is good for the open stage.
 */
MUST_USE enum err append_statement(struct req *q, struct reply *r,
    const struct h32 *chain, struct statement *t);

#endif
