/* SPDX-License-Identifier: ISC */
#ifndef CMD_BUILD_H
#define CMD_BUILD_H

#include "command.h"

/* The handler of `encl build`. */
MUST_USE enum err cmd_build_run(struct cli *c);

#endif
