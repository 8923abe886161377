/* SPDX-License-Identifier: ISC */
#ifndef CMD_VERSION_H
#define CMD_VERSION_H

#include "command.h"

#define CMD_VERSION "0.1.0"

/* The handler of `encl version`. */
MUST_USE enum err cmd_version_run(struct cli *c);

#endif
