/* SPDX-License-Identifier: ISC */
#ifndef CMD_POLICY_H
#define CMD_POLICY_H

#include "command.h"

/* The handler of `encl policy show`. */
MUST_USE enum err cmd_policy_show(struct cli *c);

#endif
