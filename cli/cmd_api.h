/* SPDX-License-Identifier: ISC */
#ifndef CMD_API_H
#define CMD_API_H

#include "command.h"

/* The handler of `encl api METHOD PATH`. */
MUST_USE enum err cmd_api_run(struct cli *c);

#endif
