/* SPDX-License-Identifier: ISC */
/* Who asks: organisations, their members and tokens, their requests, and the
 * log of what they did. */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/db_audit.h"
#include "server/db_idempotency.h"
#include "server/db_org.h"
#include "server/db_token.h"
#include "system/clock.h"
#include "tests/lib/postgres.h"
#include "tests/lib/same.h"
#include "tests/lib/tenants.h"

#define DAY_MS UINT64_C(86400000)

static struct tenants our;

static void
setup(void)
{
	tenants_begin(&our);
}

static void
teardown(void)
{
	tenants_end(&our);
}

START_TEST(organisations_have_names_of_their_own)
{
	struct db_org o, *list;
	char name[32];
	int64_t id;
	size_t n;

	snprintf(name, sizeof name, "org-%u", our.unique);
	same(db_org_create(our.db, name, &id), ERR_NAME_TAKEN);
	same(db_org_find(our.db, our.arena, name, &o), OK);
	ck_assert_int_eq(o.id, our.org);
	ck_assert_str_eq(o.name, name);
	same(db_org_find(our.db, our.arena, "nobody", &o), ERR_NOT_FOUND);
	same(db_org_list(our.db, our.arena, our.org - 1, 2, &list, &n), OK);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(list[1].id, our.other);
}
END_TEST

START_TEST(a_member_is_its_organisations_and_its_name_is_free_again)
{
	struct db_member m, *list;
	int64_t ann, bob, again;
	size_t n;

	same(db_member_create(our.db, our.org, "ann", DB_ROLE_OWNER, &ann), OK);
	same(db_member_create(our.db, our.org, "ann", DB_ROLE_OWNER, &bob),
	    ERR_NAME_TAKEN);
	same(db_member_create(our.db, our.other, "ann", DB_ROLE_AUDITOR, &bob),
	    OK);
	same(db_member_create(our.db, our.org, "bob", DB_ROLE_OPERATOR, &bob),
	    OK);
	same(db_member_find(our.db, our.arena, our.org, "bob", &m), OK);
	ck_assert_int_eq(m.role, DB_ROLE_OPERATOR);
	same(db_member_find(our.db, our.arena, our.other, "bob", &m),
	    ERR_NOT_FOUND);
	same(db_member_end(our.db, our.other, "bob"), ERR_NOT_FOUND);
	same(db_begin(our.db), OK);
	same(db_member_end(our.db, our.org, "bob"), OK);
	same(db_commit(our.db), OK);
	same(db_member_find(our.db, our.arena, our.org, "bob", &m),
	    ERR_NOT_FOUND);
	same(db_member_create(our.db, our.org, "bob", DB_ROLE_OWNER, &again),
	    OK);
	ck_assert_int_ne(again, bob);
	same(db_member_list(our.db, our.arena, our.org, 0, 10, &list, &n), OK);
	ck_assert_uint_eq(n, 2);
	same(db_member_list(our.db, our.arena, our.org, list[0].id, 10, &list,
		 &n),
	    OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(list[0].name, "bob");
}
END_TEST

static void *
end_owner(void *name)
{
	struct db *mine;
	enum err *e = malloc(sizeof *e);

	if (db_open(postgres_app(), &mine) != OK || db_begin(mine) != OK)
		abort();
	*e = db_member_end(mine, our.org, name);
	if (*e == OK)
		*e = db_commit(mine);
	else
		db_rollback(mine);
	db_close(mine);
	return e;
}

START_TEST(two_owners_cannot_end_each_other)
{
	static char names[2][4] = { "ann", "bob" };
	pthread_t thread[2];
	size_t ended = 0;
	int64_t id;

	for (size_t i = 0; i < 2; i++)
		same(db_member_create(our.db, our.org, names[i], DB_ROLE_OWNER,
			 &id),
		    OK);
	for (size_t i = 0; i < 2; i++)
		ck_assert(
		    !pthread_create(&thread[i], NULL, end_owner, names[i]));
	for (size_t i = 0; i < 2; i++) {
		void *e;

		pthread_join(thread[i], &e);
		ended += *(enum err *)e == OK;
		if (*(enum err *)e != OK)
			same(*(enum err *)e, ERR_LAST_OWNER);
		free(e);
	}
	ck_assert_uint_eq(ended, 1);
}
END_TEST

START_TEST(a_token_is_known_by_its_hash_until_it_ends)
{
	struct h32 one = tenants_hash(&our, "one"),
		   two = tenants_hash(&our, "two"),
		   old = tenants_hash(&our, "old");
	uint64_t now = clock_unix_ms();
	struct db_token_bearer b;
	struct db_token *list;
	int64_t ann, id, id2;
	size_t n;

	same(db_member_create(our.db, our.org, "ann", DB_ROLE_OPERATOR, &ann),
	    OK);
	same(db_token_create(our.db, our.org, ann, "t", &one, 5, now + DAY_MS,
		 &id),
	    OK);
	same(db_token_create(our.db, our.org, ann, "u", &two, 1, now + DAY_MS,
		 &id2),
	    OK);
	same(db_token_find(our.db, &one, &b), OK);
	ck_assert_int_eq(b.token, id);
	ck_assert_int_eq(b.org, our.org);
	ck_assert_int_eq(b.member, ann);
	ck_assert_uint_eq(b.scopes, 5);
	ck_assert_str_eq(b.name, "ann");
	ck_assert_int_eq(b.role, DB_ROLE_OPERATOR);
	ck_assert_uint_eq(b.expires, now + DAY_MS);
	same(db_token_find(our.db, &old, &b), ERR_TOKEN_BAD);
	same(db_token_list(our.db, our.arena, our.org, 0, 10, &list, &n), OK);
	ck_assert_uint_eq(n, 2);
	ck_assert(list[0].last_used != 0 && list[1].last_used == 0);
	ck_assert_str_eq(list[0].member, "ann");
	/* Another organisation cannot end it. */
	same(db_token_end(our.db, our.other, id), ERR_NOT_FOUND);
	same(db_token_end(our.db, our.org, id), OK);
	same(db_token_end(our.db, our.org, id), ERR_NOT_FOUND);
	same(db_token_find(our.db, &one, &b), ERR_TOKEN_BAD);
	/* A member's tokens end with it. */
	same(db_begin(our.db), OK);
	same(db_member_end(our.db, our.org, "ann"), OK);
	same(db_commit(our.db), OK);
	same(db_token_find(our.db, &two, &b), ERR_TOKEN_BAD);
}
END_TEST

START_TEST(an_expired_token_is_like_an_unknown_one)
{
	struct h32 h = tenants_hash(&our, "short");
	struct db_token_bearer b;
	int64_t ann, id;

	same(db_member_create(our.db, our.org, "ann", DB_ROLE_OPERATOR, &ann),
	    OK);
	same(db_token_create(our.db, our.org, ann, "t", &h, 1,
		 clock_unix_ms() + DAY_MS, &id),
	    OK);
	same(db_token_find(our.db, &h, &b), OK);
	ck_assert_str_eq(postgres_ask("update encl.token"
				      " set expires = created + '1 us'"
				      " where id = %lld returning 1",
			     (long long)id),
	    "1");
	same(db_token_find(our.db, &h, &b), ERR_TOKEN_BAD);
}
END_TEST

START_TEST(last_used_is_written_at_most_once_a_minute)
{
	struct h32 h = tenants_hash(&our, "often");
	struct db_token_bearer b;
	int64_t ann, id;
	char xmin[32];

	same(db_member_create(our.db, our.org, "ann", DB_ROLE_OPERATOR, &ann),
	    OK);
	same(db_token_create(our.db, our.org, ann, "t", &h, 1,
		 clock_unix_ms() + DAY_MS, &id),
	    OK);
	same(db_token_find(our.db, &h, &b), OK);
	snprintf(xmin, sizeof xmin, "%s",
	    postgres_ask("select xmin from encl.token where id = %lld",
		(long long)id));
	for (int i = 0; i < 50; i++)
		same(db_token_find(our.db, &h, &b), OK);
	ck_assert_str_eq(xmin,
	    postgres_ask("select xmin from encl.token where id = %lld",
		(long long)id));
}
END_TEST

struct keyed {
	struct h32 request;
	unsigned delay_ms;
	bool again;
	enum err e;
	unsigned status;
	struct db *db;
	struct arena *arena;
};

static void *
keyed_request(void *ctx)
{
	struct keyed *k = ctx;
	struct db_idempotency was = { 0 };
	const struct db_idempotency is = { 201, "application/json", "/v1/x",
		span_str("{}") };

	if (db_open(postgres_app(), &k->db) != OK || db_begin(k->db) != OK)
		abort();
	k->arena = arena_make(4096, 1 << 16);
	k->e = db_idempotency_begin(k->db, k->arena, our.org, span_str("key"),
	    &k->request, &k->again, &was);
	if (k->e == OK && !k->again) {
		usleep(k->delay_ms * 1000);
		k->e =
		    db_idempotency_store(k->db, our.org, span_str("key"), &is);
	}
	k->status = was.status;
	if (k->e == OK)
		k->e = db_commit(k->db);
	else
		db_rollback(k->db);
	arena_free(k->arena);
	db_close(k->db);
	return NULL;
}

START_TEST(one_of_several_requests_with_a_key_is_done)
{
	struct keyed k[8];
	pthread_t thread[8];
	size_t first = 0;

	for (size_t i = 0; i < 8; i++) {
		k[i] = (struct keyed){ .request = tenants_hash(&our, "r"),
			.delay_ms = 100 };
		ck_assert(
		    !pthread_create(&thread[i], NULL, keyed_request, &k[i]));
	}
	for (size_t i = 0; i < 8; i++) {
		pthread_join(thread[i], NULL);
		same(k[i].e, OK);
		first += !k[i].again;
		if (k[i].again)
			ck_assert_uint_eq(k[i].status, 201);
	}
	ck_assert_uint_eq(first, 1);
	k[0] = (struct keyed){ .request = tenants_hash(&our, "another") };
	keyed_request(&k[0]);
	same(k[0].e, ERR_IDEMPOTENCY_CONFLICT);
}
END_TEST

START_TEST(the_audit_log_is_read_newest_first_page_by_page)
{
	struct db_audit *l;
	char object[16];
	uint64_t at = 0;
	const char *id = NULL;
	size_t n, seen = 0;
	int64_t ann, token;
	struct h32 h = tenants_hash(&our, "audit");

	same(db_member_create(our.db, our.org, "ann", DB_ROLE_OWNER, &ann), OK);
	same(db_token_create(our.db, our.org, ann, "t", &h, 1,
		 clock_unix_ms() + DAY_MS, &token),
	    OK);
	same(db_begin(our.db), OK); /* all at one moment */
	for (int i = 0; i < 25; i++) {
		snprintf(object, sizeof object, "%d", i);
		same(db_audit_add(our.db, our.org, token, "ann", "thing.make",
			 object, "r"),
		    OK);
	}
	same(db_commit(our.db), OK);
	same(db_audit_add(our.db, our.other, 0, "encld", "thing.make", "x", ""),
	    OK);
	do {
		same(db_audit_list(our.db, our.arena, our.org, at, id, 10, &l,
			 &n),
		    OK);
		for (size_t i = 0; i < n; i++, seen++)
			ck_assert_int_eq(atoi(l[i].object), 24 - (int)seen);
		if (n) {
			at = l[n - 1].at;
			id = l[n - 1].id;
		}
	} while (n);
	ck_assert_uint_eq(seen, 25);
}
END_TEST

START_TEST(a_read_survives_the_loss_of_its_connection)
{
	struct db_org *list;
	int64_t id;
	size_t n;

	for (int i = 0; i < 3; i++) {
		postgres_shell("psql -XAtqc \"select pg_terminate_backend(pid)"
			       " from pg_stat_activity where usename ="
			       " 'encl_app'\" >/dev/null");
		same(db_org_list(our.db, our.arena, 0, 1, &list, &n), OK);
	}
	/* A transaction does not: it is lost whole. */
	same(db_begin(our.db), OK);
	same(db_org_create(our.db, "half", &id), OK);
	postgres_shell("psql -XAtqc \"select pg_terminate_backend(pid) from"
		       " pg_stat_activity where usename = 'encl_app'\""
		       " >/dev/null");
	same(db_org_list(our.db, our.arena, 0, 1, &list, &n), ERR_DATABASE);
	same(db_org_list(our.db, our.arena, 0, 1, &list, &n), ERR_DATABASE);
	same(db_commit(our.db), ERR_DATABASE);
	same(db_org_create(our.db, "half", &id), OK);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		organisations_have_names_of_their_own,
		a_member_is_its_organisations_and_its_name_is_free_again,
		two_owners_cannot_end_each_other,
		a_token_is_known_by_its_hash_until_it_ends,
		an_expired_token_is_like_an_unknown_one,
		last_used_is_written_at_most_once_a_minute,
		one_of_several_requests_with_a_key_is_done,
		the_audit_log_is_read_newest_first_page_by_page,
		a_read_survives_the_loss_of_its_connection,
	};

	return postgres_suite("db_org", tests, sizeof tests / sizeof *tests,
	    setup, teardown);
}
