/* SPDX-License-Identifier: ISC */
#ifndef STATUS_H
#define STATUS_H

#include "chain/err.h"

/* The exit status of a service that keeps keys, by the class of its error. */
int status_of(enum err e);
/* The same, and unless e is OK a line on stderr for whoever called program:
 * why ("" nothing to add), then what e means. */
int status_report(const char *program, enum err e, const char *why);

#endif
