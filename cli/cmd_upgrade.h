/* SPDX-License-Identifier: ISC */
#ifndef CMD_UPGRADE_H
#define CMD_UPGRADE_H

#include "command.h"

/* The handlers of `encl upgrade list|show|diff|wait`: what the verified chain
 * says about its stages. */
MUST_USE enum err cmd_upgrade_list(struct cli *c);
MUST_USE enum err cmd_upgrade_show(struct cli *c);
MUST_USE enum err cmd_upgrade_diff(struct cli *c);
MUST_USE enum err cmd_upgrade_wait(struct cli *c);

#endif
