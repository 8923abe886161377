/* SPDX-License-Identifier: ISC */
#ifndef CMD_STAGE_H
#define CMD_STAGE_H

#include "act.h"

/* The handlers of `encl upgrade stage` and `encl policy stage`. */
MUST_USE enum err cmd_stage_release(struct cli *c);
MUST_USE enum err cmd_stage_policy(struct cli *c);

/* The end of every signing command: --sign-only writes the statement, --draft
 * leaves it on the server, otherwise it is sent; then the answer is printed.
 * *sent: it is in the chain. */
MUST_USE enum err cmd_stage_finish(struct cli *c, struct act *a, bool *sent);

/* Prints what the server answered to an append. */
MUST_USE enum err cmd_stage_answer(struct cli *c, const struct act *a,
    json_t *j);

/* After act_sign said e: where one of several keys failed, what the others
 * signed goes to the file of --sign-only, or it is said that it is lost.
 * Returns e. */
MUST_USE enum err cmd_stage_kept(struct cli *c, struct act *a, enum err e);

#endif
