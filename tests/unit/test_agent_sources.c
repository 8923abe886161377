/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#include "enclave/agent_sources.h"
#include "tests/lib/suite.h"

static struct agent_sources T;
static uint64_t WAIT;

static void
setup(void)
{
	memset(&T, 0, sizeof T);
	T.each = (struct bucket_rate){ 3, 3 };
	T.all = (struct bucket_rate){ 10, 10 };
}

static void
teardown(void)
{
}

static struct sockaddr *
address(const char *text)
{
	static union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} a;

	memset(&a, 0, sizeof a);
	if (inet_pton(AF_INET, text, &a.four.sin_addr) == 1) {
		a.any.sa_family = AF_INET;
	} else {
		ck_assert_int_eq(inet_pton(AF_INET6, text, &a.six.sin6_addr),
		    1);
		a.any.sa_family = AF_INET6;
	}
	return &a.any;
}

/* One connection, one request. */
static bool
ask(const char *from, uint64_t now)
{
	struct agent_source *s = agent_sources_come(&T, address(from));
	bool took;

	ck_assert_ptr_nonnull(s);
	took = agent_sources_take(&T, s, now, &WAIT);
	agent_sources_go(s);
	return took;
}

static unsigned
flood(const char *from, uint64_t now)
{
	unsigned n = 0;

	while (n < 100 && ask(from, now))
		n++;
	return n;
}

START_TEST(each_source_has_its_own)
{
	ck_assert_uint_eq(flood("10.0.0.1", 1), 3);
	ck_assert_uint_eq(WAIT, 20000);
	ck_assert(ask("10.0.0.2", 1));
	ck_assert(!ask("10.0.0.1", 20000));
	ck_assert(ask("10.0.0.1", 20001));
	ck_assert(!ask("10.0.0.1", 20001));
}
END_TEST

/* What one asks in vain is not taken from the others. */
START_TEST(one_flood_leaves_the_rest)
{
	for (int i = 0; i < 1000; i++)
		(void)ask("10.0.0.1", 1);
	ck_assert_uint_eq(flood("10.0.0.2", 1), 3);
	ck_assert_uint_eq(flood("10.0.0.3", 1), 3);
	ck_assert_uint_eq(flood("10.0.0.4", 1), 1); /* ten of all */
	ck_assert_uint_eq(flood("10.0.0.5", 1), 0);
	ck_assert_uint_eq(WAIT, 6000);
}
END_TEST

START_TEST(a_network_of_ipv6_is_one_source)
{
	ck_assert_uint_eq(flood("2001:db8:0:1::1", 1), 3);
	ck_assert(!ask("2001:db8:0:1:ffff:ffff:ffff:ffff", 1));
	ck_assert(ask("2001:db8:0:2::1", 1));
	ck_assert_uint_eq(flood("10.0.0.1", 1), 3);
	ck_assert(!ask("::ffff:10.0.0.1", 1));
	ck_assert(ask("::ffff:10.0.0.2", 1));
	ck_assert_ptr_null(
	    agent_sources_come(&T, &(struct sockaddr){ .sa_family = AF_UNIX }));
}
END_TEST

START_TEST(connections_of_one_source_end)
{
	struct agent_source *s[AGENT_SOURCE_OPEN];

	for (size_t i = 0; i < AGENT_SOURCE_OPEN; i++) {
		ck_assert(!agent_sources_full(&T, address("10.0.0.1")));
		s[i] = agent_sources_come(&T, address("10.0.0.1"));
		ck_assert_ptr_nonnull(s[i]);
	}
	ck_assert(agent_sources_full(&T, address("10.0.0.1")));
	ck_assert_ptr_null(agent_sources_come(&T, address("10.0.0.1")));
	ck_assert(!agent_sources_full(&T, address("10.0.0.2")));
	agent_sources_go(s[0]);
	ck_assert(!agent_sources_full(&T, address("10.0.0.1")));
}
END_TEST

/* The one that was here longest ago goes, and never one that is connected. */
START_TEST(many_sources_take_no_more_room)
{
	struct agent_source *held = agent_sources_come(&T, address("10.9.0.1"));
	char text[32];

	T.all = (struct bucket_rate){ 1, 0 };
	ck_assert_uint_eq(flood("10.9.0.2", 1), 3);
	for (unsigned i = 0; i < 2 * AGENT_SOURCES; i++) {
		snprintf(text, sizeof text, "10.1.%u.%u", i / 256, i % 256);
		ck_assert(ask(text, 1));
	}
	ck_assert_ptr_eq(agent_sources_come(&T, address("10.9.0.1")), held);
	ck_assert_uint_eq(held->open, 2);
	ck_assert_uint_eq(flood("10.9.0.2", 1), 3); /* forgotten */
	ck_assert_uint_eq(flood("10.1.7.255", 1), 2);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { each_source_has_its_own,
		one_flood_leaves_the_rest, a_network_of_ipv6_is_one_source,
		connections_of_one_source_end, many_sources_take_no_more_room };

	return SUITE_RUN_FIXTURE("agent_sources", t, setup, teardown);
}
