/* SPDX-License-Identifier: ISC */
#ifndef CMD_REPRODUCE_H
#define CMD_REPRODUCE_H

#include "command.h"

/* The handler of `encl reproduce`. */
MUST_USE enum err cmd_reproduce_run(struct cli *c);

#endif
