/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "chain/hash.h"
#include "definition/definition.h"
#include "server/commit_group.h"
#include "server/db_checkpoint.h"
#include "server/db_enclave.h"
#include "server/db_evidence.h"
#include "server/db_org.h"
#include "server/db_revocation.h"
#include "server/fsck.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/postgres.h"
#include "tests/lib/same.h"

#define SECOND 1700000000
#define COSIGNED 3u /* the first two of three */
#define WITNESSED (SECOND * UINT64_C(1000) + 999)

static struct server server;
static struct db *db, *super;
static struct chain_builder *b;
static struct h32 definition;
static FILE *talk;

static void
run(const char *sql)
{
	DB_RESULT r = NULL;
	enum err e = db_query(super, sql, &r);

	if (e != OK)
		fprintf(stderr, "%s: %s\n", sql, err_code(e));
	same(e, OK);
}

static bool
try(const char *sql)
{
	DB_RESULT r = NULL;

	return db_query(super, sql, &r) == OK;
}

static uint64_t
wrong(bool repair)
{
	struct fsck f = { .root = &b->root,
		.root_n = 1,
		.repair = repair,
		.out = talk };
	enum err e = fsck_run(postgres_super(), &f);

	same(e, OK);
	ck_assert_uint_eq(f.chains, 1);
	return f.wrong;
}

static void
stage(unsigned version)
{
	struct stage g = chain_builder_stage_of(b, version);

	g.release.definition = definition;
	same(chain_builder_stage(b, &g, chain_builder_owners(b)), OK);
}

/* A first release, a revoked stage, an upgrade, and a stage that is open; a
 * late revocation beside it. */
static void
build(uint8_t *revocation, struct span *late, struct h32 *late_stage)
{
	stage(1);
	same(chain_builder_receipt(b, ROLE_ACCEPTED, 1), OK);
	stage(2);
	same(chain_builder_revoke(b, GUARDIAN(0)), OK);
	stage(2);
	*late_stage = b->st.stage_id;
	*late = chain_builder_revocation(b, GUARDIAN(1), revocation, 4096);
	same(chain_builder_receipt(b, ROLE_SEEN, 1), OK);
	same(chain_builder_receipt(b, ROLE_ACCEPTED, 2), OK);
	b->now += 3 * DAY;
	same(chain_builder_receipt(b, ROLE_RELEASED, 1), OK);
	stage(3);
}

struct answer {
	struct commit_job job;
	struct req q;
	enum err e;
};

static void
done(struct commit_job *j, enum err e, const struct appended *a)
{
	(void)a;
	((struct answer *)j)->e = e;
}

static void
append_all(void)
{
	struct commit_group *g;

	same(commit_group_make(&server, &g), OK);
	for (size_t i = 1; i < b->n; i++) {
		struct answer w = {
			.job = { .q = &w.q, .chain = b->st.chain, .done = done }
		};
		struct entry e;

		snprintf(w.q.request_id, sizeof w.q.request_id, "e%zu", i);
		same(entry_decode(chain_builder_entry(b, i), &e), OK);
		w.job.t.payload = e.payload;
		w.job.t.proof_n = e.proof_n;
		memcpy(w.job.t.proof, e.proof, sizeof e.proof);
		commit_group_run(g, &w.job);
		same(w.e, OK);
	}
	commit_group_free(g);
}

static void
create(void)
{
	struct db_enclave_new e = { .name = "e", .request_id = "e0" };
	struct shape_faults faults = { 0 };
	uint8_t cbor[1024];
	struct out o = out_of(cbor, sizeof cbor);
	bool repeated;
	int64_t org;
	json_t *j;

	e.definition_json = span_str("{\"name\":\"payments\",\"image\":"
				     "\"registry.example/payments:1\","
				     "\"resources\":{\"cpus\":2,"
				     "\"memory_mib\":1024}}");
	same(definition_json(e.definition_json, &j, &faults), OK);
	same(definition_canonical(j, &o, &definition), OK);
	json_decref(j);
	e.definition_cbor = out_span(&o);
	e.genesis = chain_builder_entry(b, 0);
	e.state = &b->st;
	same(db_org_create(db, "acme", &org), OK);
	same(db_begin(db), OK);
	same(db_enclave_create(db, org, &e, &repeated), OK);
	same(db_commit(db), OK);
}

static const char bundle[] = "-----BEGIN CERTIFICATE-----\nbundle\n";

/* What checkpoints.c would have written. */
static void
note(unsigned who, uint64_t size, uint64_t witnessed)
{
	static uint8_t buf[CHECKPOINT_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct cosigner_note n;
	struct db_checkpoint c = { .chain = b->st.chain,
		.size = size,
		.witnessed = witnessed };

	cosigner_note(&n, &b->st, who, SECOND);
	n.size = size;
	cosigner_write(&o, &n);
	c.note = out_span(&o);
	same(db_checkpoint_put(db, &c, 1), OK);
}

static void
publish(const char *text)
{
	bool kept;

	same(db_begin(db), OK);
	same(db_evidence_add(db, &b->st.chain, span_str(text), "ev", &kept),
	    OK);
	same(db_commit(db), OK);
}

static void
setup(void)
{
	uint8_t revocation[4096];
	struct chain_builder_opts opts = chain_builder_plain;
	struct policy witnesses;
	struct statement t;
	struct h32 stage_id, by;
	struct span late;
	bool kept;

	talk = fopen("/dev/null", "w");
	cosigner_policy(&witnesses, 0, 3, 2);
	opts.witnesses = &witnesses;
	same(hash_sha256(span_str(bundle), &opts.evidence), OK);
	b = chain_builder_new(&opts);
	/* Its stages are to be open now. */
	b->now = (uint64_t)time(NULL) * 1000 - 5 * DAY;
	server.root[0] = b->root;
	server.root_n = 1;
	snprintf(server.settings.database, sizeof server.settings.database,
	    "%s", postgres_app());
	same(chains_make(1 << 20, &server.chains), OK);
	same(db_open(postgres_app(), &db), OK);
	same(db_open_tool(postgres_super(), &super), OK);
	create();
	build(revocation, &late, &stage_id);
	append_all();
	same(entry_statement_decode(late, &t), OK);
	same(db_revocation_signers(&t, &by), OK);
	same(db_revocation_keep(db, &b->st.chain, &stage_id, &by, late, "",
		 &kept),
	    OK);
	publish(bundle);
	note(COSIGNED, b->n, WITNESSED);
}

static void
teardown(void)
{
	db_close(db);
	db_close(super);
	chains_free(server.chains);
	chain_builder_free(b);
	fclose(talk);
}

START_TEST(what_the_server_wrote_is_right)
{
	talk = stdout;
	ck_assert_uint_eq(wrong(false), 0);
	talk = fopen("/dev/null", "w");
}
END_TEST

static const char *const off[] = {
	"ALTER TABLE encl.entry DISABLE TRIGGER ALL",
	"ALTER TABLE encl.chain DISABLE TRIGGER ALL",
	"ALTER TABLE encl.definition DISABLE TRIGGER ALL",
	"ALTER TABLE encl.revocation DISABLE TRIGGER ALL",
	"ALTER TABLE encl.measurement DISABLE TRIGGER ALL",
	"ALTER TABLE encl.checkpoint DISABLE TRIGGER ALL",
	"ALTER TABLE encl.evidence DISABLE TRIGGER ALL",
};

/* One byte of one value, chosen by chance; what the table's checks refuse is
 * as good as found.  The same again puts it back. */
static unsigned
edit(const char *table, const char *column, const char *which, unsigned n)
{
	unsigned edits = 0;

	for (unsigned i = 0; i < n; i++) {
		int at = rand(), bit = 1 << (rand() % 8);
		char sql[512];

		snprintf(sql, sizeof sql,
		    "UPDATE encl.%s SET %s = set_byte(%s, %d %% length(%s),"
		    " get_byte(%s, %d %% length(%s)) # %d) WHERE %s",
		    table, column, column, at, column, column, at, column, bit,
		    which);
		if (!try(sql))
			continue;
		edits++;
		ck_assert_msg(wrong(false) > 0, "not found: %s", sql);
		ck_assert_msg(try(sql), "%s", sql);
	}
	return edits;
}

START_TEST(every_edited_byte_is_found)
{
	unsigned edits = 0;

	for (size_t i = 0; i < sizeof off / sizeof *off; i++)
		run(off[i]);
	for (size_t i = 0; i < b->n; i++) {
		char which[64];

		snprintf(which, sizeof which, "request_id = 'e%zu'", i);
		edits += edit("entry", "bytes", which, 25);
	}
	ck_assert_uint_gt(edits, 150);
	edits = edit("chain", "state", "true", 25);
	edits += edit("chain", "head", "true", 5);
	edits += edit("chain", "chain", "true", 5);
	edits += edit("definition", "cbor", "true", 20);
	edits += edit("definition", "json", "true", 20);
	edits += edit("revocation", "statement", "true", 25);
	edits += edit("revocation", "stage", "true", 5);
	edits += edit("revocation", "signers", "true", 5);
	edits += edit("revocation", "chain", "true", 5);
	edits += edit("measurement", "pcr0", "seq = 1", 5);
	edits += edit("measurement", "chain", "seq = 1", 5);
	edits += edit("measurement", "stage", "seq = 1", 5);
	edits += edit("checkpoint", "note", "true", 40);
	edits += edit("checkpoint", "chain", "true", 5);
	edits += edit("evidence", "bundle", "true", 20);
	edits += edit("evidence", "chain", "true", 5);
	ck_assert_uint_gt(edits, 100);
	ck_assert_uint_eq(wrong(false), 0);
}
END_TEST

START_TEST(entries_that_are_gone_are_missed)
{
	for (size_t i = 0; i < sizeof off / sizeof *off; i++)
		run(off[i]);
	run("CREATE TABLE keep AS SELECT * FROM encl.entry");
	for (size_t i = 0; i < b->n; i++) {
		char sql[200];

		snprintf(sql, sizeof sql,
		    "DELETE FROM encl.entry WHERE seq = %zu", i);
		run(sql);
		ck_assert_uint_gt(wrong(false), 0);
		snprintf(sql, sizeof sql,
		    "INSERT INTO encl.entry (received, token, request_id,"
		    " bytes) SELECT received, token, request_id, bytes"
		    " FROM keep WHERE seq = %zu",
		    i);
		run(sql);
		ck_assert_uint_eq(wrong(false), 0);
	}
}
END_TEST

START_TEST(a_wrong_cache_is_repaired_from_the_entries)
{
	run("UPDATE encl.chain SET state = '\\x00', phase = 0, due_at = NULL");
	run("DELETE FROM encl.task");
	run("DELETE FROM encl.measurement WHERE seq = 1");
	ck_assert_uint_gt(wrong(false), 0);
	ck_assert_uint_gt(wrong(true), 0);
	ck_assert_uint_eq(wrong(false), 0);
}
END_TEST

/* Of this chain, with these: size, who cosigned, the witness time. */
static uint64_t
wrong_with(uint64_t size, unsigned who, uint64_t witnessed)
{
	run("DELETE FROM encl.checkpoint");
	note(who, size, witnessed);
	return wrong(false);
}

START_TEST(a_checkpoint_is_of_the_entries_that_are_here)
{
	for (size_t i = 0; i < sizeof off / sizeof *off; i++)
		run(off[i]);
	ck_assert_uint_eq(wrong_with(b->n, COSIGNED, WITNESSED), 0);
	/* a few have cosigned, nobody has, more than are needed have */
	ck_assert_uint_eq(wrong_with(b->n, 1, 0), 0);
	ck_assert_uint_eq(wrong_with(b->n, 0, 0), 0);
	ck_assert_uint_eq(wrong_with(b->n, 7, WITNESSED), 0);
	ck_assert_uint_gt(wrong_with(b->n, 1, WITNESSED), 0);
	ck_assert_uint_gt(wrong_with(b->n, COSIGNED, 0), 0);
	ck_assert_uint_gt(wrong_with(b->n, COSIGNED, WITNESSED + 1), 0);
	/* of fewer entries with the root of all, and of more than there are */
	ck_assert_uint_gt(wrong_with(b->n - 1, COSIGNED, WITNESSED), 0);
	ck_assert_uint_gt(wrong_with(b->n + 1, COSIGNED, WITNESSED), 0);
	/* none yet */
	run("DELETE FROM encl.checkpoint");
	ck_assert_uint_eq(wrong(false), 0);
	run("INSERT INTO encl.checkpoint (chain, size)"
	    " SELECT chain, 0 FROM encl.chain");
	ck_assert_uint_eq(wrong(false), 0);
}
END_TEST

START_TEST(evidence_is_what_a_key_names)
{
	publish("-----BEGIN CERTIFICATE-----\nanother\n");
	ck_assert_uint_eq(wrong(false), 1);
}
END_TEST

START_TEST(a_root_that_is_not_trusted_is_said)
{
	struct h32 root = b->root;

	b->root.b[0] ^= 1;
	ck_assert_uint_gt(wrong(false), 0);
	b->root = root;
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { what_the_server_wrote_is_right,
		every_edited_byte_is_found, entries_that_are_gone_are_missed,
		a_wrong_cache_is_repaired_from_the_entries,
		a_checkpoint_is_of_the_entries_that_are_here,
		evidence_is_what_a_key_names,
		a_root_that_is_not_trusted_is_said };

	srand(20261121);
	return postgres_suite_once("db_fsck", tests,
	    sizeof tests / sizeof *tests, setup, teardown);
}
