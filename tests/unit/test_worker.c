/* SPDX-License-Identifier: ISC */
#include <stdatomic.h>
#include <unistd.h>

#include "server/worker.h"
#include "tests/lib/suite.h"

#define QUEUE 8

static atomic_int ran, with_db;
static atomic_bool go;

static void
count(struct worker_job *j, struct db *db)
{
	(void)j;
	if (db)
		with_db++;
	ran++;
}

static void
hold(struct worker_job *j, struct db *db)
{
	(void)j, (void)db;
	ran++;
	while (!go)
		usleep(1000);
}

START_TEST(jobs_run_without_a_database_too)
{
	struct worker_job job[4] = { 0 };
	struct workers *w;

	ck_assert_int_eq(worker_start("host=/nonexistent", 2, QUEUE, &w), OK);
	for (int i = 0; i < 4; i++) {
		job[i].run = count;
		ck_assert_int_eq(worker_submit(w, &job[i]), OK);
	}
	worker_stop(w);
	ck_assert_int_eq(ran, 4);
	ck_assert_int_eq(with_db, 0);
}
END_TEST

START_TEST(the_queue_is_bounded_and_emptied_at_the_end)
{
	struct worker_job job[QUEUE + 2] = { { 0 } };
	struct workers *w;

	ck_assert_int_eq(worker_start("host=/nonexistent", 1, QUEUE, &w), OK);
	job[0].run = hold;
	ck_assert_int_eq(worker_submit(w, &job[0]), OK);
	while (!ran)
		usleep(1000);
	for (int i = 1; i <= QUEUE; i++) {
		job[i].run = count;
		ck_assert_int_eq(worker_submit(w, &job[i]), OK);
	}
	job[QUEUE + 1].run = count;
	ck_assert_int_eq(worker_submit(w, &job[QUEUE + 1]), ERR_BUSY);
	go = true;
	worker_stop(w);
	ck_assert_int_eq(ran, QUEUE + 1);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { jobs_run_without_a_database_too,
		the_queue_is_bounded_and_emptied_at_the_end };

	return SUITE_RUN("worker", t);
}
