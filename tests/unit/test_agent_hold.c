/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "enclave/agent_hold.h"
#include "tests/lib/suite.h"

static char folder[] = "/tmp/encl-hold.XXXXXX";
static char path[64];

/* The n-th statement, whatever it may mean. */
static struct span
statement(unsigned n)
{
	static uint8_t buf[256];
	struct out o = out_of(buf, sizeof buf);
	char payload[16];

	snprintf(payload, sizeof payload, "%u", n);
	ck_assert_int_eq(entry_statement_encode(&o, span_str(payload), NULL, 0),
	    OK);
	return out_span(&o);
}

static void
has(struct agent_hold *h, size_t i, unsigned n, bool taken)
{
	uint8_t buf[256];
	struct out o = out_of(buf, sizeof buf);
	bool is;

	ck_assert(agent_hold_get(h, i, &o, &is));
	ck_assert(is == taken);
	ck_assert(span_eq(out_span(&o), statement(n)));
}

static void
has_none(struct agent_hold *h, size_t i)
{
	uint8_t buf[256];
	struct out o = out_of(buf, sizeof buf);
	bool is;

	ck_assert(!agent_hold_get(h, i, &o, &is));
}

START_TEST(one_that_the_enclave_took_stands_first)
{
	struct agent_hold *h;

	ck_assert_int_eq(agent_hold_open(NULL, &h), OK);
	has_none(h, 0);
	ck_assert_int_eq(agent_hold_put(h, statement(1), false), OK);
	ck_assert_int_eq(agent_hold_put(h, statement(2), false), OK);
	ck_assert_int_eq(agent_hold_put(h, statement(2), false), OK);
	ck_assert_int_eq(agent_hold_put(h, statement(2), true), OK);
	ck_assert_int_eq(agent_hold_put(h, statement(2), false), OK);
	has(h, 0, 2, true);
	has(h, 1, 1, false);
	has_none(h, 2);
	agent_hold_close(h);
}
END_TEST

START_TEST(strangers_push_out_only_each_other)
{
	struct agent_hold *h;
	unsigned i;

	ck_assert_int_eq(agent_hold_open(NULL, &h), OK);
	ck_assert_int_eq(agent_hold_put(h, statement(1), true), OK);
	for (i = 100; i < 100 + 3 * AGENT_HOLD_UNKNOWN; i++)
		ck_assert_int_eq(agent_hold_put(h, statement(i), false), OK);
	has(h, 0, 1, true);
	has(h, AGENT_HOLD_UNKNOWN, i - 1, false);
	has_none(h, AGENT_HOLD_UNKNOWN + 1);
	for (i = 2; i < 2 + AGENT_HOLD_TAKEN; i++)
		ck_assert_int_eq(agent_hold_put(h, statement(i), true), OK);
	has(h, 0, 2, true);
	has(h, AGENT_HOLD_TAKEN - 1, i - 1, true);
	agent_hold_close(h);
}
END_TEST

START_TEST(they_are_there_after_a_restart)
{
	struct agent_hold *h;

	ck_assert_int_eq(agent_hold_open(path, &h), OK);
	ck_assert_int_eq(agent_hold_put(h, statement(1), true), OK);
	ck_assert_int_eq(agent_hold_put(h, statement(2), false), OK);
	agent_hold_close(h);
	ck_assert_int_eq(agent_hold_open(path, &h), OK);
	has(h, 0, 1, false); /* to be asked again */
	has(h, 1, 2, false);
	agent_hold_close(h);
}
END_TEST

START_TEST(a_file_of_another_kind_is_left_alone)
{
	struct agent_hold *h;
	FILE *f = fopen(path, "w");

	fputs("mine", f);
	fclose(f);
	ck_assert_int_eq(agent_hold_open(path, &h), ERR_FILE);
	f = fopen(path, "r");
	ck_assert_int_eq(fgetc(f), 'm');
	fclose(f);
}
END_TEST

START_TEST(a_folder_that_is_away_is_an_error_and_the_memory_has_it)
{
	struct agent_hold *h;

	ck_assert_int_eq(agent_hold_open("/nonexistent/held", &h), ERR_FILE);
	ck_assert_int_eq(agent_hold_open(path, &h), OK);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert_int_eq(agent_hold_put(h, statement(1), true), ERR_FILE);
	has(h, 0, 1, true);
	agent_hold_close(h);
	ck_assert_ptr_nonnull(mkdtemp(strcpy(folder, "/tmp/encl-hold.XXXXXX")));
}
END_TEST

static void
setup(void)
{
	strcpy(folder, "/tmp/encl-hold.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/held", folder);
}

static void
teardown(void)
{
	unlink(path);
	rmdir(folder);
}

int
main(void)
{
	const TTest *const tests[] = {
		one_that_the_enclave_took_stands_first,
		strangers_push_out_only_each_other,
		they_are_there_after_a_restart,
		a_file_of_another_kind_is_left_alone,
		a_folder_that_is_away_is_an_error_and_the_memory_has_it,
	};

	return SUITE_RUN_FIXTURE("agent_hold", tests, setup, teardown);
}
