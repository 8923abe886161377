/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <time.h>

#include "definition/duration.h"
#include "tests/lib/suite.h"
#include "view/view.h"

START_TEST(times_are_written_in_utc_with_milliseconds)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} row[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1, "1970-01-01T00:00:00.001Z" },
		{ 951782399999, "2000-02-28T23:59:59.999Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ 951868800000, "2000-03-01T00:00:00.000Z" },
		{ 4107542400000, "2100-03-01T00:00:00.000Z" },
		{ 4107456000000, "2100-02-28T00:00:00.000Z" },
		{ 1795435241000, "2026-11-23T12:00:41.000Z" },
		{ TIME_MAX, "9999-12-31T23:59:59.999Z" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char text[VIEW_TIME_SIZE];
		uint64_t back;

		view_time_text(row[i].ms, text);
		ck_assert_str_eq(text, row[i].text);
		ck_assert_int_eq(view_time_parse(span_str(text), &back), OK);
		ck_assert_uint_eq(back, row[i].ms);
	}
}
END_TEST

START_TEST(every_day_is_the_day_of_the_system)
{
	for (uint64_t d = 0; d < 2932897; d += 97) {
		time_t t = (time_t)(d * 86400 + 43210);
		char text[VIEW_TIME_SIZE], want[64];
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.000Z", &tm);
		view_time_text((uint64_t)t * 1000, text);
		ck_assert_str_eq(text, want);
	}
}
END_TEST

START_TEST(other_spellings_of_a_time_are_read)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} row[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01t00:00:00z", 0 },
		{ "1970-01-01 00:00:00Z", 0 },
		{ "1970-01-01T01:00:00+01:00", 0 },
		{ "1969-12-31T23:00:00-01:00", UINT64_MAX },
		{ "1970-01-01T00:00:00-23:59", 86340000 },
		{ "1970-01-01T00:00:00.5Z", 500 },
		{ "1970-01-01T00:00:00.25Z", 250 },
		{ "1970-01-01T00:00:00.123000Z", 123 },
		{ "1970-01-01T00:00:00+00:00", 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		uint64_t ms;
		enum err e = view_time_parse(span_str(row[i].text), &ms);

		if (row[i].ms == UINT64_MAX) {
			ck_assert_int_eq(e, ERR_TIME_RANGE);
			continue;
		}
		ck_assert_msg(e == OK, "%s", row[i].text);
		ck_assert_uint_eq(ms, row[i].ms);
	}
}
END_TEST

START_TEST(what_is_no_time_is_refused)
{
	static const char *const row[] = { "", "1970", "1970-01-01",
		"1970-01-01T00:00:00", "1970-01-01T00:00Z",
		"1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z",
		"1970-01-01T00:00:60Z", "1970-13-01T00:00:00Z",
		"1970-00-01T00:00:00Z", "1970-01-32T00:00:00Z",
		"1970-01-00T00:00:00Z", "1970-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z", "1970-04-31T00:00:00Z",
		"1969-12-31T23:59:59Z", "10000-01-01T00:00:00Z",
		"1970-1-1T00:00:00Z", "1970-01-01T00:00:00.Z",
		"1970-01-01T00:00:00.0001Z", "1970-01-01T00:00:00+0100",
		"1970-01-01T00:00:00+1:00", "1970-01-01T00:00:00+24:00",
		"1970-01-01T00:00:00Z ", " 1970-01-01T00:00:00Z",
		"1970-01-01T00:00:00ZZ", "+1970-01-01T00:00:00Z",
		"1970-01-01_00:00:00Z", "9999-12-31T23:59:59-00:01",
		"1970-01-01T00:00:00,5Z" };

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		uint64_t ms;

		ck_assert_msg(view_time_parse(span_str(row[i]), &ms) ==
				  ERR_TIME_RANGE,
		    "accepted %s", row[i]);
	}
}
END_TEST

START_TEST(durations_are_read)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} row[] = {
		{ "0", 0 },
		{ "1ms", 1 },
		{ "1s", 1000 },
		{ "90s", 90000 },
		{ "72h", 259200000 },
		{ "3d", 259200000 },
		{ "2w", 1209600000 },
		{ "1d12h", 129600000 },
		{ "1w2d3h4m5s6ms", 788645006 },
		{ "3660d", DURATION_MAX },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		uint64_t ms;

		ck_assert_int_eq(duration_parse(span_str(row[i].text), &ms),
		    OK);
		ck_assert_uint_eq(ms, row[i].ms);
	}
}
END_TEST

START_TEST(what_is_no_duration_is_refused)
{
	static const char *const row[] = { "", "72", "h", "72 h", "72H", "-1h",
		"1.5h", "1h1d", "1h1h", "1y", "3660d1ms", "3661d",
		"18446744073709551616ms", "99999999999999999999999d", "1h ",
		" 1h", "00", "PT72H" };

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		uint64_t ms;

		ck_assert_msg(duration_parse(span_str(row[i]), &ms) ==
				  ERR_TIME_RANGE,
		    "accepted %s", row[i]);
	}
}
END_TEST

START_TEST(a_duration_is_written_as_it_is_read)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} row[] = {
		{ 0, "0" },
		{ 999, "999ms" },
		{ 1000, "1s" },
		{ 90000, "1m30s" },
		{ 3600000, "1h" },
		{ 129600000, "36h" },
		{ 259200000, "3d" },
		{ 259200001, "72h1ms" },
		{ DURATION_MAX, "3660d" },
		{ DURATION_MAX - 1, "87839h59m59s999ms" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char text[32];
		uint64_t ms;

		duration_text(row[i].ms, text);
		ck_assert_str_eq(text, row[i].text);
		ck_assert_int_eq(duration_parse(span_str(text), &ms), OK);
		ck_assert_uint_eq(ms, row[i].ms);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { times_are_written_in_utc_with_milliseconds,
		every_day_is_the_day_of_the_system,
		other_spellings_of_a_time_are_read, what_is_no_time_is_refused,
		durations_are_read, what_is_no_duration_is_refused,
		a_duration_is_written_as_it_is_read };

	return SUITE_RUN("time", t);
}
