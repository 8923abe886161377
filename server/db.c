/* SPDX-License-Identifier: ISC */
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "db_int.h"
#include "log.h"
#include "system/clock.h"

/* The database itself ends a statement after 5 s; a connection that says
 * nothing for longer than this is gone. */
#define ANSWER_MS 15000
#define AGAIN_MS 200

struct db {
	PGconn *conn;
	bool tool;
	const char *settings;      /* further ones, or NULL */
	bool in_transaction, lost; /* lost: within the transaction */
	int64_t failed_at;         /* monotonic ms of the last failed connect */
	char constraint[64];
	char conninfo[];
};

static _Atomic uint64_t lost_ever;

static const struct db_statements *const tables[] = { &db_org_statements,
	&db_member_statements, &db_token_statements, &db_enclave_statements,
	&db_definition_statements, &db_chain_statements, &db_entry_statements,
	&db_revocation_statements, &db_measurement_statements,
	&db_key_statements, &db_draft_statements, &db_task_statements,
	&db_audit_statements, &db_idempotency_statements, &db_append_statements,
	&db_evidence_statements, &db_checkpoint_statements,
	&db_event_statements, &db_webhook_statements, &db_delivery_statements,
	&db_subscription_statements, &db_happening_statements,
	&db_past_statements };

/* The primary message names tables and constraints; values stand in DETAIL,
 * which stays with PostgreSQL. */
static void
complain(const struct db *db, const PGresult *r)
{
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
	const char *text =
	    r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	char line[256];

	if (!text)
		text = PQerrorMessage(db->conn);
	snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
	log_event(LOG_LEVEL_ERROR, NULL, "database refuses or is gone",
	    LOG_TEXT("sqlstate", state ? state : ""), LOG_TEXT("text", line));
}

static enum err
of_sqlstate(const char *s)
{
	if (!s || !strncmp(s, "08", 2) || !strncmp(s, "57P", 3))
		return ERR_DATABASE;
	if (!strcmp(s, "53100"))
		return ERR_DISK_FULL;
	if (!strncmp(s, "53", 2) || !strcmp(s, "25006"))
		return ERR_DATABASE; /* no memory, no slots, read-only */
	if (!strcmp(s, "57014") || !strcmp(s, "55P03") || !strncmp(s, "40", 2))
		return ERR_BUSY;
	if (!strncmp(s, "23", 2))
		return ERR_DATABASE_CONSTRAINT;
	if (!strcmp(s, "3F000") || !strcmp(s, "42P01") || !strcmp(s, "42703") ||
	    !strcmp(s, "42883"))
		return ERR_MIGRATION_PENDING;
	return ERR_INTERNAL;
}

static enum err
judge(struct db *db, const PGresult *r)
{
	ExecStatusType st = PQresultStatus(r);
	const char *name;
	enum err e;

	if (st == PGRES_TUPLES_OK || st == PGRES_COMMAND_OK ||
	    st == PGRES_COPY_OUT)
		return OK;
	db->constraint[0] = '\0';
	if (PQstatus(db->conn) != CONNECTION_OK) {
		complain(db, r);
		return ERR_DATABASE;
	}
	e = of_sqlstate(PQresultErrorField(r, PG_DIAG_SQLSTATE));
	name = PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME);
	if (name)
		snprintf(db->constraint, sizeof db->constraint, "%s", name);
	if (e != ERR_DATABASE_CONSTRAINT)
		complain(db, r);
	return e;
}

static void
lose(struct db *db)
{
	if (!db->conn)
		return;
	atomic_fetch_add(&lost_ever, 1);
	PQfinish(db->conn);
	db->conn = NULL;
}

uint64_t
db_lost(void)
{
	return atomic_load(&lost_ever);
}

/* One result, or NULL with the connection closed for good. */
static PGresult *
await(struct db *db)
{
	int64_t until = (int64_t)clock_steady_ms() + ANSWER_MS;

	for (;;) {
		struct pollfd f = { PQsocket(db->conn), POLLIN, 0 };
		int flushed = PQflush(db->conn);
		int64_t left = until - (int64_t)clock_steady_ms();

		if (flushed < 0)
			return NULL;
		if (flushed > 0)
			f.events = POLLIN | POLLOUT;
		else if (!PQisBusy(db->conn))
			return PQgetResult(db->conn);
		if (db->tool)
			left = ANSWER_MS;
		if (left <= 0 || f.fd < 0)
			return NULL;
		poll(&f, 1, (int)left);
		if (f.revents && !PQconsumeInput(db->conn))
			return NULL;
	}
}

/* The answer to one statement: its last result.  The rest of the protocol is
 * read to its end, so that the connection is free again. */
static enum err
answer(struct db *db, PGresult **r)
{
	PGresult *last = NULL, *next;
	PGTransactionStatusType state;

	while ((next = await(db))) {
		PQclear(last);
		last = next;
		if (PQstatus(db->conn) != CONNECTION_OK)
			break;
	}
	/* A result is not yet a commit: that is known only when the server has
	 * said that it is ready again. */
	state = PQtransactionStatus(db->conn);
	if (!last || state == PQTRANS_ACTIVE || state == PQTRANS_UNKNOWN) {
		complain(db, NULL);
		PQclear(last);
		lose(db);
		return ERR_DATABASE;
	}
	*r = last;
	return judge(db, last);
}

static enum err
send_prepares(struct db *db)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (size_t k = 0; k < tables[i]->n; k++) {
			const struct db_statement *s = &tables[i]->row[k];

			if (!PQsendPrepare(db->conn, s->name, s->sql, 0,
				NULL) ||
			    !PQsendDescribePrepared(db->conn, s->name))
				return ERR_DATABASE;
		}
	return PQpipelineSync(db->conn) ? OK : ERR_DATABASE;
}

static enum err
check_prepare(struct db *db, const struct db_statement *s)
{
	for (int part = 0; part < 2; part++) {
		DB_RESULT r = await(db);
		PGresult *end;

		if (!r)
			return ERR_DATABASE;
		TRY(judge(db, r));
		if (part == 1 && PQnparams(r) != s->params) {
			log_event(LOG_LEVEL_ERROR, NULL,
			    "a statement takes other parameters",
			    LOG_TEXT("statement", s->name),
			    LOG_NUMBER("takes", PQnparams(r)),
			    LOG_NUMBER("given", s->params));
			return ERR_INTERNAL;
		}
		end = await(db); /* the NULL that parts results */
		if (end)
			PQclear(end);
	}
	return OK;
}

/* All in one round trip. */
static enum err
prepare(struct db *db)
{
	PGresult *sync;

	if (!PQenterPipelineMode(db->conn))
		return ERR_DATABASE;
	TRY(send_prepares(db));
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (size_t k = 0; k < tables[i]->n; k++)
			TRY(check_prepare(db, &tables[i]->row[k]));
	sync = await(db);
	PQclear(sync);
	return PQexitPipelineMode(db->conn) ? OK : ERR_DATABASE;
}

static enum err
set_up(struct db *db)
{
	static const char serve[] =
	    "SET search_path = encl, pg_temp; SET timezone = 'UTC';"
	    "SET statement_timeout = '5s'; SET lock_timeout = '4s';"
	    "SET idle_in_transaction_session_timeout = '5s';"
	    "SET default_transaction_isolation = 'read committed';"
	    "SET jit = off";
	static const char tool[] =
	    "SET search_path = encl, pg_temp; SET timezone = 'UTC';"
	    "SET statement_timeout = 0; SET jit = off";
	DB_RESULT r = NULL;

	if (PQsetnonblocking(db->conn, 1) != 0)
		return ERR_DATABASE;
	TRY(db_query(db, db->tool ? tool : serve, &r));
	db_get_free(&r);
	if (db->settings)
		TRY(db_query(db, db->settings, &r));
	return db->tool ? OK : prepare(db);
}

static void
no_notice(void *ctx, const PGresult *r)
{
	(void)ctx;
	(void)r;
}

/* PostgreSQL hung up while nothing was asked: seen here, before a statement
 * that must not be sent twice is lost to it. */
static bool
hung_up(struct db *db)
{
	struct pollfd f = { PQsocket(db->conn), POLLIN, 0 };

	if (PQtransactionStatus(db->conn) != PQTRANS_IDLE)
		return false;
	while (poll(&f, 1, 0) == 1)
		if (!PQconsumeInput(db->conn))
			return true;
	return false;
}

/* The connection stands, or is made anew now. */
static enum err
reach(struct db *db)
{
	/* Who only listens learns from keepalives that the other side went
	 * without a word. */
	const char *const names[] = { "connect_timeout", "application_name",
		"client_encoding", "tcp_user_timeout", "keepalives_idle",
		"keepalives_interval", "keepalives_count", "dbname", NULL };
	const char *const values[] = { "3", "encld", "UTF8", "15000", "5", "5",
		"2", db->conninfo, NULL };
	enum err e;

	if (db->conn && PQstatus(db->conn) == CONNECTION_OK && !hung_up(db))
		return OK;
	if (db->failed_at &&
	    (int64_t)clock_steady_ms() - db->failed_at < AGAIN_MS)
		return ERR_DATABASE;
	lose(db);
	/* expand_dbname: what conninfo says wins over the defaults before. */
	db->conn = PQconnectdbParams(names, values, 1);
	if (!db->conn)
		return ERR_OUT_OF_MEMORY;
	PQsetNoticeReceiver(db->conn, no_notice, NULL);
	if (PQstatus(db->conn) != CONNECTION_OK) {
		complain(db, NULL);
		e = ERR_DATABASE;
	} else {
		e = set_up(db);
	}
	if (e != OK) {
		PQfinish(db->conn);
		db->conn = NULL;
		db->failed_at = (int64_t)clock_steady_ms();
		return e;
	}
	db->failed_at = 0;
	return OK;
}

static enum err
open_as(const char *conninfo, bool tool, const char *settings, struct db **db)
{
	size_t n = strlen(conninfo) + 1;
	enum err e;

	*db = calloc(1, sizeof **db + n);
	if (!*db)
		return ERR_OUT_OF_MEMORY;
	memcpy((*db)->conninfo, conninfo, n);
	(*db)->tool = tool;
	(*db)->settings = settings;
	e = reach(*db);
	if (e != OK) {
		db_close(*db);
		*db = NULL;
	}
	return e;
}

enum err
db_open(const char *conninfo, struct db **db)
{
	return open_as(conninfo, false, NULL, db);
}

enum err
db_open_tuned(const char *conninfo, const char *settings, struct db **db)
{
	return open_as(conninfo, false, settings, db);
}

enum err
db_open_tool(const char *conninfo, struct db **db)
{
	return open_as(conninfo, true, NULL, db);
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	PQfinish(db->conn);
	free(db);
}

PGconn *
db_conn(struct db *db)
{
	return db->conn;
}

bool
db_in_transaction(const struct db *db)
{
	return db->in_transaction;
}

enum err
db_query(struct db *db, const char *sql, PGresult **r)
{
	if (!PQsendQuery(db->conn, sql))
		return ERR_DATABASE;
	return answer(db, r);
}

static enum err
exec_once(struct db *db, const struct db_statement *s, const struct db_args *a,
    PGresult **r)
{
	TRY(reach(db));
	if (!PQsendQueryPrepared(db->conn, s->name, a->n, a->value, a->len,
		a->format, 1))
		return ERR_DATABASE;
	return answer(db, r);
}

enum err
db_exec(struct db *db, const struct db_statement *s, const struct db_args *a,
    PGresult **r)
{
	enum err e;

	for (int i = 0; i < a->n; i++)
		if (a->format[i] < 0)
			return ERR_OUT_OF_MEMORY;
	if (db->in_transaction && db->lost)
		return ERR_DATABASE;
	e = exec_once(db, s, a, r);
	if (e != ERR_DATABASE || (db->conn && PQstatus(db->conn) == 0))
		return e;
	/* The connection is gone, perhaps since long ago. */
	db->lost = db->in_transaction;
	if (db->in_transaction || !s->read)
		return e;
	db_get_free(r);
	return exec_once(db, s, a, r);
}

enum err
db_find(struct db *db, const struct db_statement *s, const struct db_args *a,
    PGresult **r)
{
	TRY(db_exec(db, s, a, r));
	return db_get_rows(*r) ? OK : ERR_NOT_FOUND;
}

enum err
db_list(struct db *db, const struct db_statement *s, int64_t org, int64_t after,
    size_t limit, PGresult **r)
{
	struct db_args p = { 0 };

	db_arg_i64(&p, org);
	db_arg_i64(&p, after);
	db_arg_i64(&p, (int64_t)limit);
	return db_exec(db, s, &p, r);
}

enum err
db_do(struct db *db, const struct db_statement *s, const struct db_args *a,
    uint64_t *rows)
{
	DB_RESULT r = NULL;

	TRY(db_exec(db, s, a, &r));
	if (rows)
		*rows = strtoull(PQcmdTuples(r), NULL, 10);
	return OK;
}

enum err
db_exec_once(struct db *db, const struct db_statement *s,
    const struct db_args *a)
{
	DB_RESULT r = NULL;

	if (!PQsendQueryParams(db->conn, s->sql, a->n, NULL, a->value, a->len,
		a->format, 1))
		return ERR_DATABASE;
	return answer(db, &r);
}

bool
db_violated(const struct db *db, const char *constraint)
{
	return strcmp(db->constraint, constraint) == 0;
}

enum err
db_begin(struct db *db)
{
	for (int again = 0; again < 2; again++) {
		DB_RESULT r = NULL;
		enum err e = reach(db);

		if (e == OK)
			e = db_query(db, "BEGIN", &r);
		db->in_transaction = e == OK;
		db->lost = false;
		if (e != ERR_DATABASE)
			return e;
	}
	return ERR_DATABASE;
}

enum err
db_commit(struct db *db)
{
	DB_RESULT r = NULL;
	bool lost = db->lost;

	db->in_transaction = db->lost = false;
	if (lost || !db->conn)
		return ERR_DATABASE;
	TRY(db_query(db, "COMMIT", &r));
	/* PostgreSQL answers ROLLBACK to the COMMIT of what has failed. */
	return strcmp(PQcmdStatus(r), "COMMIT") == 0 ? OK : ERR_INTERNAL;
}

void
db_rollback(struct db *db)
{
	DB_RESULT r = NULL;
	bool lost = db->lost;

	db->in_transaction = db->lost = false;
	if (lost || !db->conn || PQtransactionStatus(db->conn) == PQTRANS_IDLE)
		return;
	if (db_query(db, "ROLLBACK", &r) != OK && db->conn) {
		PQfinish(db->conn);
		db->conn = NULL;
	}
}

enum err
db_ping(struct db *db)
{
	for (int again = 0; again < 2; again++) {
		DB_RESULT r = NULL;
		enum err e = reach(db);

		if (e == OK)
			e = db_query(db, "SELECT 1", &r);
		if (e != ERR_DATABASE)
			return e;
	}
	return ERR_DATABASE;
}

enum err
db_safe(struct db *db, char *why, size_t why_n)
{
	DB_RESULT r = NULL;

	TRY(reach(db));
	TRY(db_query(db,
	    "SELECT name, setting FROM pg_settings WHERE"
	    " name IN ('fsync', 'full_page_writes') AND setting <> 'on' OR"
	    " name = 'synchronous_commit' AND"
	    " setting NOT IN ('on', 'remote_apply')",
	    &r));
	if (PQntuples(r) == 0)
		return OK;
	snprintf(why, why_n, "%s = %s", PQgetvalue(r, 0, 0),
	    PQgetvalue(r, 0, 1));
	return ERR_DATABASE_UNSAFE;
}
