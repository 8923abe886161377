/* SPDX-License-Identifier: ISC */
#ifndef CMD_MEASURE_H
#define CMD_MEASURE_H

#include "command.h"

/* The handler of `encl measure`. */
MUST_USE enum err cmd_measure_run(struct cli *c);

#endif
