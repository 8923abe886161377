/* SPDX-License-Identifier: ISC */
#ifndef CMD_DIALECT_H
#define CMD_DIALECT_H

#include "command.h"

/* The handlers of `encl enclave definition import`, and so on. */
MUST_USE enum err cmd_dialect_import(struct cli *c);
MUST_USE enum err cmd_dialect_export(struct cli *c);
MUST_USE enum err cmd_dialect_lint(struct cli *c);
MUST_USE enum err cmd_dialect_diff(struct cli *c);

#endif
