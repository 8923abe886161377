/* SPDX-License-Identifier: ISC */
#ifndef CMD_LIVE_H
#define CMD_LIVE_H

#include "command.h"

/* The handler of `encl attest live`. */
MUST_USE enum err cmd_live_run(struct cli *c);

#endif
