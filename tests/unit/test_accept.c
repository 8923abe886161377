/* SPDX-License-Identifier: ISC */
#include "server/accept.h"
#include "tests/lib/suite.h"

START_TEST(json_only_when_it_is_asked_for)
{
	static const struct {
		const char *accept;
		bool json;
	} c[] = {
		{ "", false },
		{ "*/*", false },
		{ "application/*", false },
		{ "application/cbor", false },
		{ "application/cbor-seq, application/json;q=0.9", false },
		{ "text/html", false },
		{ "application/json", true },
		{ "Application/JSON", true },
		{ "application/json; charset=utf-8", true },
		{ "application/json, */*;q=0.1", true },
		{ "text/html,application/json;q=0.3,*/*;q=0.2", true },
		{ "application/json;q=0", false },
		{ "application/json;q=0.5, application/cbor;q=0.4", true },
		{ "application/json;q=0.4, application/cbor;q=0.5", false },
		{ ",,, ;;; =,application/json", true },
		{ "application/json;q=banana", false },
	};

	for (size_t i = 0; i < sizeof c / sizeof *c; i++)
		ck_assert_msg(accept_json(span_str(c[i].accept)) == c[i].json,
		    "%s", c[i].accept);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { json_only_when_it_is_asked_for };

	return SUITE_RUN("accept", t);
}
