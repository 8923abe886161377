/* SPDX-License-Identifier: ISC */
#ifndef CMD_REVOKE_H
#define CMD_REVOKE_H

#include "command.h"

/* The handlers of `encl upgrade revoke` and `encl upgrade endorse`: what
 * people say about a stage. */
MUST_USE enum err cmd_revoke_run(struct cli *c);
MUST_USE enum err cmd_revoke_endorse(struct cli *c);

#endif
