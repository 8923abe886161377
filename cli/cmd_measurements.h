/* SPDX-License-Identifier: ISC */
#ifndef CMD_MEASUREMENTS_H
#define CMD_MEASUREMENTS_H

#include "command.h"

/* The handler of `encl chain measurements`. */
MUST_USE enum err cmd_measurements_run(struct cli *c);

#endif
