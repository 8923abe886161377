/* SPDX-License-Identifier: ISC */
#ifndef CMD_LOGIN_H
#define CMD_LOGIN_H

#include "command.h"

/* The handlers of `encl login`, `encl context ...` and `encl whoami`. */
MUST_USE enum err cmd_login_run(struct cli *c);
MUST_USE enum err cmd_login_context_list(struct cli *c);
MUST_USE enum err cmd_login_context_use(struct cli *c);
MUST_USE enum err cmd_login_context_show(struct cli *c);
MUST_USE enum err cmd_login_whoami(struct cli *c);

#endif
