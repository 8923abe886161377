/* SPDX-License-Identifier: ISC */
#ifndef CMD_VERSION_H
#include "command.h"

/* The handler of `encl version`. */
MUST_USE enum err cmd_version_run(struct cli *c);

#endif
