/* SPDX-License-Identifier: ISC */
#ifndef CMD_CHECKPOINT_H
#define CMD_CHECKPOINT_H

#include "command.h"

/* `encl chain checkpoint` and `encl chain split`. */
MUST_USE enum err cmd_checkpoint_run(struct cli *c);
MUST_USE enum err cmd_checkpoint_split(struct cli *c);

#endif
