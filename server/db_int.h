/* SPDX-License-Identifier: ISC */
#ifndef DB_INT_H
#define DB_INT_H

#include <libpq-fe.h>

#include "db.h"

/*
 * What the db_*.c files and the other users of libpq (commit.c, sched.c,
 * notify.c, migrate.c, fsck.c) share.  A statement is a row of a table; its
 * name is unique in the program and `$n` are cast where the type is not plain.
 */
struct db_statement {
	const char *name, *sql;
	int params;
	bool read; /* changes nothing: may be sent again after a reconnect */
};

struct db_statements {
	const struct db_statement *row;
	size_t n;
};

#define DB_STATEMENTS(rows) \
	{ \
		rows, sizeof rows / sizeof *rows \
	}

extern const struct db_statements db_org_statements, db_member_statements,
    db_token_statements, db_enclave_statements, db_definition_statements,
    db_chain_statements, db_entry_statements, db_revocation_statements,
    db_measurement_statements, db_key_statements, db_draft_statements,
    db_task_statements, db_audit_statements, db_idempotency_statements,
    db_append_statements, db_evidence_statements, db_checkpoint_statements,
    db_event_statements, db_webhook_statements, db_delivery_statements,
    db_subscription_statements, db_happening_statements, db_past_statements;

/* A connection of a tool: no prepared statements, no time limits; the schema
 * need not be there. */
MUST_USE enum err db_open_tool(const char *conninfo, struct db **db);
/* As db_open, with further SET statements (a constant) at each connect. */
MUST_USE enum err db_open_tuned(const char *conninfo, const char *settings,
    struct db **db);
PGconn *db_conn(struct db *db);
bool db_in_transaction(const struct db *db);

/* Parameters, in the order of `$1`.  Spans and strings are borrowed. */
#define DB_ARGS 24
struct db_args {
	int n;
	const char *value[DB_ARGS];
	int len[DB_ARGS], format[DB_ARGS];
	uint8_t number[DB_ARGS][8];
};

void db_arg_i64(struct db_args *a, int64_t v);
void db_arg_i32(struct db_args *a, int32_t v);
void db_arg_i16(struct db_args *a, int16_t v);
void db_arg_bool(struct db_args *a, bool v);
void db_arg_bytes(struct db_args *a, struct span s);
void db_arg_h32(struct db_args *a, const struct h32 *h);
void db_arg_text(struct db_args *a, const char *s);
void db_arg_time(struct db_args *a, uint64_t unix_ms);
void db_arg_null(struct db_args *a);
/* 0 as null: an id that may be missing. */
void db_arg_id(struct db_args *a, int64_t v);

/* Text that the database sends and takes as such, for the few statements
 * that are not worth a prepared name. */
MUST_USE enum err db_query(struct db *db, const char *sql, PGresult **r);

/* A statement that was not prepared; its name is not used. */
MUST_USE enum err db_exec_once(struct db *db, const struct db_statement *s,
    const struct db_args *a);

#define DB_EPOCH_MS INT64_C(946684800000) /* 2000-01-01 */
/* PostgreSQL's microseconds since 2000 as Unix ms, and back. */
int64_t db_arg_micros(uint64_t unix_ms);
/* v as n bytes, big-endian. */
void db_arg_be(uint8_t *p, uint64_t v, size_t n);

/* Arrays of one dimension, written into a buffer that grows and is used again:
 * begin, one put an element, end; then an ordinary parameter. */
enum db_type { /* type OIDs that PostgreSQL never changes */
	DB_TYPE_BOOL = 16,
	DB_TYPE_BYTEA = 17,
	DB_TYPE_I64 = 20,
	DB_TYPE_I16 = 21,
	DB_TYPE_I32 = 23,
	DB_TYPE_TEXT = 25,
	DB_TYPE_TIME = 1184
};

struct db_array {
	uint8_t *p;
	size_t n, cap;
	uint32_t items;
	bool failed; /* no memory: db_arg_array makes the call fail */
	bool nulls;
};

void db_array_begin(struct db_array *y, enum db_type type);
void db_array_bytes(struct db_array *y, struct span s);
void db_array_i64(struct db_array *y, int64_t v);
void db_array_i32(struct db_array *y, int32_t v);
void db_array_i16(struct db_array *y, int16_t v);
void db_array_time(struct db_array *y, uint64_t unix_ms);
void db_array_null(struct db_array *y);
/* An array of these hashes, from its begin. */
void db_array_hashes(struct db_array *y, const struct h32 *h, size_t n);
/* The parameter, once all is in it; false: no memory. */
bool db_array_end(struct db_array *y, struct span *s);
void db_array_free(struct db_array *y);
void db_arg_array(struct db_args *a, struct db_array *y);

/*
 * Results.  A result is taken and released in one function:
 *	DB_RESULT r = NULL;
 *	TRY(db_exec(db, &rows[FIND], &a, &r));
 */
void db_get_free(PGresult **r);
#define DB_RESULT __attribute__((cleanup(db_get_free))) PGresult *

/* Runs a statement.  ERR_DATABASE, ERR_DISK_FULL, ERR_BUSY (a time limit or a
 * deadlock), ERR_DATABASE_CONSTRAINT: then db_violated tells which. */
MUST_USE enum err db_exec(struct db *db, const struct db_statement *s,
    const struct db_args *a, PGresult **r);
/* The same for one that finds something: ERR_NOT_FOUND without a row. */
MUST_USE enum err db_find(struct db *db, const struct db_statement *s,
    const struct db_args *a, PGresult **r);
/* db_exec for a list in the order of ids, whose statement takes the
 * organisation, the id to go on after, and how many. */
MUST_USE enum err db_list(struct db *db, const struct db_statement *s,
    int64_t org, int64_t after, size_t limit, PGresult **r);
/* db_exec for one that answers nothing of interest; *rows (may be NULL) is
 * how many rows it touched. */
MUST_USE enum err db_do(struct db *db, const struct db_statement *s,
    const struct db_args *a, uint64_t *rows);
/* The last refusal came from the constraint of this name. */
bool db_violated(const struct db *db, const char *constraint);

size_t db_get_rows(const PGresult *r);
bool db_get_null(const PGresult *r, size_t row, int col);
int64_t db_get_i64(const PGresult *r, size_t row, int col);
int32_t db_get_i32(const PGresult *r, size_t row, int col);
bool db_get_bool(const PGresult *r, size_t row, int col);
/* Unix ms; 0 for null. */
uint64_t db_get_time(const PGresult *r, size_t row, int col);
/* Borrowed from r. */
struct span db_get_bytes(const PGresult *r, size_t row, int col);
/* A value of another size is a bug of ours: ERR_INTERNAL. */
MUST_USE enum err db_get_h32(const PGresult *r, size_t row, int col,
    struct h32 *h);
/* Copies.  ERR_OUT_OF_MEMORY. */
MUST_USE enum err db_get_copy(struct arena *a, const PGresult *r, size_t row,
    int col, struct span *s);
MUST_USE enum err db_get_text(struct arena *a, const PGresult *r, size_t row,
    int col, const char **s);
/* n rows of a struct.  ERR_OUT_OF_MEMORY. */
#define DB_NEW(a, n, out) \
	((n) == 0 ? (*(out) = NULL, OK) \
		  : ((*(out) = arena_new((a), (n) * sizeof **(out))) \
			    ? OK \
			    : ERR_OUT_OF_MEMORY))

#endif
