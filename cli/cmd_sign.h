/* SPDX-License-Identifier: ISC */
#ifndef CMD_SIGN_H
#define CMD_SIGN_H

#include "command.h"

/* The handlers of `encl upgrade sign` and `encl upgrade submit`: statements
 * that several people sign, as files or as drafts on the server. */
MUST_USE enum err cmd_sign_run(struct cli *c);
MUST_USE enum err cmd_sign_submit(struct cli *c);

#endif
