/* SPDX-License-Identifier: ISC */
#ifndef CMD_TOKEN_H
#define CMD_TOKEN_H

#include "command.h"

/* The handlers of `encl token ...`. */
MUST_USE enum err cmd_token_create(struct cli *c);
MUST_USE enum err cmd_token_list(struct cli *c);
MUST_USE enum err cmd_token_revoke(struct cli *c);

#endif
