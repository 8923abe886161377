/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_H
#define DELIVER_H

#include "api.h"

/*
 * A signed revocation, to everybody who is named: the chain's server, agents
 * (--agent, and `agents` of .encl.yaml) and mirrors (--mirror).  Whoever has it
 * can act on it, so one that swallows it does no harm.  The signature is the
 * authority: no token goes to anybody but the chain's own server, and agents
 * may be asked without TLS.
 */

/* Somebody beside the server is named. */
bool deliver_asked(const struct cli *c);

/* home: the chain's server, NULL: it is not asked.  Each answer is shown.  OK
 * when at least one took it; else the error of the first. */
MUST_USE enum err deliver_revocation(const struct cli *c,
    const struct conf *home, const struct h32 *chain, struct span statement);

#endif
