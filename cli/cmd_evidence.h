/* SPDX-License-Identifier: ISC */
#ifndef CMD_EVIDENCE_H
#define CMD_EVIDENCE_H

#include "command.h"

/* `encl key publish-evidence`. */
MUST_USE enum err cmd_evidence_publish(struct cli *c);

#endif
