/* SPDX-License-Identifier: ISC */
#ifndef CMD_KEY_ATTEST_H
#define CMD_KEY_ATTEST_H

#include "command.h"

/* `encl key attest`. */
MUST_USE enum err cmd_key_attest(struct cli *c);

#endif
