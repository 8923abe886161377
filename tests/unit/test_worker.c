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

START_TEST(reads_wait_for_everything_else)
{
	struct worker_job read[QUEUE + 3] = { { 0 } }, write = { 0 };
	struct workers *w;

	ck_assert_int_eq(worker_start("host=/nonexistent", 2, QUEUE, &w), OK);
	for (int i = 0; i < QUEUE + 3; i++) {
		read[i].rank = WORKER_READ;
		read[i].run = hold;
	}
	ck_assert_int_eq(worker_submit(w, &read[0]), OK);
	while (!ran)
		usleep(1000);
	for (int i = 1; i <= QUEUE; i++)
		ck_assert_int_eq(worker_submit(w, &read[i]), OK);
	usleep(20000);
	ck_assert_int_eq(ran, 1); /* the other thread keeps free of them */
	ck_assert_int_eq(worker_submit(w, &read[QUEUE + 1]), ERR_BUSY);
	write.run = count;
	ck_assert_int_eq(worker_submit(w, &write), OK);
	for (int i = 0; ran < 2 && i < 60000; i++)
		usleep(1000);
	ck_assert_int_eq(ran, 2);
	go = true;
	worker_stop(w);
	ck_assert_int_eq(ran, QUEUE + 2);
}
END_TEST

START_TEST(who_lost_a_race_holds_up_nobody)
{
	struct worker_job lost[QUEUE + 1] = { { 0 } }, next = { 0 };
	struct workers *w;

	ck_assert_int_eq(worker_start("host=/nonexistent", 2, QUEUE, &w), OK);
	for (int i = 0; i < QUEUE + 1; i++) {
		lost[i].rank = WORKER_LOST;
		lost[i].run = hold;
	}
	ck_assert_int_eq(worker_submit(w, &lost[0]), OK);
	while (!ran)
		usleep(1000);
	for (int i = 1; i <= QUEUE; i++)
		ck_assert_int_eq(worker_submit(w, &lost[i]), OK);
	usleep(20000);
	ck_assert_int_eq(ran, 1); /* one thread is for the next race */
	next.run = count;
	ck_assert_int_eq(worker_submit(w, &next), OK);
	for (int i = 0; ran < 2 && i < 60000; i++)
		usleep(1000);
	ck_assert_int_eq(ran, 2);
	go = true;
	worker_stop(w);
	ck_assert_int_eq(ran, QUEUE + 2);
}
END_TEST

START_TEST(one_thread_does_both)
{
	struct worker_job read = { .rank = WORKER_READ, .run = count };
	struct worker_job write = { .run = count };
	struct workers *w;

	ck_assert_int_eq(worker_start("host=/nonexistent", 1, QUEUE, &w), OK);
	ck_assert_int_eq(worker_submit(w, &read), OK);
	ck_assert_int_eq(worker_submit(w, &write), OK);
	worker_stop(w);
	ck_assert_int_eq(ran, 2);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { jobs_run_without_a_database_too,
		the_queue_is_bounded_and_emptied_at_the_end,
		reads_wait_for_everything_else, who_lost_a_race_holds_up_nobody,
		one_thread_does_both };

	return SUITE_RUN("worker", t);
}
