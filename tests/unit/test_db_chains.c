/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "tests/lib/database.h"
#include "tests/lib/postgres.h"
#include "tests/lib/same.h"

#define PAGE ((size_t)1 << 22)

static struct server server;
static struct db *db;
static struct chain_builder *b;

static void
serve(void)
{
	static uint32_t number = 100;

	database_server(&server);
	same(commit_start(&server, &server.commit), OK);
	same(db_open(postgres_app(), &db), OK);
	/* Each test is another process: the name must be new all the same. */
	number = (uint32_t)atoi(postgres_ask("select count(*) + 1"
					     " from encl.enclave"));
	b = database_chain(&server, db, number);
}

static void
stop(void)
{
	commit_stop(server.commit);
	chains_free(server.chains);
	chain_builder_free(b);
	db_close(db);
}

static const struct chain_view *
view(struct db *with)
{
	const struct chain_view *v;

	same(chains_get(server.chains, with, &b->st.chain, &v), OK);
	return v;
}

/* The page is entries [from, from + n) of b. */
static void
check_page(struct blob *page, uint64_t from, uint64_t n)
{
	struct span s = blob_bytes(page);

	for (uint64_t i = from; i < from + n; i++) {
		struct span e = chain_builder_entry(b, i);

		ck_assert(s.n >= e.n && memcmp(s.p, e.p, e.n) == 0);
		s = span_of(s.p + e.n, s.n - e.n);
	}
	ck_assert_uint_eq(s.n, 0);
}

static struct blob *
get(struct db *with, uint64_t from, uint64_t limit, size_t max, uint64_t n)
{
	const struct chain_view *v = view(with);
	struct blob *page;
	uint64_t got;

	same(chains_page(server.chains, with, v, from, limit, max, &page, &got),
	    OK);
	ck_assert_uint_eq(got, n);
	check_page(page, from, n);
	chains_drop(server.chains, v);
	return page;
}

START_TEST(what_is_not_in_memory_wants_a_worker)
{
	const struct chain_view *v;
	struct blob *page;
	uint64_t n;
	struct h32 other = { { 9 } };

	same(chains_get(server.chains, NULL, &b->st.chain, &v),
	    ERR_WANT_WORKER);
	v = view(db);
	same(chains_page(server.chains, NULL, v, 0, 10, PAGE, &page, &n),
	    ERR_WANT_WORKER);
	chains_drop(server.chains, v);
	blob_drop(get(db, 0, 10, PAGE, 1));
	blob_drop(get(NULL, 0, 10, PAGE, 1));
	same(chains_get(server.chains, db, &other, &v), ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_page_that_was_read_grows_in_memory)
{
	blob_drop(get(db, 0, 100, PAGE, 1));
	for (uint64_t i = 2; i < 90; i++) {
		database_more(&server, b);
		blob_drop(get(NULL, 0, 100, PAGE, i));
	}
}
END_TEST

START_TEST(a_full_page_is_the_same_blob_each_time)
{
	struct blob *one, *two;

	for (int i = 0; i < 9; i++)
		database_more(&server, b);
	one = get(db, 0, 5, PAGE, 5);
	database_more(&server, b);
	two = get(NULL, 0, 5, PAGE, 5);
	ck_assert_ptr_eq(one, two);
	blob_drop(one);
	blob_drop(two);
	/* The one at the end is another when the chain moves. */
	one = get(db, 5, 50, PAGE, b->n - 5);
	database_more(&server, b);
	two = get(NULL, 5, 50, PAGE, b->n - 5);
	ck_assert_ptr_ne(one, two);
	blob_drop(one);
	blob_drop(two);
}
END_TEST

START_TEST(a_page_is_cut_where_it_would_grow_too_large)
{
	size_t three = 0;
	struct blob *one, *two;

	for (int i = 0; i < 6; i++)
		database_more(&server, b);
	for (size_t i = 1; i < 4; i++)
		three += chain_builder_entry(b, i).n;
	blob_drop(get(db, 1, 100, three, 3));
	blob_drop(get(db, 1, 100, three - 1, 2));
	/* An entry that alone is larger is a page all the same. */
	one = get(db, 1, 100, 1, 1);
	database_more(&server, b);
	two = get(NULL, 1, 100, 1, 1);
	ck_assert_ptr_eq(one, two);
	blob_drop(one);
	blob_drop(two);
	/* A page that grows in memory is cut there too. */
	blob_drop(get(db, b->n - 1, 100, 600, 1));
	database_more(&server, b);
	database_more(&server, b);
	blob_drop(get(NULL, b->n - 3, 100, 600,
	    chain_builder_entry(b, b->n - 3).n +
			chain_builder_entry(b, b->n - 2).n >
		    600
		? 1
		: 2));
}
END_TEST

START_TEST(past_the_end_there_is_an_empty_page)
{
	blob_drop(get(db, 1, 10, PAGE, 0));
	blob_drop(get(NULL, UINT64_MAX, 10, PAGE, 0));
	blob_drop(get(NULL, 0, 0, PAGE, 0));
}
END_TEST

START_TEST(a_view_stays_what_it_was_while_the_chain_moves)
{
	const struct chain_view *old = view(db), *new;
	struct blob *page;
	uint64_t n;

	database_more(&server, b);
	database_more(&server, b);
	new = view(NULL);
	ck_assert_uint_eq(old->next_seq, 1);
	ck_assert_uint_eq(new->next_seq, 3);
	blob_drop(get(db, 0, 10, PAGE, 3));
	/* The old view's page is the old view's. */
	same(chains_page(server.chains, db, old, 0, 10, PAGE, &page, &n), OK);
	ck_assert_uint_eq(n, 1);
	check_page(page, 0, 1);
	blob_drop(page);
	chains_drop(server.chains, old);
	chains_drop(server.chains, new);
}
END_TEST

START_TEST(a_rendered_view_is_kept_until_the_chain_moves)
{
	const struct chain_view *v = view(db);
	struct blob *x = blob_make(span_str("x")),
		    *y = blob_make(span_str("y"));

	ck_assert_ptr_null(chains_rendered(v));
	chains_render(v, x);
	chains_render(v, y);
	ck_assert_ptr_eq(chains_rendered(v), x);
	blob_drop(x);
	blob_drop(y);
	database_more(&server, b);
	ck_assert_ptr_eq(chains_rendered(v), x);
	chains_drop(server.chains, v);
	v = view(NULL);
	ck_assert_ptr_null(chains_rendered(v));
	chains_drop(server.chains, v);
}
END_TEST

START_TEST(forgotten_chains_are_read_again)
{
	const struct chain_view *v = view(db);

	chains_drop(server.chains, v);
	chains_moved(server.chains, &b->st.chain);
	same(chains_get(server.chains, NULL, &b->st.chain, &v),
	    ERR_WANT_WORKER);
	chains_drop(server.chains, view(db));
	chains_moved_all(server.chains);
	same(chains_get(server.chains, NULL, &b->st.chain, &v),
	    ERR_WANT_WORKER);
}
END_TEST

START_TEST(an_append_that_another_server_overtook_is_not_kept)
{
	struct chains *c;
	const struct chain_view *v;
	uint8_t state[1] = { 0 };
	struct chain_view next = { .next_seq = 5,
		.state = span_of(state, sizeof state) };
	uint64_t heard;

	same(chains_make(1 << 20, &c), OK);
	heard = chains_heard(c, &next.chain);
	chains_moved(c, &next.chain);
	chains_appended(c, &next, NULL, 0, heard);
	same(chains_get(c, NULL, &next.chain, &v), ERR_WANT_WORKER);
	heard = chains_heard(c, &next.chain);
	chains_moved_all(c);
	chains_appended(c, &next, NULL, 0, heard);
	same(chains_get(c, NULL, &next.chain, &v), ERR_WANT_WORKER);
	heard = chains_heard(c, &next.chain);
	chains_forget(c, &next.chain);
	chains_appended(c, &next, NULL, 0, heard);
	same(chains_get(c, NULL, &next.chain, &v), OK);
	chains_drop(c, v);
	chains_free(c);
}
END_TEST

static void *
view_in_a_thread(void *ctx)
{
	const struct chain_view *v;
	enum err *e = ctx;

	*e = chains_get(server.chains, db, &b->st.chain, &v);
	if (*e == OK)
		chains_drop(server.chains, v);
	return NULL;
}

/* Reads the view of b, and lets `moved` move while PostgreSQL still reads;
 * -> what asking memory says then. */
static enum err
read_while_it_moves(const struct h32 *moved)
{
	uint8_t state[1] = { 0 };
	struct chain_view other = { .chain = *moved,
		.next_seq = 1,
		.state = span_of(state, sizeof state) };
	const struct chain_view *v;
	enum err read = ERR_INTERNAL, e;
	pthread_t thread;
	PGconn *lock;

	lock = PQconnectdb(postgres_super());
	PQclear(PQexec(lock, "begin; lock table encl.chain"));
	ck_assert_int_eq(pthread_create(&thread, NULL, view_in_a_thread, &read),
	    0);
	while (atoi(postgres_ask("select count(*) from pg_locks"
				 " where not granted")) == 0)
		continue;
	chains_appended(server.chains, &other, NULL, 0,
	    chains_heard(server.chains, moved));
	chains_forget(server.chains, moved);
	PQfinish(lock);
	pthread_join(thread, NULL);
	same(read, OK);
	e = chains_get(server.chains, NULL, &b->st.chain, &v);
	if (e == OK)
		chains_drop(server.chains, v);
	return e;
}

START_TEST(what_is_read_is_kept_while_other_chains_move)
{
	struct h32 other = b->st.chain;

	same(read_while_it_moves(&b->st.chain), ERR_WANT_WORKER);
	other.b[3] ^= 1; /* the same shard */
	same(read_while_it_moves(&other), OK);
}
END_TEST

START_TEST(memory_is_bounded_and_the_least_used_goes_first)
{
	struct chains *small;
	const struct chain_view *v;
	size_t there = 0;

	/* Far more views than fit, one of which is used all the time. */
	same(chains_make(1 << 20, &small), OK);
	for (unsigned i = 0; i < 5000; i++) {
		struct chain_view one = { .next_seq = 1 };
		uint8_t state[600] = { 0 };

		memcpy(one.chain.b, &i, sizeof i);
		one.chain.b[0] = 1; /* one shard */
		one.chain.b[5] = (uint8_t)(i >> 8);
		one.chain.b[6] = (uint8_t)i;
		one.state = span_of(state, sizeof state);
		chains_appended(small, &one, NULL, 0, 0);
		memset(one.chain.b, 0, sizeof one.chain.b);
		one.chain.b[0] = 1;
		if (i == 0)
			chains_appended(small, &one, NULL, 0, 0);
		same(chains_get(small, NULL, &one.chain, &v), OK);
		chains_drop(small, v);
	}
	for (unsigned i = 0; i < 5000; i++) {
		struct h32 id = { { 0 } };

		memcpy(id.b, &i, sizeof i);
		id.b[0] = 1;
		id.b[5] = (uint8_t)(i >> 8);
		id.b[6] = (uint8_t)i;
		if (chains_get(small, NULL, &id, &v) == OK) {
			chains_drop(small, v);
			there++;
		}
	}
	ck_assert_uint_gt(there, 0);
	ck_assert_uint_lt(there, 200); /* of 64 KiB */
	chains_free(small);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_is_not_in_memory_wants_a_worker,
		a_page_that_was_read_grows_in_memory,
		a_full_page_is_the_same_blob_each_time,
		a_page_is_cut_where_it_would_grow_too_large,
		past_the_end_there_is_an_empty_page,
		a_view_stays_what_it_was_while_the_chain_moves,
		a_rendered_view_is_kept_until_the_chain_moves,
		forgotten_chains_are_read_again,
		an_append_that_another_server_overtook_is_not_kept,
		what_is_read_is_kept_while_other_chains_move,
		memory_is_bounded_and_the_least_used_goes_first,
	};

	return postgres_suite("db_chains", tests, sizeof tests / sizeof *tests,
	    serve, stop);
}
