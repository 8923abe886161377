/* SPDX-License-Identifier: ISC */
#ifndef CMD_CHAIN_H
#define CMD_CHAIN_H

#include "command.h"

/* The handlers of `encl chain show|head|export|pin`.
 * `chain verify` is cmd_chain_verify_run. */
MUST_USE enum err cmd_chain_show(struct cli *c);
MUST_USE enum err cmd_chain_head(struct cli *c);
MUST_USE enum err cmd_chain_export(struct cli *c);
MUST_USE enum err cmd_chain_pin(struct cli *c);

#endif
