/* SPDX-License-Identifier: ISC */
#ifndef RUN_H
#define RUN_H

#include "chain/err.h"
#include "settings.h"

/* `encld run`: starts everything, says READY to who started it, and ends on
 * SIGTERM or SIGINT.  why: what kept it from starting. */
MUST_USE enum err run_server(const struct settings *s, char *why, size_t why_n);

#endif
