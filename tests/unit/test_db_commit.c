/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/walk.h"
#include "server/db_audit.h"
#include "server/db_entry.h"
#include "server/db_measurement.h"
#include "server/db_task.h"
#include "tests/lib/database.h"
#include "tests/lib/postgres.h"
#include "tests/lib/same.h"

static struct server server;
static struct db *db;
static struct arena *arena;
static int64_t org;

static void
serve(void)
{
	database_server(&server);
	same(commit_start(&server, &server.commit), OK);
	same(db_open(postgres_app(), &db), OK);
	arena = arena_make(1 << 16, 256 << 20);
	org = database_org(db);
}

static void
stop(void)
{
	commit_stop(server.commit);
	chains_free(server.chains);
	db_close(db);
	arena_free(arena);
}

static struct chain_builder *
found(uint32_t number)
{
	return database_chain(&server, db, number);
}

static enum err
append(const struct h32 *chain, const struct statement *t, struct appended *got)
{
	return database_append(&server, chain, t, got);
}

static void
append_entry(const struct chain_builder *b, size_t i)
{
	struct entry e;
	struct statement t = database_statement(b, i, &e);
	struct appended got;

	same(append(&b->st.chain, &t, &got), OK);
	ck_assert(h32_eq(&got.entry, &e.id));
	ck_assert_uint_eq(got.seq, i);
	ck_assert(!got.repeated);
}

/* The database's chain is the builder's, byte for byte. */
static void
check_same(const struct chain_builder *b)
{
	const struct chain_view *v;
	uint8_t buf[STATE_ENCODED_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct blob *page;
	struct span s;
	uint64_t n;

	state_encode(&o, &b->st);
	chains_moved_all(server.chains);
	same(chains_get(server.chains, db, &b->st.chain, &v), OK);
	ck_assert(span_eq(v->state, out_span(&o)));
	ck_assert_uint_eq(v->next_seq, b->n);
	same(chains_page(server.chains, db, v, 0, 1000, 1 << 22, &page, &n),
	    OK);
	ck_assert_uint_eq(n, b->n);
	s = blob_bytes(page);
	for (size_t i = 0; i < b->n; i++) {
		struct span e = chain_builder_entry(b, i);

		ck_assert(s.n >= e.n && memcmp(s.p, e.p, e.n) == 0);
		s = span_of(s.p + e.n, s.n - e.n);
	}
	ck_assert_uint_eq(s.n, 0);
	blob_drop(page);
	chains_drop(server.chains, v);
}

START_TEST(an_upgrade_goes_through_the_committer_byte_for_byte)
{
	struct chain_builder *b = found(1);

	chain_builder_first(b, 1);
	chain_builder_upgrade(b, 2);
	for (size_t i = 1; i < b->n; i++)
		append_entry(b, i);
	check_same(b);
	chain_builder_free(b);
}
END_TEST

static void
answers_as_the_first_time(struct chain_builder *b)
{
	struct appended got;

	chain_builder_first(b, 1);
	chain_builder_upgrade(b, 2);
	for (size_t i = 1; i < b->n; i++)
		append_entry(b, i);
	for (size_t i = 1; i < b->n; i++) {
		struct entry e;
		struct statement t = database_statement(b, i, &e);

		same(append(&b->st.chain, &t, &got), OK);
		ck_assert(got.repeated);
		ck_assert(h32_eq(&got.entry, &e.id));
		ck_assert_uint_eq(got.seq, i);
	}
	check_same(b);
	chain_builder_free(b);
}

START_TEST(a_repeated_append_answers_as_the_first_time)
{
	struct chain_builder_opts o = chain_builder_plain;
	struct policy named;

	answers_as_the_first_time(found(2));
	/* receipts with checkpoints, too */
	o.number = 102;
	cosigner_policy(&named, 0, 3, 2);
	o.witnesses = &named;
	answers_as_the_first_time(database_chain_of(&server, db, &o));
}
END_TEST

START_TEST(repeats_in_one_group_are_one_entry)
{
	struct chain_builder *b = found(3);
	struct database_job *w = calloc(64, sizeof *w);
	struct entry e;
	struct statement t;
	size_t first = 0;

	same(chain_builder_stage_release(b, 1, chain_builder_owners(b)), OK);
	t = database_statement(b, 1, &e);
	for (size_t i = 0; i < 64; i++)
		database_submit(&server, &w[i], &b->st.chain, &t);
	for (size_t i = 0; i < 64; i++) {
		same(database_await(&w[i]), OK);
		ck_assert(h32_eq(&w[i].got.entry, &e.id));
		first += !w[i].got.repeated;
	}
	ck_assert_uint_eq(first, 1);
	check_same(b);
	free(w);
	chain_builder_free(b);
}
END_TEST

START_TEST(one_bad_append_does_not_fail_its_neighbours)
{
	struct chain_builder *b[8];
	struct database_job *w = calloc(16, sizeof *w);
	struct entry e[16];

	for (uint32_t i = 0; i < 8; i++) {
		struct statement t;

		b[i] = found(10 + i);
		same(chain_builder_stage_release(b[i], 1,
			 chain_builder_owners(b[i])),
		    OK);
		t = database_statement(b[i], 1, &e[i]);
		database_submit(&server, &w[2 * i], &b[i]->st.chain, &t);
		t.proof_n = 1;
		database_submit(&server, &w[2 * i + 1], &b[i]->st.chain, &t);
	}
	for (size_t i = 0; i < 16; i++)
		if (i % 2 == 0)
			same(database_await(&w[i]), OK);
		else
			ck_assert(database_await(&w[i]) != OK);
	for (size_t i = 0; i < 8; i++) {
		check_same(b[i]);
		chain_builder_free(b[i]);
	}
	free(w);
}
END_TEST

START_TEST(a_signature_that_was_not_checked_before_is_checked_here)
{
	struct chain_builder *b = found(20);
	struct entry e;
	struct statement t;
	struct appended got;
	uint8_t sig[KEY_SIG_MAX];

	same(chain_builder_stage_release(b, 1, chain_builder_owners(b)), OK);
	t = database_statement(b, 1, &e);
	memcpy(sig, t.proof[0].body.p, t.proof[0].body.n);
	sig[0] ^= 1;
	t.proof[0].body.p = sig;
	same(append(&b->st.chain, &t, &got), ERR_SIG_BAD);
	append_entry(b, 1);
	chain_builder_free(b);
}
END_TEST

START_TEST(an_unknown_chain_is_not_found)
{
	struct chain_builder *b = found(21);
	struct entry e;
	struct statement t;
	struct appended got;
	struct h32 other = { { 1, 2, 3 } };

	same(chain_builder_stage_release(b, 1, chain_builder_owners(b)), OK);
	t = database_statement(b, 1, &e);
	same(append(&other, &t, &got), ERR_NOT_FOUND);
	chain_builder_free(b);
}
END_TEST

/* Writers that race on one chain: each stages when the chain is open and
 * revokes what is staged, as fast as it can. */
struct race {
	const struct chain_builder *b;
	struct stage stage; /* of which each makes its own */
	struct db *db;
	unsigned number, rounds;
	unsigned won, lost, other;
	uint8_t payload[2048];
	struct chain_builder_draft draft;
	struct state st;
};

static struct statement
make(struct race *r)
{
	struct out o = out_of(r->payload, sizeof r->payload);
	struct statement t;
	char notes[64];

	snprintf(notes, sizeof notes, "%u %u", r->number, r->rounds);
	if (r->st.phase == PHASE_OPEN) {
		r->stage.from = r->st.opened;
		r->stage.notes = span_str(notes);
		stage_encode(&o, &r->stage);
	} else {
		struct revoke v = { r->st.chain, r->st.stage_id,
			span_str(notes) };

		revoke_encode(&o, &v);
	}
	chain_builder_draft(r->b, &r->draft, out_span(&o));
	chain_builder_sign(r->b, &r->draft, CONTROL(0) | CONTROL(1));
	t.payload = out_span(&o);
	t.proof_n = r->draft.n;
	memcpy(t.proof, r->draft.proof, r->draft.n * sizeof t.proof[0]);
	return t;
}

static atomic_uint winners, unsure; /* of all races so far */

static void
race_once(struct race *r)
{
	const struct chain_view *v;
	struct statement t;
	struct appended got;
	enum err e;

	if (chains_get(server.chains, r->db, &r->b->st.chain, &v) != OK) {
		r->other++;
		return;
	}
	if (state_decode(v->state, &r->st) != OK)
		abort();
	chains_drop(server.chains, v);
	t = make(r);
	e = append(&r->b->st.chain, &t, &got);
	if (e == OK && !got.repeated) {
		r->won++;
		atomic_fetch_add(&winners, 1);
	} else if (err_class(e) == ERR_CLASS_CONFLICT) {
		r->lost++;
	} else {
		r->other++;
		atomic_fetch_add(&unsure, 1);
	}
}

static void *
race(void *ctx)
{
	struct race *r = ctx;

	/* The trouble may come before the connection does. */
	for (int i = 0; db_open(postgres_app(), &r->db) != OK; i++) {
		if (i == 1000)
			abort();
		usleep(10000);
	}
	for (; r->rounds; r->rounds--)
		race_once(r);
	db_close(r->db);
	return NULL;
}

/* Walks what the database holds; answers how many entries there are. */
static uint64_t
walk_all(const struct chain_builder *b)
{
	struct walk_opts o = { .rules = b->rules, .chain = &b->st.chain };
	struct walk *w = malloc(sizeof *w);
	const struct chain_view *v;
	uint64_t n;

	walk_init(w, &o);
	chains_moved_all(server.chains);
	same(chains_get(server.chains, db, &b->st.chain, &v), OK);
	for (uint64_t seq = 0; seq < v->next_seq;) {
		struct db_entry *e;
		size_t got;

		arena_reset(arena);
		same(db_entry_page(db, arena, &b->st.chain, seq, 1000, 16 << 20,
			 &e, &got),
		    OK);
		ck_assert_uint_gt(got, 0);
		for (size_t i = 0; i < got; i++)
			same(walk_feed(w, e[i].bytes), OK);
		seq += got;
	}
	same(walk_end(w), OK);
	ck_assert(h32_eq(&w->st.head, &v->head));
	n = v->next_seq;
	chains_drop(server.chains, v);
	free(w);
	return n;
}

static void
run_race(struct race *r, size_t n, struct chain_builder *b, unsigned rounds,
    void (*meanwhile)(void))
{
	pthread_t *thread = calloc(n, sizeof *thread);
	struct stage g = chain_builder_stage_of(b, 1);
	unsigned before = winners;

	for (size_t i = 0; i < n; i++) {
		r[i].b = b;
		r[i].stage = g;
		r[i].number = (unsigned)i;
		r[i].rounds = rounds;
		ck_assert(!pthread_create(&thread[i], NULL, race, &r[i]));
	}
	/* Trouble before the race has begun would be none. */
	for (int i = 0; meanwhile && i < 12000 && winners == before; i++)
		usleep(10000);
	if (meanwhile)
		meanwhile();
	for (size_t i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	free(thread);
}

START_TEST(of_64_racing_writers_one_takes_each_place)
{
	struct chain_builder *b = found(30);
	struct race *r = calloc(64, sizeof *r);
	uint64_t won = 0, lost = 0;

	run_race(r, 64, b, 100, NULL);
	for (size_t i = 0; i < 64; i++) {
		won += r[i].won;
		lost += r[i].lost;
		ck_assert_uint_eq(r[i].other, 0);
	}
	ck_assert_uint_eq(won + lost, 6400);
	ck_assert_uint_gt(lost, 0);
	ck_assert_uint_eq(walk_all(b), won + 1);
	ck_assert_int_eq(atoi(postgres_ask("select count(*) from encl.entry "
					   "where chain = (select chain from "
					   "encl.chain where next_seq > 50)")),
	    (int)won + 1);
	free(r);
	chain_builder_free(b);
}
END_TEST

static void
restart(void)
{
	for (int i = 0; i < 3; i++) {
		usleep(150000);
		postgres_crash();
		usleep(100000);
		postgres_again();
	}
}

static void
kill_backends(void)
{
	unsigned before = unsure;

	/* A connection that is ended while it waits is replaced unnoticed. */
	for (int i = 0; i < 10 || (i < 100 && unsure == before); i++) {
		usleep(50000);
		postgres_shell("psql -XAtqc \"select pg_terminate_backend(pid)"
			       " from pg_stat_activity where usename ="
			       " 'encl_app'\" >/dev/null");
	}
}

/* What a client would do: it repeats until it knows. */
static void
check_after_trouble(struct race *r, size_t n, const struct chain_builder *b)
{
	uint64_t won = 0, other = 0, there;

	for (size_t i = 0; i < n; i++) {
		won += r[i].won;
		other += r[i].other;
	}
	there = walk_all(b) - 1;
	/* Nothing that was acknowledged is lost; what is there beyond that was
	 * answered with "I do not know". */
	ck_assert_uint_ge(there, won);
	ck_assert_uint_le(there, won + other);
	ck_assert_uint_gt(won, 0);
	ck_assert_uint_gt(other, 0);
}

START_TEST(nothing_acknowledged_is_lost_when_postgresql_crashes)
{
	struct chain_builder *b = found(31);
	struct race *r = calloc(16, sizeof *r);
	struct appended got;
	struct statement t;

	run_race(r, 16, b, 2000, restart);
	check_after_trouble(r, 16, b);
	/* The committer has connected again, and the last statement of the
	 * first writer is known or refused, never taken twice. */
	t = make(&r[0]);
	(void)append(&b->st.chain, &t, &got);
	(void)walk_all(b);
	free(r);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_terminated_backend_loses_nothing)
{
	struct chain_builder *b = found(32);
	struct race *r = calloc(16, sizeof *r);

	run_race(r, 16, b, 2000, kill_backends);
	check_after_trouble(r, 16, b);
	free(r);
	chain_builder_free(b);
}
END_TEST

START_TEST(appends_with_no_database_say_so_and_then_recover)
{
	struct chain_builder *b = found(33);
	struct appended got;
	struct statement t;
	struct entry one;
	enum err e = OK;

	same(chain_builder_stage_release(b, 1, chain_builder_owners(b)), OK);
	t = database_statement(b, 1, &one);
	postgres_crash();
	same(append(&b->st.chain, &t, &got), ERR_DATABASE);
	postgres_again();
	/* The committer connects again in its own time. */
	for (int i = 0;
	     i < 12000 && (e = append(&b->st.chain, &t, &got)) == ERR_DATABASE;
	     i++)
		usleep(10000);
	same(e, OK);
	check_same(b);
	chain_builder_free(b);
}
END_TEST

START_TEST(two_committers_on_one_database_share_a_chain)
{
	struct chain_builder *b = found(34);
	struct server mine = server;
	struct race *r = calloc(32, sizeof *r);
	struct commit *second;
	uint64_t won = 0;

	/* The second one's cache is the first one's, which is what makes its
	 * heads old now and then. */
	same(chains_make(1 << 20, &mine.chains), OK);
	same(commit_start(&mine, &second), OK);
	run_race(r, 16, b, 50, NULL);
	server.commit = second;
	run_race(r + 16, 16, b, 50, NULL);
	for (size_t i = 0; i < 32; i++)
		won += r[i].won;
	ck_assert_uint_eq(walk_all(b), won + 1);
	server.commit = mine.commit;
	commit_stop(second);
	chains_free(mine.chains);
	free(r);
	chain_builder_free(b);
}
END_TEST

START_TEST(an_append_leaves_its_measurement_its_task_and_its_audit_row)
{
	struct chain_builder *b = found(40);
	struct release release = chain_builder_release(b, 1);
	struct db_measurement *m;
	struct db_audit *l;
	struct db_task *t;
	uint8_t pcr0[PCR_SIZE];
	size_t n;

	memcpy(pcr0, release.pcrs.value[0], PCR_SIZE);
	same(chain_builder_stage_release(b, 1, chain_builder_owners(b)), OK);
	append_entry(b, 1);
	same(db_measurement_list(db, arena, org, pcr0, NULL, 0, 10, &m, &n),
	    OK);
	ck_assert_uint_ge(n, 1);
	for (size_t i = 0; i < n; i++)
		if (h32_eq(&m[i].chain, &b->st.chain)) {
			ck_assert_uint_eq(m[i].seq, 1);
			ck_assert(h32_eq(&m[i].stage, &b->st.stage_id));
		}
	same(db_task_list(db, arena, &b->st.chain, 1, &t, &n), OK);
	/* b's clock is not ours: what it stages may be over by now. */
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(t[i].role, ROLE_ACCEPTED);
	same(db_audit_list(db, arena, org, 0, NULL, 1, &l, &n), OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(l[0].action, "entry.stage");
	ck_assert_str_eq(l[0].request_id, "req-1");
	chain_builder_free(b);
}
END_TEST

/* Each test is a process of its own, whose threads begin there. */
int
main(void)
{
	const TTest *const tests[] = {
		an_upgrade_goes_through_the_committer_byte_for_byte,
		a_repeated_append_answers_as_the_first_time,
		repeats_in_one_group_are_one_entry,
		one_bad_append_does_not_fail_its_neighbours,
		a_signature_that_was_not_checked_before_is_checked_here,
		an_unknown_chain_is_not_found,
		of_64_racing_writers_one_takes_each_place,
		two_committers_on_one_database_share_a_chain,
		an_append_leaves_its_measurement_its_task_and_its_audit_row,
		nothing_acknowledged_is_lost_when_postgresql_crashes,
		a_terminated_backend_loses_nothing,
		appends_with_no_database_say_so_and_then_recover,
	};

	return postgres_suite("db_commit", tests, sizeof tests / sizeof *tests,
	    serve, stop);
}
