/* SPDX-License-Identifier: ISC */
#ifndef CMD_DEFINITION_H
#define CMD_DEFINITION_H

#include "command.h"

/* The handlers of `encl enclave definition ...`. */
MUST_USE enum err cmd_definition_list(struct cli *c);
MUST_USE enum err cmd_definition_show(struct cli *c);
MUST_USE enum err cmd_definition_push(struct cli *c);

#endif
