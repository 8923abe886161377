/* SPDX-License-Identifier: ISC */
#ifndef CMD_CHAIN_VERIFY_H
#define CMD_CHAIN_VERIFY_H

#include "command.h"

/* No network, no configuration.  Whatever makes a chain fail is
 * ERR_CHAIN_REFUSED, so that the exit code is 3. */
MUST_USE enum err cmd_chain_verify_run(struct cli *c);

#endif
