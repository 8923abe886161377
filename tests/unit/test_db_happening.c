/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chain/text.h"
#include "server/db_happening.h"
#include "server/db_webhook.h"
#include "tests/lib/database.h"
#include "tests/lib/postgres.h"

static struct server S;
static struct db *DB;
static struct arena *A;
static struct chain_builder *B;
static struct h32 CHAIN;
static char HEX[65];

static void
setup(void)
{
	struct out o = out_of(HEX, sizeof HEX);

	database_server(&S);
	ck_assert_int_eq(db_open(postgres_app(), &DB), OK);
	A = arena_make(1 << 16, 1 << 20);
	/* Tests share the database, but no chain. */
	B = database_chain(&S, DB,
	    (uint32_t)atoi(postgres_ask("select count(*) from encl.chain")) +
		1);
	CHAIN = B->st.chain;
	text_hex(&o, h32_span(&CHAIN));
	HEX[o.n] = '\0';
}

static void
teardown(void)
{
	chain_builder_free(B);
	arena_free(A);
	db_close(DB);
	chains_free(S.chains);
}

static bool
add(enum db_happening_what what)
{
	bool is = false;

	ck_assert_int_eq(db_begin(DB), OK);
	ck_assert_int_eq(db_happening_add(DB, &CHAIN, what, 0, &is), OK);
	ck_assert_int_eq(db_commit(DB), OK);
	return is;
}

/* Else every look at a chain that stays as it is would be a message. */
START_TEST(only_what_changed_is_news)
{
	int64_t last;

	ck_assert_int_eq(db_happening_last(DB, &CHAIN, &last), OK);
	ck_assert_int_eq(last, 0);
	ck_assert(!add(DB_HAPPENING_CAUGHT_UP)); /* it never was behind */
	ck_assert(add(DB_HAPPENING_READ_ONLY));
	ck_assert(!add(DB_HAPPENING_READ_ONLY));
	ck_assert(add(DB_HAPPENING_CAUGHT_UP));
	ck_assert(!add(DB_HAPPENING_CAUGHT_UP));
	ck_assert(add(DB_HAPPENING_READ_ONLY));
	ck_assert_str_eq(postgres_ask("select count(*) from encl.happening"
				      " where chain = '\\\\x%s'",
			     HEX),
	    "3");
}
END_TEST

START_TEST(all_who_are_told_of_entries_are_told)
{
	int64_t org = database_org(DB);
	struct db_webhook one, all;

	ck_assert_int_eq(db_webhook_create(DB, A, org, &CHAIN,
			     "https://a.example/", &one),
	    OK);
	ck_assert_int_eq(db_webhook_create(DB, A, org, NULL,
			     "https://b.example/", &all),
	    OK);
	(void)postgres_ask(
	    "with u as (insert into encl.subscription (chain, address, source,"
	    " since, confirmed) select chain, a, substr(chain, 1, 16), 0, t"
	    " from encl.chain, (values ('yes@a.org', now()), ('no@a.org', "
	    "null))"
	    " v (a, t) where chain = '\\\\x%s' returning 1)"
	    " select count(*) from u",
	    HEX);
	ck_assert(add(DB_HAPPENING_READ_ONLY));
	ck_assert_str_eq(postgres_ask("select count(*) from encl.delivery "
				      "where happening ="
				      " (select max(id) from encl.happening)"
				      " and due is not null"),
	    "3");
}
END_TEST

START_TEST(ids_in_pages)
{
	int64_t *id, first, none;
	struct db_happening h;
	size_t n;

	ck_assert(add(DB_HAPPENING_READ_ONLY));
	ck_assert(add(DB_HAPPENING_CAUGHT_UP));
	ck_assert(add(DB_HAPPENING_READ_ONLY));
	ck_assert_int_eq(db_happening_from(DB, A, &CHAIN, 1, 2, &id, &n), OK);
	ck_assert_uint_eq(n, 2);
	ck_assert(id[0] < id[1]);
	first = id[1];
	ck_assert_int_eq(db_happening_from(DB, A, NULL, first, 9, &id, &n), OK);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(id[0], first);
	ck_assert_int_eq(db_happening_newest(DB, A, &CHAIN, 2, &id, &n), OK);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(id[0], first);
	ck_assert_int_eq(db_happening_last(DB, NULL, &none), OK);
	ck_assert_int_eq(none, id[1]);
	ck_assert_int_eq(db_happening_get(DB, A, first, &h), OK);
	ck_assert_int_eq(h.what, DB_HAPPENING_CAUGHT_UP);
	ck_assert(h32_eq(&h.chain, &CHAIN) && h.received > 0 && h.state.n > 0);
	ck_assert_int_eq(db_happening_get(DB, A, first + 99, &h),
	    ERR_NOT_FOUND);
}
END_TEST

/* What holds is what the checkpoint's row says, with the last reason. */
START_TEST(what_holds)
{
	int64_t *id, last;
	size_t n;

	ck_assert(add(DB_HAPPENING_READ_ONLY));
	ck_assert_int_eq(db_happening_last(DB, &CHAIN, &last), OK);
	ck_assert_int_eq(db_happening_stands(DB, A, &CHAIN, 9, &id, &n), OK);
	ck_assert_uint_eq(n, 0);
	(void)
	    postgres_ask("with k as (insert into encl.checkpoint (chain, size,"
			 " behind) values ('\\\\x%s', 0, true)"
			 " returning 1) select count(*) from k",
		HEX);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(db_happening_stands(DB, A, i ? &CHAIN : NULL,
				     9, &id, &n),
		    OK);
		ck_assert_uint_eq(n, 1);
		ck_assert_int_eq(id[0], last);
	}
}
END_TEST

static void
behind(bool is)
{
	(void)postgres_ask(
	    "with k as (insert into encl.checkpoint (chain, size, behind)"
	    " values ('\\\\x%s', 0, %d::bool) on conflict (chain) do update"
	    " set behind = excluded.behind returning 1)"
	    " select count(*) from k",
	    HEX, is);
}

/* A server whose row came too late, for another's is of more entries, does not
 * say how the chain stands: else all were told that it is well, and whoever
 * comes new heard so as the reason why it is not. */
START_TEST(who_came_too_late_has_no_news)
{
	behind(false);
	ck_assert(!add(DB_HAPPENING_READ_ONLY));
	behind(true);
	ck_assert(add(DB_HAPPENING_READ_ONLY));
	ck_assert(!add(DB_HAPPENING_CAUGHT_UP));
	behind(false);
	ck_assert(add(DB_HAPPENING_CAUGHT_UP));
}
END_TEST

START_TEST(nobody_takes_it_back)
{
	ck_assert(add(DB_HAPPENING_READ_ONLY));
	ck_assert_int_ne(postgres_shell("psql -Xq -v ON_ERROR_STOP=1 -d encl -c"
					" 'delete from encl.happening'"),
	    0);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { only_what_changed_is_news,
		all_who_are_told_of_entries_are_told, ids_in_pages, what_holds,
		who_came_too_late_has_no_news, nobody_takes_it_back };

	return postgres_suite("db_happening", t, sizeof t / sizeof *t, setup,
	    teardown);
}
