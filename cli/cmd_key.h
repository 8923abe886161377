/* SPDX-License-Identifier: ISC */
#ifndef CMD_KEY_H
#define CMD_KEY_H

#include "command.h"

/* The handlers of `encl key ...`. */
MUST_USE enum err cmd_key_generate(struct cli *c);
MUST_USE enum err cmd_key_list(struct cli *c);
MUST_USE enum err cmd_key_recover(struct cli *c);
MUST_USE enum err cmd_key_renew(struct cli *c);
MUST_USE enum err cmd_key_show(struct cli *c);

#endif
