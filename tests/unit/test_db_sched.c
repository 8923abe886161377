/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/db_task.h"
#include "server/notify.h"
#include "server/sched.h"
#include "system/clock.h"
#include "tests/lib/database.h"
#include "tests/lib/postgres.h"
#include "tests/lib/same.h"

#define MANY 10000

static struct server server;
static struct db *db;

static void
serve(void)
{
	database_server(&server);
	same(commit_start(&server, &server.commit), OK);
	same(sched_start(&server, &server.sched), OK);
	same(db_open(postgres_app(), &db), OK);
}

static void
stop(void)
{
	commit_stop(server.commit);
	sched_stop(server.sched);
	sched_free(server.sched);
	chains_free(server.chains);
	db_close(db);
}

struct agent {
	struct sched_wait w;
	atomic_int answered;
	enum err e;
	size_t n;
	struct db_task task[3];
};

static void
done(struct sched_wait *w, enum err e, const struct db_task *t, size_t n)
{
	struct agent *a = (struct agent *)w;

	a->e = e;
	a->n = n;
	for (size_t i = 0; i < n && i < 3; i++)
		a->task[i] = t[i];
	atomic_fetch_add(&a->answered, 1);
}

static void
ask(struct agent *a, const struct h32 *chain, const uint8_t *pcr0,
    unsigned wait_ms)
{
	*a = (struct agent){ .w = { .chain = *chain,
				 .deadline = clock_unix_ms() + wait_ms,
				 .done = done } };
	memcpy(a->w.pcr0, pcr0, PCR_SIZE);
	sched_wait(server.sched, &a->w);
}

/* False when no answer came within two minutes. */
static bool
await(const struct agent *a)
{
	for (int i = 0; i < 12000 && !atomic_load(&a->answered); i++)
		usleep(10000);
	return atomic_load(&a->answered) == 1;
}

/* A chain whose first release is staged in the builder, not yet appended. */
static struct chain_builder *
staged(uint32_t number, uint64_t not_before, uint8_t *pcr0)
{
	struct chain_builder *b = database_chain(&server, db, number);
	struct stage g;

	b->now = clock_unix_ms();
	g = chain_builder_stage_of(b, 1);
	g.not_before = not_before;
	memcpy(pcr0, g.release.pcrs.value[0], PCR_SIZE);
	same(chain_builder_stage(b, &g, chain_builder_owners(b)), OK);
	return b;
}

static void
append(const struct chain_builder *b, size_t i)
{
	struct entry e;
	struct statement t = database_statement(b, i, &e);
	struct appended got;

	same(database_append(&server, &b->st.chain, &t, &got), OK);
}

START_TEST(a_task_that_is_there_is_handed_out_at_once)
{
	uint8_t pcr0[PCR_SIZE];
	struct chain_builder *b = staged(1, 0, pcr0);
	struct agent a;

	append(b, 1);
	ask(&a, &b->st.chain, pcr0, 100000);
	ck_assert(await(&a));
	ck_assert_uint_eq(a.n, 1);
	ck_assert_int_eq(a.task[0].role, ROLE_ACCEPTED);
	ck_assert(h32_eq(&a.task[0].prev, &b->st.head));
	ck_assert_uint_eq(a.task[0].seq, 1);
	chain_builder_free(b);
}
END_TEST

START_TEST(an_agent_that_waits_hears_of_an_append)
{
	uint8_t pcr0[PCR_SIZE];
	struct chain_builder *b = staged(2, 0, pcr0);
	struct agent a;

	ask(&a, &b->st.chain, pcr0, 100000);
	usleep(100000);
	ck_assert_int_eq(atomic_load(&a.answered), 0);
	append(b, 1);
	ck_assert(await(&a));
	ck_assert_uint_eq(a.n, 1);
	chain_builder_free(b);
}
END_TEST

START_TEST(what_becomes_due_later_is_handed_out_then)
{
	uint8_t pcr0[PCR_SIZE];
	uint64_t due = clock_unix_ms() + 2500;
	struct chain_builder *b = staged(3, due, pcr0);
	struct agent a;

	append(b, 1);
	ask(&a, &b->st.chain, pcr0, 100000);
	ck_assert(await(&a));
	ck_assert_uint_eq(a.n, 1);
	ck_assert_uint_eq(a.task[0].from, due);
	ck_assert_uint_ge(clock_unix_ms(), due);
	chain_builder_free(b);
}
END_TEST

START_TEST(other_code_gets_nothing_until_its_deadline)
{
	uint8_t pcr0[PCR_SIZE];
	struct chain_builder *b = staged(4, 0, pcr0);
	uint64_t began = clock_steady_ms();
	struct agent a;

	append(b, 1);
	pcr0[0] ^= 1;
	ask(&a, &b->st.chain, pcr0, 700);
	ck_assert(await(&a));
	ck_assert_uint_eq(a.n, 0);
	same(a.e, OK);
	ck_assert_uint_ge(clock_steady_ms() - began, 690);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_task_of_an_older_head_is_void_and_goes)
{
	uint8_t pcr0[PCR_SIZE];
	struct chain_builder *b = staged(5, 0, pcr0);
	uint64_t gone;
	struct agent a;

	append(b, 1);
	same(chain_builder_revoke(b, GUARDIAN(0)), OK);
	append(b, 2);
	ask(&a, &b->st.chain, pcr0, 300);
	ck_assert(await(&a));
	ck_assert_uint_eq(a.n, 0);
	same(db_task_void(db, 1000, &gone), OK);
	ck_assert_str_eq(postgres_ask("select count(*) from encl.task t join"
				      " encl.chain c using (chain)"
				      " where t.prev <> c.head"),
	    "0");
	chain_builder_free(b);
}
END_TEST

START_TEST(thousands_may_wait_and_stop_answers_them_all)
{
	uint8_t pcr0[PCR_SIZE];
	struct chain_builder *b = staged(6, 0, pcr0);
	struct agent late, *a = calloc(5000, sizeof *a);
	size_t with = 0;

	for (size_t i = 0; i < 5000; i++) {
		struct h32 chain = b->st.chain;

		if (i % 2)
			memcpy(chain.b, &i, sizeof i);
		ask(&a[i], &chain, pcr0, 100000);
	}
	append(b, 1);
	for (size_t i = 0; i < 5000; i += 2) {
		ck_assert(await(&a[i]));
		with += a[i].n == 1;
	}
	ck_assert_uint_eq(with, 2500);
	sched_stop(server.sched);
	ask(&late, &b->st.chain, pcr0, 100000);
	ck_assert_int_eq(atomic_load(&late.answered), 1);
	sched_free(server.sched);
	for (size_t i = 1; i < 5000; i += 2) {
		ck_assert_int_eq(atomic_load(&a[i].answered), 1);
		ck_assert_uint_eq(a[i].n, 0);
	}
	server.sched = NULL;
	free(a);
	chain_builder_free(b);
}
END_TEST

/* MANY chains that are due, copied from one. */
static void
copy_due(const struct chain_builder *b)
{
	char hex[65];
	struct out o = out_of(hex, sizeof hex);

	for (size_t i = 0; i < 32; i++)
		o.n +=
		    (size_t)snprintf(hex + 2 * i, 3, "%02x", b->st.chain.b[i]);
	postgres_shell("psql -XAtq -c \"set search_path = encl;"
		       " alter table chain disable trigger all;"
		       " insert into enclave (org, name) select 1, 'm' || i"
		       " from generate_series(1, %d) i;"
		       " insert into chain (chain, org, enclave, private, head,"
		       " next_seq, phase, due_at, state)"
		       " select sha256(e.name::text::bytea), 1, e.id, false,"
		       " c.head, c.next_seq, c.phase, now(), c.state"
		       " from chain c, enclave e where c.chain = '\\\\x%s'"
		       " and e.name like 'm%%';"
		       " alter table chain enable trigger all; analyze\"",
	    MANY, hex);
}

START_TEST(two_schedulers_turn_what_is_due_into_tasks_once)
{
	uint8_t pcr0[PCR_SIZE];
	struct chain_builder *b = staged(7, clock_unix_ms() + 3000, pcr0);
	struct server other = server;
	uint64_t began, took;

	append(b, 1);
	sched_stop(server.sched);
	sched_free(server.sched);
	copy_due(b);
	while (atoi(postgres_ask("select count(*) from encl.chain where"
				 " due_at > now()")) > 0)
		usleep(100000);
	began = clock_steady_ms();
	same(sched_start(&server, &server.sched), OK);
	same(sched_start(&other, &other.sched), OK);
	while (atoi(postgres_ask("select count(*) from encl.chain"
				 " where due_at <= now()")) > 0 &&
	       clock_steady_ms() - began < 120000)
		usleep(20000);
	took = clock_steady_ms() - began;
	ck_assert_int_eq(atoi(postgres_ask("select count(*) from encl.task t"
					   " join encl.chain c using (chain)"
					   " join encl.enclave e on e.id ="
					   " c.enclave where e.name"
					   " like 'm%%'")),
	    MANY);
	printf("%d due stages became tasks in %llu ms\n", MANY,
	    (unsigned long long)took);
	sched_stop(other.sched);
	sched_free(other.sched);
	chain_builder_free(b);
}
END_TEST

/* Its memory of the chain goes. */
static void
forgets(const struct chain_builder *b, struct server *s)
{
	const struct chain_view *v;

	for (int i = 0; i < 12000; i++) {
		if (chains_get(s->chains, NULL, &b->st.chain, &v) != OK)
			return;
		chains_drop(s->chains, v);
		usleep(10000);
	}
}

/* With nothing in memory, which shows that it listens. */
static void
begin_to_listen(const struct chain_builder *b, struct server *s)
{
	const struct chain_view *v;

	same(chains_get(s->chains, db, &b->st.chain, &v), OK);
	chains_drop(s->chains, v);
	same(notify_start(s, &s->notify), OK);
	forgets(b, s);
	same(chains_get(s->chains, NULL, &b->st.chain, &v), ERR_WANT_WORKER);
}

START_TEST(another_server_hears_which_chain_moved)
{
	uint8_t pcr0[PCR_SIZE];
	struct chain_builder *b = staged(8, 0, pcr0);
	struct server other = { 0 };
	const struct chain_view *v;

	database_server(&other);
	begin_to_listen(b, &server);
	begin_to_listen(b, &other);
	same(chains_get(other.chains, db, &b->st.chain, &v), OK);
	ck_assert_uint_eq(v->next_seq, 1);
	chains_drop(other.chains, v);
	append(b, 1);
	forgets(b, &other);
	same(chains_get(other.chains, NULL, &b->st.chain, &v), ERR_WANT_WORKER);
	/* The one who appended still has it, and it is new. */
	same(chains_get(server.chains, NULL, &b->st.chain, &v), OK);
	ck_assert_uint_eq(v->next_seq, 2);
	chains_drop(server.chains, v);
	/* What is said while the line is cut is made good on return. */
	same(chains_get(other.chains, db, &b->st.chain, &v), OK);
	chains_drop(other.chains, v);
	postgres_shell("psql -XAtqc \"select pg_terminate_backend(pid) from"
		       " pg_stat_activity where query like 'LISTEN%%' or"
		       " query like 'NOTIFY%%'\" >/dev/null");
	forgets(b, &other);
	same(chains_get(other.chains, NULL, &b->st.chain, &v), ERR_WANT_WORKER);
	notify_stop(server.notify);
	notify_stop(other.notify);
	server.notify = NULL;
	chains_free(other.chains);
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_task_that_is_there_is_handed_out_at_once,
		an_agent_that_waits_hears_of_an_append,
		what_becomes_due_later_is_handed_out_then,
		other_code_gets_nothing_until_its_deadline,
		a_task_of_an_older_head_is_void_and_goes,
		thousands_may_wait_and_stop_answers_them_all,
		two_schedulers_turn_what_is_due_into_tasks_once,
		another_server_hears_which_chain_moved,
	};

	return postgres_suite("db_sched", tests, sizeof tests / sizeof *tests,
	    serve, stop);
}
