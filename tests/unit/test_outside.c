/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>

#include "server/outside.h"
#include "tests/lib/suite.h"

static bool
may(const char *address)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
		return outside_public((struct sockaddr *)&four, sizeof four);
	ck_assert_msg(inet_pton(AF_INET6, address, &six.sin6_addr) == 1, "%s",
	    address);
	return outside_public((struct sockaddr *)&six, sizeof six);
}

START_TEST(the_public_internet_may_be_reached)
{
	static const char *const good[] = { "1.1.1.1", "8.8.8.8",
		"9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
		"126.255.255.255", "128.0.0.0", "169.253.255.255",
		"169.255.0.0", "172.15.255.255", "172.32.0.0",
		"191.255.255.255", "192.0.1.0", "192.167.255.255",
		"192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255",
		"203.0.114.0", "223.255.255.255", "2606:4700::1111",
		"2001:4860:4860::8888", "2a00::1", "2001:200::1",
		"64:ff9b::101:101", "::ffff:1.1.1.1" };

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(may(good[i]), "%s is refused", good[i]);
}
END_TEST

START_TEST(this_machine_and_its_neighbours_may_not)
{
	static const char *const bad[] = { "0.0.0.0", "0.255.255.255",
		"10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
		"127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.0",
		"172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
		"192.168.0.0", "192.168.255.255", "198.18.0.0",
		"198.19.255.255", "198.51.100.1", "203.0.113.255", "224.0.0.1",
		"239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
		"::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
		"::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
		"64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
		"2001:db8::1", "2002:7f00:1::", "3ffe::1", "3fff::1", "4000::1",
		"5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1",
		"fec0::1", "ff02::1", "ffff::1" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!may(bad[i]), "%s may be reached", bad[i]);
}
END_TEST

START_TEST(what_is_no_address_of_the_internet_may_not)
{
	const struct sockaddr local = { .sa_family = AF_UNIX };
	struct sockaddr_in four = { .sin_family = AF_INET };

	ck_assert(!outside_public(&local, sizeof local));
	ck_assert_int_eq(inet_pton(AF_INET, "1.1.1.1", &four.sin_addr), 1);
	ck_assert(!outside_public((struct sockaddr *)&four, 4));
}
END_TEST

START_TEST(the_operator_may_name_others)
{
	struct sockaddr_in6 mapped = { .sin6_family = AF_INET6 };
	struct networks w;

	ck_assert_int_eq(network_parse("10.0.0.0/8", &w), OK);
	ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:10.1.2.3",
			     &mapped.sin6_addr),
	    1);
	ck_assert(outside_named(&w, (struct sockaddr *)&mapped, sizeof mapped));
	ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:11.1.2.3",
			     &mapped.sin6_addr),
	    1);
	ck_assert(
	    !outside_named(&w, (struct sockaddr *)&mapped, sizeof mapped));
}
END_TEST

START_TEST(urls)
{
	static const struct {
		const char *url;
		bool good, plain;
	} row[] = {
		{ "https://example.org", true, true },
		{ "https://example.org:8443/a?b=@c", true, true },
		{ "https://[2606:4700::1111]/x", true, true },
		{ "http://example.org/", false, true },
		{ "HTTPS://example.org/", false, false },
		{ "https://", false, false },
		{ "https:///x", false, false },
		{ "https://:80/", false, false },
		{ "https://?x", false, false },
		{ "https://u@example.org/", false, false },
		{ "https://u:p@example.org/", false, false },
		{ "https://example.org/#a", false, false },
		{ "https://example.org/a b", false, false },
		{ "https://example.org/a\tb", false, false },
		{ "https://example.org/a\r\nb: c", false, false },
		{ "https://example.org\\@evil.org/", false, false },
		{ "https://ex\xc3\xa4mple.org/", false, false },
		{ "ftp://example.org/", false, false },
		{ "file:///etc/passwd", false, false },
		{ "", false, false },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct span s = span_str(row[i].url);

		ck_assert_msg(outside_url(s, false) == row[i].good, "%s",
		    row[i].url);
		ck_assert_msg(outside_url(s, true) == row[i].plain, "%s",
		    row[i].url);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { the_public_internet_may_be_reached,
		this_machine_and_its_neighbours_may_not,
		what_is_no_address_of_the_internet_may_not,
		the_operator_may_name_others, urls };

	return SUITE_RUN("outside", t);
}
