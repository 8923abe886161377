/* SPDX-License-Identifier: ISC */
#ifndef MAN_H
#define MAN_H

#include "command.h"

/* The handler of the hidden `encl man DIR`: encl.1 and a page for each command
 * into DIR, in mdoc. */
MUST_USE enum err man_run(struct cli *c);

#endif
