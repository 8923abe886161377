/* SPDX-License-Identifier: ISC */
#include "server/req.h"
#include "tests/lib/suite.h"

static struct arena *arena;

static struct req
with_query(const char *query)
{
	arena_free(arena);
	arena = arena_make(1024, 65536);
	ck_assert_ptr_nonnull(arena);
	return (struct req){ .query = span_str(query), .arena = arena };
}

static enum err
get(const char *query, const char *name, bool *found, struct span *v)
{
	struct req q = with_query(query);

	return req_query(&q, name, found, v);
}

START_TEST(values_are_decoded)
{
	static const struct {
		const char *query, *value; /* NULL: not there */
	} row[] = {
		{ "a=b", "b" },
		{ "x=y&a=b", "b" },
		{ "a", "" },
		{ "a=", "" },
		{ "a=b=c", "b=c" },
		{ "a=%41%2f%2B+", "A/++" },
		{ "", NULL },
		{ "A=b", NULL },
		{ "aa=b", NULL },
		{ "&&x&", NULL },
	};
	struct span v;
	bool found;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		ck_assert_int_eq(get(row[i].query, "a", &found, &v), OK);
		ck_assert_msg(found == (row[i].value != NULL), "%s",
		    row[i].query);
		ck_assert(!found || span_is(v, row[i].value));
	}
}
END_TEST

START_TEST(doubled_and_malformed_ones_are_refused)
{
	static const char *const bad[] = { "a=b&a=b", "a&a", "a=b&x&a", "a=%",
		"a=%4", "a=%4g", "a=x%", "a=%%41" };
	struct span v;
	bool found;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(get(bad[i], "a", &found, &v) == ERR_QUERY_BAD,
		    "%s", bad[i]);
}
END_TEST

static enum err
number(const char *query, uint64_t min, uint64_t max, uint64_t *v)
{
	struct req q = with_query(query);

	return req_query_uint(&q, "n", min, max, 7, v);
}

START_TEST(numbers_have_one_form_and_a_range)
{
	static const char *const bad[] = { "n=", "n=01", "n=+1", "n=-1", "n=1x",
		"n=0x1", "n= 1", "n=18446744073709551616", "n=%00" };
	uint64_t v;

	ck_assert_int_eq(number("", 1, 9, &v), OK);
	ck_assert_uint_eq(v, 7);
	ck_assert_int_eq(number("n=1", 1, 9, &v), OK);
	ck_assert_uint_eq(v, 1);
	ck_assert_int_eq(number("n=9", 1, 9, &v), OK);
	ck_assert_int_eq(number("n=0", 1, 9, &v), ERR_QUERY_BAD);
	ck_assert_int_eq(number("n=10", 1, 9, &v), ERR_QUERY_BAD);
	ck_assert_int_eq(number("n=18446744073709551615", 0, UINT64_MAX, &v),
	    OK);
	ck_assert_uint_eq(v, UINT64_MAX);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(number(bad[i], 0, UINT64_MAX, &v) ==
				  ERR_QUERY_BAD,
		    "%s", bad[i]);
}
END_TEST

START_TEST(unknown_names_are_refused)
{
	static const char *const names[] = { "after", "limit", NULL };
	struct req q = with_query("limit=1&after=x");

	ck_assert_int_eq(req_query_only(&q, names), OK);
	q.query = span_str("");
	ck_assert_int_eq(req_query_only(&q, names), OK);
	q.query = span_str("limit=1&Limit=2");
	ck_assert_int_eq(req_query_only(&q, names), ERR_QUERY_BAD);
	q.query = span_str("afte=1");
	ck_assert_int_eq(req_query_only(&q, names), ERR_QUERY_BAD);
}
END_TEST

START_TEST(ids_are_lower_case_and_whole)
{
	static const char good[] =
	    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	struct req q = { .arg = { span_str(good) } };
	char bad[66];
	struct h32 h;

	ck_assert_int_eq(req_arg_h32(&q, 0, &h), OK);
	ck_assert_uint_eq(h.b[31], 0xff);
	for (int i = 0; i < 3; i++) {
		memcpy(bad, good, sizeof good);
		bad[64] = i == 0 ? '0' : '\0';
		bad[65] = '\0';
		if (i == 1)
			bad[63] = '\0';
		if (i == 2)
			bad[20] = 'A';
		q.arg[0] = span_str(bad);
		ck_assert_int_eq(req_arg_h32(&q, 0, &h), ERR_NOT_FOUND);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { values_are_decoded,
		doubled_and_malformed_ones_are_refused,
		numbers_have_one_form_and_a_range, unknown_names_are_refused,
		ids_are_lower_case_and_whole };
	int failed = SUITE_RUN("req", t);

	arena_free(arena);
	return failed;
}
