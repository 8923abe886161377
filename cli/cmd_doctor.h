/* SPDX-License-Identifier: ISC */
#ifndef CMD_DOCTOR_H
#define CMD_DOCTOR_H

#include "command.h"

/* The handler of `encl doctor`: checks what the other commands rely on. */
MUST_USE enum err cmd_doctor_run(struct cli *c);

#endif
