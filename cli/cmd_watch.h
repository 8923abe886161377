/* SPDX-License-Identifier: ISC */
#ifndef CMD_WATCH_H
#define CMD_WATCH_H

#include "command.h"

/* The handler of `encl watch`. */
MUST_USE enum err cmd_watch_run(struct cli *c);

#endif
