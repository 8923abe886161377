/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/site.h"
#include "tests/lib/suite.h"

#define HOST "Host: a\r\n"

/* Each would be read one way by the library and may be read another way by a
 * proxy: no second request is served, and the connection ends. */
static const struct {
	const char *what;
	size_t n;
	const char *text;
} ambiguous[] = {
#define A(what, text) \
	{ \
		what, sizeof text - 1, text \
	}
#define GET "GET /small HTTP/1.1\r\n"
#define NEXT "GET /small HTTP/1.1\r\n" HOST "\r\n"
	A("no host", GET "\r\n" NEXT),
	A("two hosts", GET HOST "Host: b\r\n\r\n" NEXT),
	A("bad host", GET "Host: a/b\r\n\r\n" NEXT),
	A("two lengths", GET HOST "Content-Length: 0\r\nContent-Length: 5\r\n"
				  "\r\n" NEXT),
	A("two equal lengths",
	    GET HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" NEXT),
	A("length and coding",
	    "POST /echo HTTP/1.1\r\n" HOST
	    "Content-Type: application/cbor\r\nContent-Length: 3\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" NEXT),
	A("two codings",
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/cbor\r\n"
	    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"
	    "3\r\nabc\r\n0\r\n\r\n" NEXT),
	A("another coding",
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/cbor\r\n"
	    "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" NEXT),
	A("a coding in 1.0",
	    "POST /echo HTTP/1.0\r\n" HOST "Content-Type: application/cbor\r\n"
	    "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nabc\r\n0\r\n\r\n" NEXT),
	A("malformed length",
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/cbor\r\n"
	    "Content-Length: 5x\r\n\r\n" NEXT),
	A("signed length",
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/cbor\r\n"
	    "Content-Length: +5\r\n\r\n" NEXT),
	A("huge length",
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/cbor\r\n"
	    "Content-Length: 99999999999999999999999\r\n\r\n" NEXT),
	A("two tokens", GET HOST
	    "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n" NEXT),
	A("two types",
	    GET HOST "Content-Type: a\r\nContent-Type: b\r\n\r\n" NEXT),
	A("space before colon", GET HOST "X : y\r\n\r\n" NEXT),
	A("no name", GET HOST ": y\r\n\r\n" NEXT),
	A("no colon", GET HOST "nonsense\r\n\r\n" NEXT),
	A("control in a value", GET HOST "X: a\001b\r\n\r\n" NEXT),
	A("delete in a value", GET HOST "X: a\177b\r\n\r\n" NEXT),
	A("NUL in a value", GET HOST "X: a\0b\r\n\r\n" NEXT),
	A("NUL ends a value", GET HOST "X: a\0\r\nY: b\r\n\r\n" NEXT),
	A("NUL in a name", GET HOST "X\0Y: a\r\n\r\n" NEXT),
	A("NUL begins a line", GET HOST "\0X: a\r\n\r\n" NEXT),
	A("NUL in the target", "GET /small\0x HTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("bare CR in a value", GET HOST "X: a\rY: b\r\n\r\n" NEXT),
	A("bare LF after the request line",
	    "GET /small HTTP/1.1\n" HOST "\r\n" NEXT),
	A("bare LF after a header", GET "Host: a\nX: y\r\n\r\n" NEXT),
	A("bare LF after the last header", GET "Host: a\n\r\n" NEXT),
	A("bare LF as the empty line", GET HOST "\n" NEXT),
	A("bare LFs alone", "GET /small HTTP/1.1\nHost: a\n\n" NEXT),
	A("folded", GET HOST "X: a\r\n b\r\n\r\n" NEXT),
	A("folded with a tab", GET HOST "X: a\r\n\tb\r\nY: c\r\n\r\n" NEXT),
	A("folded at once", GET " X: a\r\n" HOST "\r\n" NEXT),
	A("two spaces", "GET  /small HTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("two spaces behind", "GET /small  HTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("a space in the target",
	    "GET /small x HTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("a tab", "GET\t/small\tHTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("no version", "GET /small\r\n" HOST "\r\n" NEXT),
	A("another version", "GET /small HTTP/1.2\r\n" HOST "\r\n" NEXT),
	A("a third version", "GET /small HTTP/2.0\r\n" HOST "\r\n" NEXT),
	A("lower case", "get /small HTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("unknown method", "BREW /small HTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("absolute target",
	    "GET http://a/small HTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("two slashes", "GET //small HTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("dots", "GET /x/../small HTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("escaped slash", "GET /page/a%2Fb HTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("escaped letter", "GET /%73mall HTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("escaped NUL", "GET /page/%00 HTTP/1.1\r\n" HOST "\r\n" NEXT),
	A("expects more", GET HOST "Expect: 200-ok\r\n\r\n" NEXT),
#undef A
};

#define AMBIGUOUS (sizeof ambiguous / sizeof *ambiguous)

START_TEST(refuses_what_can_be_read_two_ways)
{
	const char *what = ambiguous[_i].what;
	unsigned status = 0;
	bool closed;
	int fd = site_dial();

	site_say(fd, ambiguous[_i].text, ambiguous[_i].n);
	site_hear(fd, site_answer, sizeof site_answer, SITE_END, &closed);
	close(fd);
	sscanf(site_answer, "HTTP/1.1 %u", &status);
	ck_assert_msg(closed, "%s: stayed open\n%s", what, site_answer);
	ck_assert_msg(site_served() == 0, "%s: %s", what, site_answer);
	ck_assert_msg(status == 0 || status == 505 ||
			  (status >= 400 && status < 500),
	    "%s: %s", what, site_answer);
}
END_TEST

/* The same request, plain, is served together with the next one. */
START_TEST(serves_what_can_be_read_one_way)
{
	static const char text[] = GET HOST "X: a b\tc\r\nY:d\r\nZ: \r\n"
					    "Content-Length: 0\r\n\r\n" NEXT;
	bool closed;

	ck_assert_uint_eq(site_ask(text, &closed), 200);
	ck_assert(!closed);
	ck_assert_uint_eq(site_replies(), 2);
}
END_TEST

/* In two pieces at every place, so that no site_answer depends on how the bytes
 * arrive. */
START_TEST(serves_a_header_in_pieces)
{
	static const char text[] = "GET /page/1?x=1 HTTP/1.1\r\n" HOST
				   "If-None-Match: \"page\"\r\n\r\n";
	bool closed;

	for (size_t i = 1; i < sizeof text - 1; i += 3) {
		int fd = site_dial();

		site_say(fd, text, i);
		usleep(2000);
		site_say(fd, text + i, sizeof text - 1 - i);
		site_hear(fd, site_answer, sizeof site_answer, 1, &closed);
		close(fd);
		ck_assert_msg(strncmp(site_answer, "HTTP/1.1 304", 12) == 0,
		    "at %zu: %s", i, site_answer);
	}
}
END_TEST

START_TEST(refuses_a_header_too_large)
{
	static char text[20000];
	bool closed;
	int n = snprintf(text, sizeof text, GET HOST "X: ");

	memset(text + n, 'a', 9000);
	strcpy(text + n + 9000, "\r\n\r\n");
	ck_assert_uint_eq(site_ask(text, &closed), 431);
	ck_assert(closed);
	n = snprintf(text, sizeof text, GET HOST "X: ");
	memset(text + n, 'a', 1500);
	strcpy(text + n + 1500, "\r\n\r\n");
	ck_assert_uint_eq(site_ask(text, &closed), 200);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("http_header");

	tcase_add_checked_fixture(t, site_start, site_stop);
	tcase_add_loop_test(t, refuses_what_can_be_read_two_ways, 0,
	    (int)AMBIGUOUS);
	tcase_add_test(t, serves_what_can_be_read_one_way);
	tcase_add_test(t, serves_a_header_in_pieces);
	tcase_add_test(t, refuses_a_header_too_large);
	return suite_run_cases("http_header", &t, 1, CK_FORK_GETENV);
}
