/* SPDX-License-Identifier: ISC */
#ifndef ROLE_H
#define ROLE_H

#include "act.h"

/* What a key may do in a chain, for people whose key does not count.  The
 * rules decide; this only finds the words. */

/* ERR_WOULD_REFUSE, and why, when the key has no part in what a says, whoever
 * else signs; so that no passphrase is asked and nothing touched for it.  OK
 * where there is no chain to tell. */
MUST_USE enum err role_check(const struct act *a, const struct act_key *k);

/* How many control keys, of the policy that decides, have signed or are about
 * to, and how many it takes.  False where control keys alone do not decide, or
 * there is no chain to tell. */
bool role_counted(const struct act *a, unsigned long long *n,
    unsigned long long *takes);

/* Why the signatures of a's keys are not enough, or too many: a sentence about
 * the first of them that counts for less than its owner may think, else about
 * how many there are.  NULL: neither says why. */
const char *role_short(const struct act *a);

#endif
