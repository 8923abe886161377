/* SPDX-License-Identifier: ISC */
#ifndef LATE_H
#define LATE_H

#include "access.h"
#include "chain/entry.h"

/*
 * A revocation of a stage that is not open any more.  If it was good under the
 * policy that ruled the stage it is kept beside the chain and served from then
 * on: who holds it knows that the stage is disputed.  why: what the rules said
 * of an append.  OK: kept, r is the answer; else why, or the database's error.
 */
MUST_USE enum err late_revocation(struct req *q, struct reply *r,
    const struct access *a, const struct statement *t,
    const struct revoke *revoke, enum err why);

#endif
