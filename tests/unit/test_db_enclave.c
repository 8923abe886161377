/* SPDX-License-Identifier: ISC */
/* What an organisation has: definitions, enclaves, keys, drafts, revocations.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>

#include "server/db_definition.h"
#include "server/db_draft.h"
#include "server/db_enclave.h"
#include "server/db_key.h"
#include "server/db_revocation.h"
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

START_TEST(definitions_are_numbered_and_content_is_kept_once)
{
	struct chain_builder *b =
	    database_chain(&our.server, our.db, our.unique);
	int64_t acme = database_org(our.db);
	struct db_definition d, *list;
	struct db_enclave e;
	int64_t owner;
	bool repeated;
	size_t n;

	same(db_enclave_of_chain(our.db, our.arena, &b->st.chain, &owner, &e),
	    OK);
	ck_assert_int_eq(owner, acme);
	ck_assert_uint_eq(e.definition_version, 1);
	same(db_definition_add(our.db, acme, e.id, span_str("\xa1"),
		 span_str("{\"a\":1}"), &d, &repeated),
	    OK);
	ck_assert(!repeated && d.version == 2);
	same(db_definition_add(our.db, acme, e.id, span_str("\xa1"),
		 span_str("{\"a\":1}"), &d, &repeated),
	    OK);
	ck_assert(repeated && d.version == 2);
	same(db_definition_add(our.db, our.org, e.id, span_str("\xa2"),
		 span_str("{}"), &d, &repeated),
	    ERR_NOT_FOUND);
	same(db_definition_get(our.db, our.arena, acme, e.id, 0, &d), OK);
	ck_assert_uint_eq(d.version, 2);
	ck_assert(span_is(d.json, "{\"a\":1}"));
	same(db_definition_get(our.db, our.arena, acme, e.id, 3, &d),
	    ERR_NOT_FOUND);
	same(db_definition_get(our.db, our.arena, our.org, e.id, 1, &d),
	    ERR_NOT_FOUND);
	same(db_definition_list(our.db, our.arena, acme, e.id, 0, 10, &list,
		 &n),
	    OK);
	ck_assert_uint_eq(n, 2);
	same(db_definition_of_chain(our.db, our.arena, &b->st.chain,
		 &list[1].sha256, &d),
	    OK);
	ck_assert(span_is(d.cbor, "\xa1"));
	same(db_definition_of_chain(our.db, our.arena, &b->st.chain,
		 &b->st.chain, &d),
	    ERR_NOT_FOUND);
	same(db_definition_all(our.db, our.arena, &b->st.chain, &list, &n), OK);
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
		c[i] =
		    (struct creation){ b, our.org, "twice", false, false, OK };
		ck_assert(!pthread_create(&thread[i], NULL, create, &c[i]));
	}
	for (size_t i = 0; i < 8; i++) {
		pthread_join(thread[i], NULL);
		same(c[i].e, OK);
		first += !c[i].repeated;
	}
	ck_assert_uint_eq(first, 1);
	/* The genesis is taken: for our.other owners, names and settings. */
	c[0] = (struct creation){ b, our.other, "twice", false, false, OK };
	create(&c[0]);
	same(c[0].e, ERR_CHAIN_EXISTS);
	c[0] = (struct creation){ b, our.org, "thrice", false, false, OK };
	create(&c[0]);
	same(c[0].e, ERR_CHAIN_EXISTS);
	c[0] = (struct creation){ b, our.org, "twice", true, false, OK };
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
		o.number = 1000000 + 2 * our.unique + i;
		b[i] = chain_builder_new(&o);
	}
	c = (struct creation){ b[0], our.org, "name", true, false, OK };
	create(&c);
	same(c.e, OK);
	c.b = b[1];
	create(&c);
	same(c.e, ERR_NAME_TAKEN);
	c.org = our.other;
	create(&c);
	same(c.e, OK);
	same(db_enclave_find(our.db, our.arena, our.org, "name", &e), OK);
	ck_assert(h32_eq(&e.chain, &b[0]->st.chain));
	ck_assert(e.is_private);
	same(db_enclave_find(our.db, our.arena, our.org, "none", &e),
	    ERR_NOT_FOUND);
	same(db_enclave_list(our.db, our.arena, our.org, 0, 10, &list, &n), OK);
	ck_assert_uint_eq(n, 1);
	same(db_enclave_list(our.db, our.arena, our.org, list[0].id, 10, &list,
		 &n),
	    OK);
	ck_assert_uint_eq(n, 0);
	chain_builder_free(b[0]);
	chain_builder_free(b[1]);
}
END_TEST

START_TEST(server_keys_are_their_organisations)
{
	struct span blob = span_of(&our.unique, sizeof our.unique);
	struct db_key k, *list;
	struct h32 kid;
	size_t n;

	same(hash_sha256(blob, &kid), OK);
	same(db_key_create(our.db, our.org, "k", blob, &k), OK);
	ck_assert(h32_eq(&k.kid, &kid));
	same(db_key_create(our.db, our.org, "k", span_str("y"), &k),
	    ERR_NAME_TAKEN);
	same(db_key_find(our.db, our.arena, our.org, "k", &k), OK);
	ck_assert(span_eq(k.blob, blob));
	same(db_key_find(our.db, our.arena, our.other, "k", &k), ERR_NOT_FOUND);
	same(db_key_list(our.db, our.arena, our.org, "", 10, &list, &n), OK);
	ck_assert_uint_eq(n, 1);
	ck_assert(span_eq(list[0].blob, blob));
	same(db_key_list(our.db, our.arena, our.org, "k", 10, &list, &n), OK);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(drafts_collect_one_signature_a_key_and_expire)
{
	struct chain_builder *b =
	    database_chain(&our.server, our.db, our.unique);
	int64_t acme = database_org(our.db);
	struct proof p[3] = { { PROOF_KEY, tenants_hash(&our, "a"),
				  span_str("sig-a") },
		{ PROOF_KEY, tenants_hash(&our, "b"), span_str("sig-b") },
		{ PROOF_KEY, tenants_hash(&our, "a"), span_str("other") } };
	struct db_draft d = { .chain = b->st.chain,
		.payload = span_str("payload"),
		.expires = clock_unix_ms() + DAY_MS,
		.proof_n = 1,
		.proof = p };
	struct db_draft got, *list;
	size_t n;

	same(db_draft_create(our.db, our.org, &d), ERR_NOT_FOUND);
	same(db_draft_create(our.db, acme, &d), OK);
	same(db_draft_get(our.db, our.arena, our.org, d.id, &got),
	    ERR_NOT_FOUND);
	same(db_draft_sign(our.db, acme, d.id, p + 1, 2), OK);
	same(db_draft_sign(our.db, our.org, d.id, p + 1, 1),
	    OK); /* of no effect */
	same(db_draft_get(our.db, our.arena, acme, d.id, &got), OK);
	ck_assert_uint_eq(got.proof_n, 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert(!span_is(got.proof[i].body, "other"));
	ck_assert(memcmp(got.proof[0].kid.b, got.proof[1].kid.b, 32) < 0);
	same(db_draft_list(our.db, our.arena, acme, &b->st.chain, NULL, 10,
		 &list, &n),
	    OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(list[0].signatures, 2);
	same(db_draft_list(our.db, our.arena, acme, NULL, d.id, 10, &list, &n),
	    OK);
	ck_assert_uint_eq(n, 0);
	same(db_draft_delete(our.db, our.org, d.id), ERR_NOT_FOUND);
	ck_assert_str_eq(postgres_ask("update encl.draft"
				      " set expires = created + '1 us'"
				      " returning 1"),
	    "1");
	same(db_draft_get(our.db, our.arena, acme, d.id, &got), ERR_NOT_FOUND);
	same(db_draft_delete(our.db, acme, d.id), ERR_NOT_FOUND);
	same(db_draft_expire(our.db), OK);
	ck_assert_str_eq(postgres_ask(
			     "select count(*) from encl.draft_signature"),
	    "0");
	chain_builder_free(b);
}
END_TEST

START_TEST(one_loose_revocation_a_stage_and_set_of_signers)
{
	struct chain_builder *b =
	    database_chain(&our.server, our.db, our.unique);
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
		same(db_revocation_keep(our.db, &b->st.chain, &b->st.stage_id,
			 &by, s[i % 2], "r", &kept),
		    OK);
		ck_assert_int_eq(kept, i < 2);
	}
	same(db_revocation_list(our.db, our.arena, &b->st.chain, &r, &n), OK);
	ck_assert_uint_eq(n, 2);
	ck_assert(span_eq(r[0].statement, s[0]));
	same(db_revocation_of_stage(our.db, our.arena, &b->st.chain,
		 &b->st.stage_id, &r, &n),
	    OK);
	ck_assert_uint_eq(n, 2);
	same(db_revocation_of_stage(our.db, our.arena, &b->st.chain,
		 &b->st.chain, &r, &n),
	    OK);
	ck_assert_uint_eq(n, 0);
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		definitions_are_numbered_and_content_is_kept_once,
		the_same_enclave_made_twice_at_once_is_one,
		an_enclaves_name_is_taken_by_another_chain,
		server_keys_are_their_organisations,
		drafts_collect_one_signature_a_key_and_expire,
		one_loose_revocation_a_stage_and_set_of_signers,
	};

	return postgres_suite("db_enclave", tests, sizeof tests / sizeof *tests,
	    setup, teardown);
}
