/* SPDX-License-Identifier: ISC */
/* Where in a JSON text a place is. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "definition/json_line.h"
#include "tests/lib/suite.h"

static const struct {
	const char *text, *pointer;
	size_t line;
} row[] = {
	{ "{\"a\":1}", "/a", 1 },
	{ "{\n\"a\": 1,\n\"b\"\n:\n2}", "/b", 3 },
	{ "{\r\n\t\"a\":\t1,\r\n\t\"b\":\t2}", "/b", 3 },
	{ "\n{\"a\":{\"b\":\n[1,\n{\"c\":\n2}]}}", "/a/b/1/c", 4 },
	{ "[\n0,\n[1,\n2]\n]", "/1/1", 4 },
	/* what lies before is passed over, whatever is in it */
	{ "{\"x\":\"}\\\"]\\\\\",\"y\":[[{}],{\"b\":\"\\n\"}],\n\"b\":1}", "/b",
	    2 },
	{ "{\"x\":\"\\ud83d\\ude00\",\"y\":1.5e3,\"z\":null,\n\"b\":1}", "/b",
	    2 },
	{ "{\"x\":{\"b\":1},\n\"b\":2}", "/b", 2 },
	{ "{\"x\":{},\"y\":[],\n\"b\":2}", "/b", 2 },
	/* names in escapes, and pointers in theirs */
	{ "{\"a\":1,\n\"\\u0062\":2}", "/b", 2 },
	{ "{\"a\":1,\n\"~/\":2}", "/~0~1", 2 },
	{ "{\"ab\":1,\n\"a\":2}", "/a", 2 },
	{ "{\n\"\":1}", "/", 2 },
	/* what is not there is looked for where it should be */
	{ "{\n\"a\":{\n\"b\":1}}", "/a/c", 2 },
	{ "{\n\"a\":[\n1]}", "/a/1", 2 },
	{ "{\n\"a\":1}", "/a/b", 2 },
	{ "{\n\"a\":1}", "/b", 0 },
	{ "{\n\"a\":1}", "", 0 },
	{ "{}", "/a", 0 },
	{ "[]", "/0", 0 },
	{ "", "/a", 0 },
};

START_TEST(the_line_is_where_the_place_is)
{
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		ck_assert_msg(json_line(span_str(row[i].text),
				  row[i].pointer) == row[i].line,
		    "%s in %s: %zu", row[i].pointer, row[i].text,
		    json_line(span_str(row[i].text), row[i].pointer));
}
END_TEST

/* In memory of exactly that size, for a sanitizer to look at. */
START_TEST(no_text_is_read_beyond_its_end)
{
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (size_t n = 0; n < strlen(row[i].text); n++) {
			char *cut = malloc(n > 0 ? n : 1);

			memcpy(cut, row[i].text, n);
			ck_assert_uint_le(json_line(span_of(cut, n),
					      row[i].pointer),
			    6);
			free(cut);
		}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { the_line_is_where_the_place_is,
		no_text_is_read_beyond_its_end };

	return SUITE_RUN("json_line", t);
}
