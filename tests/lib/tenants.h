/* SPDX-License-Identifier: ISC */
#ifndef TENANTS_H
#define TENANTS_H

#include "chain/hash.h"
#include "server/arena.h"
#include "tests/lib/database.h"

/* A test's own two organisations, on a database that it shares with others. */
struct tenants {
	struct server server;
	struct db *db; /* as the application */
	struct arena *arena;
	unsigned unique; /* for names: no other process has it */
	int64_t org, other;
};

/* The database is postgres_app's, migrated. */
void tenants_begin(struct tenants *t);
void tenants_end(struct tenants *t);
/* A hash that follows from s, and that no other process has. */
struct h32 tenants_hash(const struct tenants *t, const char *s);

#endif
