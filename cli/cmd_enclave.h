/* SPDX-License-Identifier: ISC */
#ifndef CMD_ENCLAVE_H
#define CMD_ENCLAVE_H

#include "command.h"

/* The handlers of `encl enclave ...`. */
MUST_USE enum err cmd_enclave_create(struct cli *c);
MUST_USE enum err cmd_enclave_list(struct cli *c);
MUST_USE enum err cmd_enclave_show(struct cli *c);

#endif
