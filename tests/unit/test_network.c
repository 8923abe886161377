/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>

#include "system/network.h"
#include "tests/lib/suite.h"

static bool
has(const char *list, const char *address)
{
	bool six = strchr(address, ':') != NULL;
	struct networks w;
	uint8_t at[16];

	ck_assert_msg(network_parse(list, &w) == OK, "%s", list);
	ck_assert_int_eq(inet_pton(six ? AF_INET6 : AF_INET, address, at), 1);
	return network_has(&w, span_of(at, six ? 16 : 4));
}

START_TEST(a_prefix_ends_at_its_bit)
{
	static const struct {
		const char *list, *in, *out;
	} row[] = {
		{ "10.0.0.1", "10.0.0.1", "10.0.0.2" },
		{ "10.0.0.10", "10.0.0.10", "10.0.0.1" },
		{ "10.0.0.1/32", "10.0.0.1", "10.0.0.0" },
		{ "10.0.0.0/31", "10.0.0.1", "10.0.0.2" },
		{ "10.0.0.0/8", "10.255.255.255", "11.0.0.0" },
		{ "172.16.0.0/12", "172.31.255.255", "172.32.0.0" },
		{ "0.0.0.0/0", "255.1.2.3", "::1" },
		{ "::/0", "2001:db8::1", "1.2.3.4" },
		{ "2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::" },
		{ "::1", "::1", "::2" },
		{ "192.0.2.1, ::1 10.1.0.0/16", "10.1.2.3", "10.2.0.0" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		ck_assert_msg(has(row[i].list, row[i].in), "%s lacks %s",
		    row[i].list, row[i].in);
		ck_assert_msg(!has(row[i].list, row[i].out), "%s has %s",
		    row[i].list, row[i].out);
	}
	ck_assert(!has("", "127.0.0.1"));
}
END_TEST

START_TEST(what_is_no_network_is_refused)
{
	static const char *const bad[] = { "nginx", "10.0.0.1/33", "10.0.0/8",
		"10.0.0.1/8", "::1/129", "2001:db8::1/32", "10.0.0.0/",
		"10.0.0.0/08", "10.0.0.0/+8", "/8", "10.0.0.0/8/8", "*",
		"127.0.0.1:80", "[::1]", "127.0.0.1 x", "fe80::1%eth0" };
	char many[NETWORK_MAX * 4 + 4] = "";
	struct networks w;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(network_parse(bad[i], &w) == ERR_SETTING, "%s",
		    bad[i]);
	for (size_t i = 0; i < NETWORK_MAX; i++)
		strcat(many, "::1 ");
	ck_assert_int_eq(network_parse(many, &w), OK);
	strcat(many, "::1");
	ck_assert_int_eq(network_parse(many, &w), ERR_SETTING);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_prefix_ends_at_its_bit,
		what_is_no_network_is_refused };

	return SUITE_RUN("network", t);
}
