/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "server/limit.h"
#include "server/token.h"
#include "tests/lib/suite.h"

static struct limits *limits;
static unsigned retry;

static void
make(unsigned read, unsigned write)
{
	ck_assert_int_eq(limit_make(read, write, &limits), OK);
}

static void
end(void)
{
	limit_free(limits);
	limits = NULL;
}

static struct req
from(const char *peer, uint64_t now)
{
	struct req q = { .now = now };

	snprintf(q.peer, sizeof q.peer, "%s", peer);
	return q;
}

/* How many of n calls at once are let through. */
static unsigned
let(const struct req *q, enum limit kind, unsigned n)
{
	unsigned good = 0;

	for (unsigned i = 0; i < n; i++)
		good += limit_take(limits, q, kind, &retry) == OK;
	return good;
}

START_TEST(two_seconds_worth_at_once_and_then_the_rate)
{
	struct req q = from("192.0.2.1", 1000000);

	make(10, 1);
	ck_assert_uint_eq(let(&q, LIMIT_READ, 100), 20);
	ck_assert_uint_eq(retry, 1);
	q.now += 99;
	ck_assert_uint_eq(let(&q, LIMIT_READ, 100), 0);
	q.now += 1;
	ck_assert_uint_eq(let(&q, LIMIT_READ, 100), 1);
	q.now += 1000;
	ck_assert_uint_eq(let(&q, LIMIT_READ, 100), 10);
	q.now += 3600000;
	ck_assert_uint_eq(let(&q, LIMIT_READ, 100), 20);
	q.now -= 5000; /* a clock that jumps back lends nothing */
	ck_assert_uint_eq(let(&q, LIMIT_READ, 100), 0);
	end();
}
END_TEST

START_TEST(reads_writes_and_callers_count_apart)
{
	struct req a = from("192.0.2.1", 1000000);
	struct req b = from("192.0.2.2", 1000000);
	struct req token = from("192.0.2.1", 1000000);

	make(1, 2);
	ck_assert_uint_eq(let(&a, LIMIT_READ, 9), 2);
	ck_assert_uint_eq(let(&a, LIMIT_WRITE, 9), 4);
	ck_assert_uint_eq(let(&b, LIMIT_READ, 9), 2);
	token.who.known = true;
	token.who.token = 7;
	ck_assert_uint_eq(let(&token, LIMIT_READ, 9), 2);
	snprintf(token.peer, sizeof token.peer, "192.0.2.9");
	ck_assert_uint_eq(let(&token, LIMIT_READ, 9), 0);
	end();
}
END_TEST

START_TEST(an_ipv6_network_is_one_caller)
{
	struct req a = from("2001:db8:0:1::1", 1000000);
	struct req b = from("2001:db8:0:1:ffff::2", 1000000);
	struct req c = from("2001:db8:0:2::1", 1000000);

	make(1, 1);
	ck_assert_uint_eq(let(&a, LIMIT_READ, 9), 2);
	ck_assert_uint_eq(let(&b, LIMIT_READ, 9), 0);
	ck_assert_uint_eq(let(&c, LIMIT_READ, 9), 2);
	end();
}
END_TEST

START_TEST(what_cost_more_counts_more)
{
	struct req q = from("192.0.2.1", 1000000);

	make(10, 0);
	limit_spend(limits, &q, LIMIT_READ, 0);
	limit_spend(limits, &q, LIMIT_READ, 15);
	ck_assert_uint_eq(let(&q, LIMIT_READ, 100), 5);
	q.now += 1000;
	limit_spend(limits, &q, LIMIT_READ, 1000); /* no debts */
	q.now += 1000;
	ck_assert_uint_eq(let(&q, LIMIT_READ, 100), 10);
	limit_spend(limits, &q, LIMIT_WRITE, SIZE_MAX); /* off */
	limit_spend(NULL, &q, LIMIT_READ, SIZE_MAX);
	end();
}
END_TEST

START_TEST(no_limit_limits_nothing)
{
	struct req q = from("192.0.2.1", 1000000);

	make(0, 1);
	ck_assert_uint_eq(let(&q, LIMIT_READ, 1000), 1000);
	ck_assert_uint_eq(let(&q, LIMIT_NONE, 1000), 1000);
	end();
	ck_assert_uint_eq(let(&q, LIMIT_WRITE, 1000), 1000);
}
END_TEST

/* Many callers push out the one that was idle longest, not the busy one. */
START_TEST(the_table_is_bounded)
{
	struct req busy = from("192.0.2.1", 1000000);

	make(1, 1);
	ck_assert_uint_eq(let(&busy, LIMIT_READ, 9), 2);
	for (unsigned i = 0; i < 20000; i++) {
		char peer[64];
		struct req q;

		snprintf(peer, sizeof peer, "10.%u.%u.%u", i >> 16,
		    i >> 8 & 255, i & 255);
		q = from(peer, 900000);
		ck_assert_uint_eq(let(&q, LIMIT_READ, 1), 1);
	}
	ck_assert_uint_eq(let(&busy, LIMIT_READ, 9), 0);
	end();
}
END_TEST

START_TEST(a_token_has_one_spelling)
{
	char text[TOKEN_TEXT + 1], again[TOKEN_TEXT + 1], bad[TOKEN_TEXT + 1];
	struct h32 hash, same, other;

	ck_assert_int_eq(token_make(text, &hash), OK);
	ck_assert_uint_eq(strlen(text), TOKEN_TEXT);
	ck_assert_int_eq(token_hash(span_str(text), &same), OK);
	ck_assert(h32_eq(&hash, &same));
	ck_assert_int_eq(token_make(again, &other), OK);
	ck_assert_str_ne(text, again);
	for (size_t i = 0; i < TOKEN_TEXT; i++) {
		memcpy(bad, text, sizeof bad);
		bad[i] = bad[i] == 'x' ? 'y' : 'x';
		ck_assert_msg(token_hash(span_str(bad), &other) ==
				  ERR_TOKEN_BAD,
		    "at %zu", i);
	}
	ck_assert_int_eq(token_hash(span_of(text, TOKEN_TEXT - 1), &other),
	    ERR_TOKEN_BAD);
	ck_assert_int_eq(token_hash(span_str(""), &other), ERR_TOKEN_BAD);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { two_seconds_worth_at_once_and_then_the_rate,
		reads_writes_and_callers_count_apart,
		an_ipv6_network_is_one_caller, what_cost_more_counts_more,
		no_limit_limits_nothing, the_table_is_bounded,
		a_token_has_one_spelling };

	return SUITE_RUN("limit", t);
}
