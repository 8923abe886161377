/* SPDX-License-Identifier: ISC */
#include "migrate.h"

#include <stdlib.h>

#include "chain/hash.h"
#include "chain/text.h"
#include "db_int.h"
#include "migrate_files.h"

/* "encl" as a number: who else migrates this database waits for us. */
#define LOCK "SELECT pg_advisory_lock(1701733228)"

static int
version_of(const struct migrate_file *f)
{
	return atoi(f->name);
}

static enum err
run(struct db *db, const char *sql)
{
	DB_RESULT r = NULL;

	return db_query(db, sql, &r);
}

/* Whether row i of what was applied is file i. */
static enum err
same(const PGresult *r, int i, FILE *out)
{
	const struct migrate_file *f = &migrate_files[i];
	char hex[65];
	struct out o = out_of(hex, sizeof hex);
	struct h32 h;

	TRY(hash_sha256(f->text, &h));
	text_hex(&o, h32_span(&h));
	if (atoi(PQgetvalue(r, i, 0)) == version_of(f) &&
	    strcmp(PQgetvalue(r, i, 1), hex) == 0)
		return OK;
	fprintf(out, "%s differs from what was applied\n", f->name);
	return ERR_MIGRATION_CHANGED;
}

/* How many of the files were applied. */
static enum err
applied(struct db *db, FILE *out, size_t *n)
{
	DB_RESULT there = NULL;
	DB_RESULT r = NULL;

	*n = 0;
	TRY(db_query(db, "SELECT to_regclass('encl.migration') IS NOT NULL",
	    &there));
	if (PQgetvalue(there, 0, 0)[0] != 't')
		return OK;
	TRY(db_query(db,
	    "SELECT version, encode(sha256, 'hex') FROM encl.migration"
	    " ORDER BY version",
	    &r));
	*n = (size_t)PQntuples(r);
	if (*n > migrate_files_n) {
		fprintf(out, "the database is newer than this program\n");
		return ERR_MIGRATION_CHANGED;
	}
	for (size_t i = 0; i < *n; i++)
		TRY(same(r, (int)i, out));
	return OK;
}

static enum err
note(struct db *db, const struct migrate_file *f)
{
	char sql[200], hex[65];
	struct out o = out_of(hex, sizeof hex);
	struct h32 h;

	TRY(hash_sha256(f->text, &h));
	text_hex(&o, h32_span(&h));
	snprintf(sql, sizeof sql,
	    "INSERT INTO encl.migration (version, sha256)"
	    " VALUES (%d, decode('%s', 'hex'))",
	    version_of(f), hex);
	return run(db, sql);
}

static enum err
apply(struct db *db, const struct migrate_file *f)
{
	char *text = malloc(f->text.n + 1);
	enum err e;

	if (!text)
		return ERR_OUT_OF_MEMORY;
	memcpy(text, f->text.p, f->text.n);
	text[f->text.n] = '\0';
	e = run(db, text);
	free(text);
	return e == OK ? note(db, f) : e;
}

/* The first file makes the owner and becomes it; the others begin as it. */
static enum err
apply_alone(struct db *db, const struct migrate_file *f, bool first)
{
	enum err e;

	TRY(db_begin(db));
	e = first ? OK : run(db, "SET LOCAL ROLE encl_owner");
	if (e == OK)
		e = apply(db, f);
	if (e == OK)
		return db_commit(db);
	db_rollback(db);
	return e;
}

static enum err
run_on(struct db *db, FILE *out)
{
	size_t n;

	TRY(run(db, LOCK));
	TRY(applied(db, out, &n));
	for (size_t i = n; i < migrate_files_n; i++) {
		enum err e = apply_alone(db, &migrate_files[i], i == 0);

		fprintf(out, "%s %s\n", migrate_files[i].name,
		    e == OK ? "applied" : "failed");
		TRY(e);
	}
	return OK;
}

static enum err
check_on(struct db *db, FILE *out)
{
	size_t n;

	TRY(applied(db, out, &n));
	for (size_t i = n; i < migrate_files_n; i++)
		fprintf(out, "%s is missing\n", migrate_files[i].name);
	return n == migrate_files_n ? OK : ERR_MIGRATION_PENDING;
}

static enum err
with(const char *conninfo, FILE *out, enum err (*f)(struct db *db, FILE *out))
{
	struct db *db;
	enum err e;

	TRY(db_open_tool(conninfo, &db));
	e = f(db, out);
	db_close(db);
	return e;
}

enum err
migrate_run(const char *conninfo, FILE *out)
{
	return with(conninfo, out, run_on);
}

enum err
migrate_check(const char *conninfo, FILE *out)
{
	return with(conninfo, out, check_on);
}
