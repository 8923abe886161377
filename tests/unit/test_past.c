/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "server/past.h"
#include "tests/lib/database.h"
#include "tests/lib/postgres.h"

/* Nothing here gives entries a place among the events, so there is no state in
 * table event, as of a chain that was imported. */
#define LENGTH 1060

static struct server S;
static struct db *DB;
static struct arena *A;
static struct chain_builder *B;
static struct state *ST;

static void
setup(void)
{
	database_server(&S);
	ck_assert_int_eq(commit_start(&S, &S.commit), OK);
	ck_assert_int_eq(db_open(postgres_app(), &DB), OK);
	A = arena_make(1 << 16, 8 << 20);
	B = database_chain(&S, DB, 1);
	while (B->n < LENGTH)
		database_more(&S, B);
	ST = calloc(1, sizeof *ST);
}

static void
teardown(void)
{
	commit_stop(S.commit);
	free(ST);
	chain_builder_free(B);
	arena_free(A);
	db_close(DB);
	chains_free(S.chains);
}

static void
run(const char *sql)
{
	ck_assert_int_eq(postgres_shell("psql -Xq -v ON_ERROR_STOP=1 -d encl"
					" -c \"%s\"",
			     sql),
	    0);
}

/* How many entries need not be gone through for the first so many. */
static uint64_t
near(uint64_t upto)
{
	arena_reset(A);
	ck_assert_int_eq(past_near(DB, A, &B->st.chain, upto, ST), OK);
	return ST->next_seq;
}

static void
reach(uint64_t upto)
{
	struct entry e;

	(void)near(upto);
	ck_assert_int_eq(past_reach(&S, DB, &B->st.chain, upto, ST), OK);
	ck_assert_uint_eq(ST->next_seq, upto);
	ck_assert_int_eq(entry_decode(chain_builder_entry(B, upto - 1), &e),
	    OK);
	ck_assert(h32_eq(&e.id, &ST->head));
}

static const char *
kept(void)
{
	return postgres_ask("select string_agg(upto::text, ' ' order by upto)"
			    " from encl.past");
}

/* Else each page of such a chain is made from the first entry on, and who asks
 * for a late one again and again keeps all streams waiting. */
START_TEST(a_long_way_is_gone_once)
{
	ck_assert_uint_eq(near(LENGTH), 0);
	reach(1050);
	ck_assert_str_eq(kept(), "500 1000");
	ck_assert_uint_eq(near(499), 0);
	ck_assert_uint_eq(near(500), 500);
	ck_assert_uint_eq(near(999), 500);
	ck_assert_uint_eq(near(LENGTH), 1000);
	for (uint64_t i = 900; i < LENGTH; i += 7)
		reach(i);
	ck_assert_str_eq(kept(), "500 1000");

	/* What another version wrote is no state, and gives way. */
	run("update encl.past set state = 'x'");
	ck_assert_uint_eq(near(LENGTH), 0);
	reach(LENGTH);
	ck_assert_str_eq(kept(), "500 1000");
	ck_assert_uint_eq(near(LENGTH), 1000);
}
END_TEST

/* The nearer of both tables, whichever it stands in. */
START_TEST(the_nearest_state_counts)
{
	run("delete from encl.past");
	reach(LENGTH);
	run("insert into encl.event (chain, first, upto, number, state) select"
	    " chain, 0, 1000, 1, state from encl.past where upto = 1000");
	run("delete from encl.past where upto = 1000");
	ck_assert_uint_eq(near(LENGTH), 1000);
	ck_assert_uint_eq(near(999), 500);
}
END_TEST

START_TEST(what_cannot_be_kept_is_told_nonetheless)
{
	run("delete from encl.past");
	run("revoke insert on encl.past from encl_app");
	reach(LENGTH);
	ck_assert_uint_eq(near(LENGTH), 0);
	run("grant insert (chain, upto, state) on encl.past to encl_app");
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_long_way_is_gone_once,
		what_cannot_be_kept_is_told_nonetheless,
		the_nearest_state_counts };

	return postgres_suite_once("past", t, sizeof t / sizeof *t, setup,
	    teardown);
}
