/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>

#include "system/peers.h"
#include "tests/lib/suite.h"

static struct peers *peers;

static bool
come(const char *address, struct peer *p)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
		return peers_come(peers, (struct sockaddr *)&four, p);
	ck_assert_int_eq(inet_pton(AF_INET6, address, &six.sin6_addr), 1);
	return peers_come(peers, (struct sockaddr *)&six, p);
}

START_TEST(one_address_has_so_many_connections)
{
	struct peer a, b, c;

	ck_assert_int_eq(peers_make(2, "", &peers), OK);
	ck_assert(come("192.0.2.1", &a));
	ck_assert(come("192.0.2.1", &b));
	ck_assert(!come("192.0.2.1", &c));
	peers_go(peers, &c);
	ck_assert(!come("192.0.2.1", &c));
	peers_go(peers, &c);
	peers_go(peers, &b);
	ck_assert(come("192.0.2.1", &b));
	ck_assert(come("192.0.2.2", &c));
	peers_free(peers);
}
END_TEST

START_TEST(networks_and_clothes_are_seen_through)
{
	struct peer p;

	ck_assert_int_eq(peers_make(1, "", &peers), OK);
	ck_assert(come("2001:db8::1", &p));
	ck_assert(!come("2001:db8::2", &p));
	ck_assert(come("2001:db8:0:1::1", &p));
	ck_assert(come("192.0.2.1", &p));
	ck_assert(!come("::ffff:192.0.2.1", &p));
	ck_assert_str_eq(p.text, "192.0.2.1");
	peers_free(peers);
}
END_TEST

START_TEST(proxies_are_whole_addresses_or_networks)
{
	struct peer p;

	ck_assert_int_eq(peers_make(1, "127.0.0.1 ::1 10.0.0.10 10.9.0.0/16",
			     &peers),
	    OK);
	for (int i = 0; i < 3; i++) {
		ck_assert(come("127.0.0.1", &p));
		ck_assert(p.proxy);
		ck_assert(come("::1", &p));
		ck_assert(p.proxy);
	}
	ck_assert(come("10.0.0.1", &p));
	ck_assert(!p.proxy);
	ck_assert(come("0.0.0.10", &p));
	ck_assert(!p.proxy);
	ck_assert(come("10.9.1.1", &p));
	ck_assert(p.proxy);
	ck_assert(come("::ffff:10.9.1.1", &p));
	ck_assert(p.proxy);
	ck_assert(come("10.10.1.1", &p));
	ck_assert(!p.proxy);
	peers_free(peers);
	ck_assert_int_eq(peers_make(1, "10.0.0.0/33", &peers), ERR_SETTING);
	ck_assert_ptr_null(peers);
}
END_TEST

START_TEST(the_last_forwarded_address_counts)
{
	static const struct {
		const char *list, *text;
	} row[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "9.9.9.9, 192.0.2.1", "192.0.2.1" },
		{ "9.9.9.9,192.0.2.1", "192.0.2.1" },
		{ "x, 2001:db8::1", "2001:db8::1" },
		{ "192.0.2.1, x", "" },
		{ "192.0.2.1,", "" },
		{ "192.0.2.1:80", "" },
		{ "unknown", "" },
		{ "", "" },
		{ "0000000000000000000000000000000000000000000000000000", "" },
	};
	char text[PEERS_TEXT];

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		peers_forwarded(span_str(row[i].list), text);
		ck_assert_msg(strcmp(text, row[i].text) == 0, "%s: %s",
		    row[i].list, text);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { one_address_has_so_many_connections,
		networks_and_clothes_are_seen_through,
		proxies_are_whole_addresses_or_networks,
		the_last_forwarded_address_counts };

	return SUITE_RUN("peers", t);
}
