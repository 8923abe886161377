/* SPDX-License-Identifier: ISC */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "chain/err.h"
#include "chain/span.h"

/* What the process gives up before it serves. */

/* First of all: no core file, no debugger, no new rights. */
void sandbox_memory(void);

struct sandbox {
	int landlock; /* version of the kernel's, 0: it has none */
	bool seccomp;
};

/* After everything is open: of the file system only this folder, of the
 * system's calls only those that serving needs, over HTTP too when http is
 * set; any other ends the process.  b says what is in force.  ERR_INTERNAL: the
 * kernel has it and refused. */
MUST_USE enum err sandbox_enter(const char *folder, bool http,
    struct sandbox *b);

#endif
