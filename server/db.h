/* SPDX-License-Identifier: ISC */
#ifndef DB_H
#define DB_H

#include "arena.h"
#include "chain/err.h"
#include "chain/span.h"

/*
 * One connection to PostgreSQL.  The db_*.c files are the only ones that know
 * libpq; each has the table of its statements at its top.  All statements are
 * prepared at connect, and PostgreSQL is asked whether the parameter counts
 * are right.  Parameters and results are binary.
 */
struct db;

/* Connects, and prepares all statements.  conninfo is copied.  ERR_DATABASE;
 * ERR_MIGRATION_PENDING: a statement knows what the schema does not;
 * ERR_OUT_OF_MEMORY. */
MUST_USE enum err db_open(const char *conninfo, struct db **db);
void db_close(struct db *db);

/* ERR_DATABASE (class RETRY) when the server cannot be reached; a later call
 * reconnects by itself.  The transaction that was open is then lost whole. */
MUST_USE enum err db_begin(struct db *db);
MUST_USE enum err db_commit(struct db *db);
void db_rollback(struct db *db);
MUST_USE enum err db_ping(struct db *db);
/* How many connections were lost so far, of all of this process. */
uint64_t db_lost(void);

/* The server may start on this database: it loses nothing that it has
 * acknowledged (fsync, full_page_writes, synchronous_commit on or
 * remote_apply).  ERR_DATABASE_UNSAFE, and why names the setting. */
MUST_USE enum err db_safe(struct db *db, char *why, size_t why_n);

#endif
