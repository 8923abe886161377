/* SPDX-License-Identifier: ISC */
#ifndef MIGRATE_H
#define MIGRATE_H

#include <stdio.h>

#include "chain/err.h"
#include "chain/span.h"

/*
 * The numbered files of sql/, which are part of the program.  Only forward:
 * each is applied once, in order, in a transaction of its own.
 */

/* Applies what is missing, under a lock, so that two may run at once.  One
 * line a file to out.  ERR_MIGRATION_CHANGED: a file that was applied reads
 * differently now, or the database has one that this program does not know. */
MUST_USE enum err migrate_run(const char *conninfo, FILE *out);
/* Changes nothing.  ERR_MIGRATION_PENDING when something is missing. */
MUST_USE enum err migrate_check(const char *conninfo, FILE *out);

#endif
