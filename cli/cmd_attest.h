/* SPDX-License-Identifier: ISC */
#ifndef CMD_ATTEST_H
#define CMD_ATTEST_H

#include "command.h"

/* The handler of `encl attest verify`. */
MUST_USE enum err cmd_attest_verify(struct cli *c);

#endif
