/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/db.h"
#include "server/migrate.h"
#include "server/migrate_files.h"
#include "tests/lib/postgres.h"
#include "tests/lib/same.h"

static FILE *null;

/* A database of its own, without a schema. */
static void
fresh(void)
{
	null = fopen("/dev/null", "w");
	ck_assert_int_eq(postgres_shell("dropdb encl && createdb encl"), 0);
}

static void
end(void)
{
	fclose(null);
}

static void
break_in(const char *sql)
{
	ck_assert_int_eq(postgres_shell("psql -XAtqc \"alter table"
					" encl.migration disable trigger all;"
					" %s\"",
			     sql),
	    0);
}

START_TEST(migrations_run_once_and_may_run_again)
{
	struct db *db;

	same(migrate_check(postgres_super(), null), ERR_MIGRATION_PENDING);
	same(db_open(postgres_app(), &db), ERR_MIGRATION_PENDING);
	same(migrate_run(postgres_super(), null), OK);
	same(migrate_check(postgres_super(), null), OK);
	same(migrate_run(postgres_super(), null), OK);
	ck_assert_uint_eq((size_t)atoi(postgres_ask(
			      "select count(*) from encl.migration")),
	    migrate_files_n);
	same(db_open(postgres_app(), &db), OK);
	db_close(db);
	/* The application may look, and may not run them. */
	same(migrate_check(postgres_app(), null), OK);
}
END_TEST

START_TEST(a_changed_migration_is_refused)
{
	same(migrate_run(postgres_super(), null), OK);
	break_in("update encl.migration set sha256 = sha256('x')"
		 " where version = 2");
	same(migrate_run(postgres_super(), null), ERR_MIGRATION_CHANGED);
	same(migrate_check(postgres_super(), null), ERR_MIGRATION_CHANGED);
}
END_TEST

START_TEST(a_newer_database_is_refused)
{
	same(migrate_run(postgres_super(), null), OK);
	break_in("insert into encl.migration values (9999, sha256('x'))");
	same(migrate_run(postgres_super(), null), ERR_MIGRATION_CHANGED);
	same(migrate_check(postgres_super(), null), ERR_MIGRATION_CHANGED);
}
END_TEST

START_TEST(a_missing_migration_is_applied_alone)
{
	same(migrate_run(postgres_super(), null), OK);
	break_in("drop table encl.delivery, encl.happening, encl.past;"
		 " alter table encl.webhook drop again, drop worked;"
		 " drop table encl.subscription, encl.webhook, encl.turn,"
		 " encl.event;"
		 " delete from encl.migration where version >= 7");
	same(migrate_check(postgres_super(), null), ERR_MIGRATION_PENDING);
	same(migrate_run(postgres_super(), null), OK);
	same(migrate_check(postgres_super(), null), OK);
}
END_TEST

START_TEST(a_migration_that_fails_leaves_nothing_of_itself)
{
	same(migrate_run(postgres_super(), null), OK);
	/* The last but one finds one of its tables there already. */
	break_in("drop table encl.checkpoint, encl.evidence,"
		 " encl.draft_signature, encl.draft;"
		 " delete from encl.migration where version > 3;"
		 " alter table encl.server_key rename to draft_signature");
	ck_assert(migrate_run(postgres_super(), null) != OK);
	ck_assert_str_eq(postgres_ask(
			     "select count(*) from pg_class where"
			     " relname in ('server_key', 'draft', 'evidence')"),
	    "0");
	same(migrate_check(postgres_super(), null), ERR_MIGRATION_PENDING);
}
END_TEST

static void *
migrate(void *ctx)
{
	*(enum err *)ctx = migrate_run(postgres_super(), null);
	return NULL;
}

START_TEST(several_may_migrate_at_once)
{
	pthread_t thread[6];
	enum err e[6];

	for (size_t i = 0; i < 6; i++)
		ck_assert(!pthread_create(&thread[i], NULL, migrate, &e[i]));
	for (size_t i = 0; i < 6; i++) {
		pthread_join(thread[i], NULL);
		same(e[i], OK);
	}
	same(migrate_check(postgres_super(), null), OK);
}
END_TEST

/* Somebody who is no superuser, but was given the roles beforehand. */
START_TEST(a_plain_role_may_migrate_what_it_was_given)
{
	const char *super = postgres_super();
	char conninfo[256];

	same(migrate_run(super, null), OK);
	fresh();
	ck_assert_int_eq(postgres_shell(
			     "psql -XAtqc \"create role deployer login;"
			     " grant encl_owner to deployer;"
			     " grant create on database encl to deployer\""),
	    0);
	snprintf(conninfo, sizeof conninfo, "%.*s user=deployer dbname=encl",
	    (int)strcspn(super, " "), super);
	same(migrate_run(conninfo, null), OK);
	same(migrate_check(conninfo, null), OK);
	ck_assert_str_eq(postgres_ask("select string_agg(distinct"
				      " tableowner, ' ') from pg_tables"
				      " where schemaname = 'encl'"),
	    "encl_owner");
}
END_TEST

START_TEST(a_database_that_may_lose_what_it_acknowledged_is_refused)
{
	static const char *const settings[] = { "fsync=off",
		"full_page_writes=off", "synchronous_commit=off",
		"synchronous_commit=local", "synchronous_commit=remote_write" };
	struct db *db;
	char why[200];

	same(migrate_run(postgres_super(), null), OK);
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		const char *s = settings[i];
		int name = (int)strcspn(s, "=");

		postgres_shell("psql -XAtqc 'alter system set %s' -c"
			       " 'select pg_reload_conf()' >/dev/null;"
			       " sleep 0.3",
		    s);
		same(db_open(postgres_app(), &db), OK);
		same(db_safe(db, why, sizeof why), ERR_DATABASE_UNSAFE);
		ck_assert_msg(strncmp(why, s, (size_t)name) == 0, "%s", why);
		postgres_shell("psql -XAtqc 'alter system reset %.*s' -c"
			       " 'select pg_reload_conf()' >/dev/null;"
			       " sleep 0.3",
		    name, s);
		db_close(db);
	}
	same(db_open(postgres_app(), &db), OK);
	same(db_safe(db, why, sizeof why), OK);
	db_close(db);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		migrations_run_once_and_may_run_again,
		a_changed_migration_is_refused,
		a_newer_database_is_refused,
		a_missing_migration_is_applied_alone,
		a_migration_that_fails_leaves_nothing_of_itself,
		several_may_migrate_at_once,
		a_plain_role_may_migrate_what_it_was_given,
		a_database_that_may_lose_what_it_acknowledged_is_refused,
	};

	return postgres_suite("db_migrate", tests, sizeof tests / sizeof *tests,
	    fresh, end);
}
