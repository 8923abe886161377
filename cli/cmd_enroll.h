/* SPDX-License-Identifier: ISC */
#ifndef CMD_ENROLL_H
#define CMD_ENROLL_H

#include "command.h"

/* The handler of `encl key enroll`. */
MUST_USE enum err cmd_enroll_run(struct cli *c);

#endif
