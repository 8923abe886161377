/* SPDX-License-Identifier: ISC */
#ifndef POLICY_MAKE_H
#define POLICY_MAKE_H

#include <jansson.h>

#include "chain/policy.h"
#include "command.h"

/* Policies from the command line.  What they borrow lives as long as the
 * command.  Whether a policy is sound is for the rules to say. */

/* The first policy of a chain: options, then the definition's `upgrade`
 * section, then defaults: a majority of the control keys, 48 hours, PCR 0, 1
 * and 2.  without keys: ERR_USAGE. */
MUST_USE enum err policy_make_first(const struct cli *c,
    const json_t *definition, struct policy *p);

/* *p holds a copy of the policy in force; changes it as the options say.
 * ERR_USAGE when they change nothing. */
MUST_USE enum err policy_make_next(const struct cli *c, struct policy *p);

/* One of these options names a guardian's key by a reference that opens where a
 * control key of the other, or of --key, opens as well: on this machine, or in
 * the server. */
bool policy_make_together(const struct cli *c, const char *guardians,
    const char *control);

#endif
