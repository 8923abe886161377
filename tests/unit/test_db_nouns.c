/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/hash.h"
#include "server/clock.h"
#include "server/db_audit.h"
#include "server/db_definition.h"
#include "server/db_draft.h"
#include "server/db_enclave.h"
#include "server/db_idempotency.h"
#include "server/db_key.h"
#include "server/db_org.h"
#include "server/db_revocation.h"
#include "server/db_token.h"
#include "tests/lib/database.h"
#include "tests/lib/postgres.h"

#define same(call, code) ck_assert_str_eq(err_code(call), err_code(code))
#define DAY_MS UINT64_C(86400000)

static struct server server;
static struct db *db;
static struct arena *arena;
static int64_t org, other;
static unsigned unique; /* names of this test */

static void
setup(void)
{
	char name[32];

	database_server(&server);
	same(db_open(postgres_app(), &db), OK);
	arena = arena_make(1 << 16, 16 << 20);
	unique = (unsigned)getpid();
	snprintf(name, sizeof name, "org-%u", unique);
	same(db_org_create(db, name, &org), OK);
	snprintf(name, sizeof name, "other-%u", unique);
	same(db_org_create(db, name, &other), OK);
}

static void
teardown(void)
{
	db_close(db);
	arena_free(arena);
	chains_free(server.chains);
}

static struct h32
hash_of(const char *s)
{
	char text[64];
	struct h32 h;

	snprintf(text, sizeof text, "%s-%u", s, unique);
	same(hash_sha256(span_str(text), &h), OK);
	return h;
}

START_TEST(organisations_have_names_of_their_own)
{
	struct db_org o, *list;
	char name[32];
	int64_t id;
	size_t n;

	snprintf(name, sizeof name, "org-%u", unique);
	same(db_org_create(db, name, &id), ERR_NAME_TAKEN);
	same(db_org_find(db, arena, name, &o), OK);
	ck_assert_int_eq(o.id, org);
	ck_assert_str_eq(o.name, name);
	same(db_org_find(db, arena, "nobody", &o), ERR_NOT_FOUND);
	same(db_org_list(db, arena, org - 1, 2, &list, &n), OK);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(list[1].id, other);
}
END_TEST

START_TEST(a_member_is_its_organisations_and_its_name_is_free_again)
{
	struct db_member m, *list;
	int64_t ann, bob, again;
	size_t n;

	same(db_member_create(db, org, "ann", DB_ROLE_OWNER, &ann), OK);
	same(db_member_create(db, org, "ann", DB_ROLE_OWNER, &bob),
	    ERR_NAME_TAKEN);
	same(db_member_create(db, other, "ann", DB_ROLE_AUDITOR, &bob), OK);
	same(db_member_create(db, org, "bob", DB_ROLE_OPERATOR, &bob), OK);
	same(db_member_find(db, arena, org, "bob", &m), OK);
	ck_assert_int_eq(m.role, DB_ROLE_OPERATOR);
	same(db_member_find(db, arena, other, "bob", &m), ERR_NOT_FOUND);
	same(db_member_end(db, other, "bob"), ERR_NOT_FOUND);
	same(db_begin(db), OK);
	same(db_member_end(db, org, "bob"), OK);
	same(db_commit(db), OK);
	same(db_member_find(db, arena, org, "bob", &m), ERR_NOT_FOUND);
	same(db_member_create(db, org, "bob", DB_ROLE_OWNER, &again), OK);
	ck_assert_int_ne(again, bob);
	same(db_member_list(db, arena, org, 0, 10, &list, &n), OK);
	ck_assert_uint_eq(n, 2);
	same(db_member_list(db, arena, org, list[0].id, 10, &list, &n), OK);
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
	*e = db_member_end(mine, org, name);
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
		same(db_member_create(db, org, names[i], DB_ROLE_OWNER, &id),
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
	struct h32 one = hash_of("one"), two = hash_of("two"),
		   old = hash_of("old");
	uint64_t now = clock_unix_ms();
	struct db_token_bearer b;
	struct db_token *list;
	int64_t ann, id, id2;
	size_t n;

	same(db_member_create(db, org, "ann", DB_ROLE_OPERATOR, &ann), OK);
	same(db_token_create(db, org, ann, "t", &one, 5, now + DAY_MS, &id),
	    OK);
	same(db_token_create(db, org, ann, "u", &two, 1, now + DAY_MS, &id2),
	    OK);
	same(db_token_find(db, &one, &b), OK);
	ck_assert_int_eq(b.token, id);
	ck_assert_int_eq(b.org, org);
	ck_assert_int_eq(b.member, ann);
	ck_assert_uint_eq(b.scopes, 5);
	ck_assert_str_eq(b.name, "ann");
	ck_assert_int_eq(b.role, DB_ROLE_OPERATOR);
	ck_assert_uint_eq(b.expires, now + DAY_MS);
	same(db_token_find(db, &old, &b), ERR_TOKEN_BAD);
	same(db_token_list(db, arena, org, 0, 10, &list, &n), OK);
	ck_assert_uint_eq(n, 2);
	ck_assert(list[0].last_used != 0 && list[1].last_used == 0);
	ck_assert_str_eq(list[0].member, "ann");
	/* Another organisation cannot end it. */
	same(db_token_end(db, other, id), ERR_NOT_FOUND);
	same(db_token_end(db, org, id), OK);
	same(db_token_end(db, org, id), ERR_NOT_FOUND);
	same(db_token_find(db, &one, &b), ERR_TOKEN_BAD);
	/* A member's tokens end with it. */
	same(db_begin(db), OK);
	same(db_member_end(db, org, "ann"), OK);
	same(db_commit(db), OK);
	same(db_token_find(db, &two, &b), ERR_TOKEN_BAD);
}
END_TEST

START_TEST(an_expired_token_is_like_an_unknown_one)
{
	struct h32 h = hash_of("short");
	struct db_token_bearer b;
	int64_t ann, id;

	same(db_member_create(db, org, "ann", DB_ROLE_OPERATOR, &ann), OK);
	same(db_token_create(db, org, ann, "t", &h, 1, clock_unix_ms() + 300,
		 &id),
	    OK);
	same(db_token_find(db, &h, &b), OK);
	usleep(400000);
	same(db_token_find(db, &h, &b), ERR_TOKEN_BAD);
}
END_TEST

START_TEST(last_used_is_written_at_most_once_a_minute)
{
	struct h32 h = hash_of("often");
	struct db_token_bearer b;
	int64_t ann, id;
	char xmin[32];

	same(db_member_create(db, org, "ann", DB_ROLE_OPERATOR, &ann), OK);
	same(db_token_create(db, org, ann, "t", &h, 1, clock_unix_ms() + DAY_MS,
		 &id),
	    OK);
	same(db_token_find(db, &h, &b), OK);
	snprintf(xmin, sizeof xmin, "%s",
	    postgres_ask("select xmin from encl.token where id = %lld",
		(long long)id));
	for (int i = 0; i < 50; i++)
		same(db_token_find(db, &h, &b), OK);
	ck_assert_str_eq(xmin,
	    postgres_ask("select xmin from encl.token where id = %lld",
		(long long)id));
}
END_TEST

START_TEST(definitions_are_numbered_and_content_is_kept_once)
{
	struct chain_builder *b = database_chain(&server, db, unique);
	int64_t acme = database_org(db);
	struct db_definition d, *list;
	struct db_enclave e;
	int64_t owner;
	bool repeated;
	size_t n;

	same(db_enclave_of_chain(db, arena, &b->st.chain, &owner, &e), OK);
	ck_assert_int_eq(owner, acme);
	ck_assert_uint_eq(e.definition_version, 1);
	same(db_definition_add(db, acme, e.id, span_str("\xa1"),
		 span_str("{\"a\":1}"), &d, &repeated),
	    OK);
	ck_assert(!repeated && d.version == 2);
	same(db_definition_add(db, acme, e.id, span_str("\xa1"),
		 span_str("{\"a\":1}"), &d, &repeated),
	    OK);
	ck_assert(repeated && d.version == 2);
	same(db_definition_add(db, org, e.id, span_str("\xa2"), span_str("{}"),
		 &d, &repeated),
	    ERR_NOT_FOUND);
	same(db_definition_get(db, arena, acme, e.id, 0, &d), OK);
	ck_assert_uint_eq(d.version, 2);
	ck_assert(span_is(d.json, "{\"a\":1}"));
	same(db_definition_get(db, arena, acme, e.id, 3, &d), ERR_NOT_FOUND);
	same(db_definition_get(db, arena, org, e.id, 1, &d), ERR_NOT_FOUND);
	same(db_definition_list(db, arena, acme, e.id, 0, 10, &list, &n), OK);
	ck_assert_uint_eq(n, 2);
	same(db_definition_of_chain(db, arena, &b->st.chain, &list[1].sha256,
		 &d),
	    OK);
	ck_assert(span_is(d.cbor, "\xa1"));
	same(db_definition_of_chain(db, arena, &b->st.chain, &b->st.chain, &d),
	    ERR_NOT_FOUND);
	same(db_definition_all(db, arena, &b->st.chain, &list, &n), OK);
	ck_assert_uint_eq(n, 2);
	chain_builder_free(b);
}
END_TEST

struct creation {
	const struct chain_builder *b;
	int64_t org;
	const char *name;
	bool is_private, repeated;
	enum err e;
};

static void *
create(void *ctx)
{
	struct creation *c = ctx;
	struct db_enclave_new n = { .name = c->name,
		.is_private = c->is_private,
		.definition_cbor = span_str("\xa0"),
		.definition_json = span_str("{}"),
		.genesis = chain_builder_entry(c->b, 0),
		.state = &c->b->st,
		.request_id = "" };
	struct db *mine;

	if (db_open(postgres_app(), &mine) != OK || db_begin(mine) != OK)
		abort();
	c->e = db_enclave_create(mine, c->org, &n, &c->repeated);
	if (c->e == OK)
		c->e = db_commit(mine);
	else
		db_rollback(mine);
	db_close(mine);
	return NULL;
}

START_TEST(the_same_enclave_made_twice_at_once_is_one)
{
	struct chain_builder *b = chain_builder_new(&chain_builder_plain);
	struct creation c[8];
	pthread_t thread[8];
	size_t first = 0;

	for (size_t i = 0; i < 8; i++) {
		c[i] = (struct creation){ b, org, "twice", false, false, OK };
		ck_assert(!pthread_create(&thread[i], NULL, create, &c[i]));
	}
	for (size_t i = 0; i < 8; i++) {
		pthread_join(thread[i], NULL);
		same(c[i].e, OK);
		first += !c[i].repeated;
	}
	ck_assert_uint_eq(first, 1);
	/* The genesis is taken: for other owners, names and settings. */
	c[0] = (struct creation){ b, other, "twice", false, false, OK };
	create(&c[0]);
	same(c[0].e, ERR_CHAIN_EXISTS);
	c[0] = (struct creation){ b, org, "thrice", false, false, OK };
	create(&c[0]);
	same(c[0].e, ERR_CHAIN_EXISTS);
	c[0] = (struct creation){ b, org, "twice", true, false, OK };
	create(&c[0]);
	same(c[0].e, ERR_CHAIN_EXISTS);
	chain_builder_free(b);
}
END_TEST

START_TEST(an_enclaves_name_is_taken_by_another_chain)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct chain_builder *b[2];
	struct db_enclave e, *list;
	struct creation c;
	size_t n;

	for (uint32_t i = 0; i < 2; i++) {
		o.number = 1000000 + 2 * unique + i;
		b[i] = chain_builder_new(&o);
	}
	c = (struct creation){ b[0], org, "name", true, false, OK };
	create(&c);
	same(c.e, OK);
	c.b = b[1];
	create(&c);
	same(c.e, ERR_NAME_TAKEN);
	c.org = other;
	create(&c);
	same(c.e, OK);
	same(db_enclave_find(db, arena, org, "name", &e), OK);
	ck_assert(h32_eq(&e.chain, &b[0]->st.chain));
	ck_assert(e.is_private);
	same(db_enclave_find(db, arena, org, "none", &e), ERR_NOT_FOUND);
	same(db_enclave_list(db, arena, org, 0, 10, &list, &n), OK);
	ck_assert_uint_eq(n, 1);
	same(db_enclave_list(db, arena, org, list[0].id, 10, &list, &n), OK);
	ck_assert_uint_eq(n, 0);
	chain_builder_free(b[0]);
	chain_builder_free(b[1]);
}
END_TEST

START_TEST(server_keys_are_their_organisations)
{
	struct span blob = span_of(&unique, sizeof unique);
	struct db_key k, *list;
	struct h32 kid;
	size_t n;

	same(hash_sha256(blob, &kid), OK);
	same(db_key_create(db, org, "k", blob, &k), OK);
	ck_assert(h32_eq(&k.kid, &kid));
	same(db_key_create(db, org, "k", span_str("y"), &k), ERR_NAME_TAKEN);
	same(db_key_find(db, arena, org, "k", &k), OK);
	ck_assert(span_eq(k.blob, blob));
	same(db_key_find(db, arena, other, "k", &k), ERR_NOT_FOUND);
	same(db_key_list(db, arena, org, "", 10, &list, &n), OK);
	ck_assert_uint_eq(n, 1);
	ck_assert(span_eq(list[0].blob, blob));
	same(db_key_list(db, arena, org, "k", 10, &list, &n), OK);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(drafts_collect_one_signature_a_key_and_expire)
{
	struct chain_builder *b = database_chain(&server, db, unique);
	int64_t acme = database_org(db);
	struct proof p[3] = { { PROOF_KEY, hash_of("a"), span_str("sig-a") },
		{ PROOF_KEY, hash_of("b"), span_str("sig-b") },
		{ PROOF_KEY, hash_of("a"), span_str("other") } };
	struct db_draft d = { .chain = b->st.chain,
		.payload = span_str("payload"),
		.expires = clock_unix_ms() + 1500,
		.proof_n = 1,
		.proof = p };
	struct db_draft got, *list;
	size_t n;

	same(db_draft_create(db, org, &d), ERR_NOT_FOUND);
	same(db_draft_create(db, acme, &d), OK);
	same(db_draft_get(db, arena, org, d.id, &got), ERR_NOT_FOUND);
	same(db_draft_sign(db, acme, d.id, p + 1, 2), OK);
	same(db_draft_sign(db, org, d.id, p + 1, 1), OK); /* of no effect */
	same(db_draft_get(db, arena, acme, d.id, &got), OK);
	ck_assert_uint_eq(got.proof_n, 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert(!span_is(got.proof[i].body, "other"));
	ck_assert(memcmp(got.proof[0].kid.b, got.proof[1].kid.b, 32) < 0);
	same(db_draft_list(db, arena, acme, &b->st.chain, NULL, 10, &list, &n),
	    OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(list[0].signatures, 2);
	same(db_draft_list(db, arena, acme, NULL, d.id, 10, &list, &n), OK);
	ck_assert_uint_eq(n, 0);
	same(db_draft_delete(db, org, d.id), ERR_NOT_FOUND);
	usleep(1700000);
	same(db_draft_get(db, arena, acme, d.id, &got), ERR_NOT_FOUND);
	same(db_draft_delete(db, acme, d.id), ERR_NOT_FOUND);
	same(db_draft_expire(db), OK);
	ck_assert_str_eq(postgres_ask(
			     "select count(*) from encl.draft_signature"),
	    "0");
	chain_builder_free(b);
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
	k->e = db_idempotency_begin(k->db, k->arena, org, span_str("key"),
	    &k->request, &k->again, &was);
	if (k->e == OK && !k->again) {
		usleep(k->delay_ms * 1000);
		k->e = db_idempotency_store(k->db, org, span_str("key"), &is);
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
		k[i] =
		    (struct keyed){ .request = hash_of("r"), .delay_ms = 100 };
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
	k[0] = (struct keyed){ .request = hash_of("another") };
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
	struct h32 h = hash_of("audit");

	same(db_member_create(db, org, "ann", DB_ROLE_OWNER, &ann), OK);
	same(db_token_create(db, org, ann, "t", &h, 1, clock_unix_ms() + DAY_MS,
		 &token),
	    OK);
	same(db_begin(db), OK); /* all at one moment */
	for (int i = 0; i < 25; i++) {
		snprintf(object, sizeof object, "%d", i);
		same(db_audit_add(db, org, token, "ann", "thing.make", object,
			 "r"),
		    OK);
	}
	same(db_commit(db), OK);
	same(db_audit_add(db, other, 0, "encld", "thing.make", "x", ""), OK);
	do {
		same(db_audit_list(db, arena, org, at, id, 10, &l, &n), OK);
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

START_TEST(one_loose_revocation_a_stage_and_set_of_signers)
{
	struct chain_builder *b = database_chain(&server, db, unique);
	uint8_t buf[2][4096];
	struct span s[2];
	struct db_revocation *r;
	struct statement t;
	struct h32 by;
	bool kept;
	size_t n;

	same(chain_builder_stage_release(b, 1, chain_builder_owners(b)), OK);
	s[0] = chain_builder_revocation(b, GUARDIAN(0), buf[0], 4096);
	s[1] = chain_builder_revocation(b, GUARDIAN(1), buf[1], 4096);
	for (size_t i = 0; i < 3; i++) {
		same(entry_statement_decode(s[i % 2], &t), OK);
		same(db_revocation_signers(&t, &by), OK);
		same(db_revocation_keep(db, &b->st.chain, &b->st.stage_id, &by,
			 s[i % 2], "r", &kept),
		    OK);
		ck_assert_int_eq(kept, i < 2);
	}
	same(db_revocation_list(db, arena, &b->st.chain, &r, &n), OK);
	ck_assert_uint_eq(n, 2);
	ck_assert(span_eq(r[0].statement, s[0]));
	same(db_revocation_of_stage(db, arena, &b->st.chain, &b->st.stage_id,
		 &r, &n),
	    OK);
	ck_assert_uint_eq(n, 2);
	same(db_revocation_of_stage(db, arena, &b->st.chain, &b->st.chain, &r,
		 &n),
	    OK);
	ck_assert_uint_eq(n, 0);
	chain_builder_free(b);
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
		same(db_org_list(db, arena, 0, 1, &list, &n), OK);
	}
	/* A transaction does not: it is lost whole. */
	same(db_begin(db), OK);
	same(db_org_create(db, "half", &id), OK);
	postgres_shell("psql -XAtqc \"select pg_terminate_backend(pid) from"
		       " pg_stat_activity where usename = 'encl_app'\""
		       " >/dev/null");
	same(db_org_list(db, arena, 0, 1, &list, &n), ERR_DATABASE);
	same(db_org_list(db, arena, 0, 1, &list, &n), ERR_DATABASE);
	same(db_commit(db), ERR_DATABASE);
	same(db_org_create(db, "half", &id), OK);
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
		definitions_are_numbered_and_content_is_kept_once,
		the_same_enclave_made_twice_at_once_is_one,
		an_enclaves_name_is_taken_by_another_chain,
		server_keys_are_their_organisations,
		drafts_collect_one_signature_a_key_and_expire,
		one_of_several_requests_with_a_key_is_done,
		the_audit_log_is_read_newest_first_page_by_page,
		one_loose_revocation_a_stage_and_set_of_signers,
		a_read_survives_the_loss_of_its_connection,
	};

	return postgres_suite("db_nouns", tests, sizeof tests / sizeof *tests,
	    setup, teardown);
}
