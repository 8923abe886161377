/* SPDX-License-Identifier: ISC */
#ifndef POLICY_WITNESS_H
#define POLICY_WITNESS_H

#include "chain/policy.h"
#include "command.h"

/*
 * The witnesses of a policy from the command line: --witness, --log and
 * --witness-threshold.  A witness is its verifier key, NAME+HEX+BASE64, or the
 * name of one that the server says it can reach; without --log the log is the
 * one that the server says is its own.  The server proposes, the screen shows
 * it, and the keys that sign decide.
 */

/* Those of a first policy: none without --witness; else a majority of them. */
MUST_USE enum err policy_witness_first(const struct cli *c, struct policy *p);
/* Changes those in force: --witness says all of them anew, --no-witnesses that
 * there are none. */
MUST_USE enum err policy_witness_next(const struct cli *c, struct policy *p,
    bool *changed);

/* "w1.example.org": the name in a verifier key; for people. */
struct span policy_witness_name(struct span vkey);
/* Who runs it, as far as its name tells: "example.org". */
struct span policy_witness_operator(struct span vkey);
/* The log of a chain as a verifier key, NAME/CHAIN+HEX+BASE64; NULL: the
 * policy names none. */
const char *policy_witness_log(const struct policy *p, const struct h32 *chain);

#endif
