/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>

#include "enclave/agent_tasks.h"
#include "tests/lib/suite.h"

#define ID "4f1c0f4b6d0e3bb0d5f4f86a2fd8f0c3a3d3a7a0a7d8f7b1c5a0c1d2e3f40516"
#define TASK(role, seq) \
	"{\"id\":\"x\",\"role\":\"" role "\",\"chain\":\"" ID "\"," \
	"\"prev\":\"" ID "\",\"seq\":" seq ",\"from\":\"\",\"until\":" \
	"\"\"}"

static struct agent_task TASKS[AGENT_TASKS_MAX];
static uint8_t BYTES[40];
static struct out ROOM;

static enum err
decode(const char *text, size_t *n)
{
	ROOM = out_of(BYTES, sizeof BYTES);
	return agent_tasks_decode(span_str(text), &ROOM, TASKS, n);
}

START_TEST(tasks_are_read)
{
	size_t n;

	ck_assert_int_eq(decode("{\"tasks\":[" TASK("seen",
				    "5") "," TASK("released", "0") "]}",
			     &n),
	    OK);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(TASKS[0].role, ROLE_SEEN);
	ck_assert_uint_eq(TASKS[0].seq, 5);
	ck_assert_uint_eq(TASKS[0].prev.b[31], 0x16);
	ck_assert_int_eq(TASKS[1].role, ROLE_RELEASED);
	ck_assert_int_eq(decode("{\"tasks\":[]}", &n), OK);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(checkpoints_are_read_as_far_as_there_is_room)
{
#define WITH(b64) \
	"{\"role\":\"seen\",\"chain\":\"" ID "\",\"prev\":\"" ID "\"," \
	"\"seq\":1,\"checkpoint\":\"" b64 "\"}"
	size_t n;

	ck_assert_int_eq(decode("{\"tasks\":[" WITH("aGVsbG8=") "," WITH(
				    "") "]}",
			     &n),
	    OK);
	ck_assert_uint_eq(n, 2);
	ck_assert(span_is(TASKS[0].checkpoint, "hello"));
	ck_assert_uint_eq(TASKS[1].checkpoint.n, 0);
	/* 30 bytes and 30 more than fit */
#define LONG "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw"
	ck_assert_int_eq(decode("{\"tasks\":[" WITH(LONG) "," WITH(LONG) "]}",
			     &n),
	    OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(decode("{\"tasks\":[" WITH("aGVsbG8") "]}", &n),
	    ERR_ANSWER_BAD);
	ck_assert_int_eq(decode("{\"tasks\":[" WITH("=") "]}", &n),
	    ERR_ANSWER_BAD);
	ck_assert_int_eq(decode("{\"tasks\":[" WITH("aGVsbG9=") "]}", &n),
	    ERR_ANSWER_BAD);
}
END_TEST

START_TEST(nonsense_is_refused)
{
	static const char *const BAD[] = { "", "[]", "{}", "{\"tasks\":{}}",
		"{\"tasks\":[1]}", "{\"tasks\":[{}]}", "{\"tasks\":[]",
		"{\"tasks\":[],\"tasks\":[]}", "{\"tasks\":[]}x",
		"{\"tasks\":[" TASK("live", "5") "]}",
		"{\"tasks\":[" TASK("Seen", "5") "]}",
		"{\"tasks\":[" TASK("seen", "-1") "]}",
		"{\"tasks\":[" TASK("seen", "1.5") "]}",
		"{\"tasks\":[" TASK("seen", "\"1\"") "]}" };
	size_t n;

	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
		ck_assert_msg(decode(BAD[i], &n) == ERR_ANSWER_BAD, "%s",
		    BAD[i]);
}
END_TEST

START_TEST(more_than_fit_are_left_for_later)
{
	static char text[(AGENT_TASKS_MAX + 1) * 512];
	size_t n, at = (size_t)sprintf(text, "{\"tasks\":[");

	for (size_t i = 0; i <= AGENT_TASKS_MAX; i++)
		at += (size_t)sprintf(text + at, "%s" TASK("seen", "%zu"),
		    i ? "," : "", i);
	sprintf(text + at, "]}");
	ck_assert_int_eq(decode(text, &n), OK);
	ck_assert_uint_eq(n, AGENT_TASKS_MAX);
	ck_assert_uint_eq(TASKS[n - 1].seq, AGENT_TASKS_MAX - 1);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { tasks_are_read,
		checkpoints_are_read_as_far_as_there_is_room,
		nonsense_is_refused, more_than_fit_are_left_for_later };

	return SUITE_RUN("agent_tasks", t);
}
