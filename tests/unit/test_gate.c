/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "system/gate.h"
#include "system/raw.h"
#include "tests/lib/suite.h"

#define HEADERS 8

struct request {
	const char *method, *target, *version;
	const char *header[HEADERS]; /* name, value, name, value */
};

static enum err
check(const struct request *r)
{
	struct gate_header h[HEADERS];
	struct gate_request g = { span_str(r->method), span_str(r->target),
		span_str(r->version), h, 0 };

	for (size_t i = 0; i + 1 < HEADERS && r->header[i]; i += 2)
		h[g.n++] = (struct gate_header){ span_str(r->header[i]),
			span_str(r->header[i + 1]) };
	return gate_check(&g);
}

static enum err
target(const char *t)
{
	return check(
	    &(struct request){ "GET", t, "HTTP/1.1", { "Host", "a" } });
}

static enum err
header(const char *name, const char *value)
{
	return check(&(struct request){ "POST", "/", "HTTP/1.1",
	    { "Host", "a", name, value } });
}

START_TEST(targets_have_one_spelling)
{
	static const char *const plain[] = { "/", "/v1/chains", "/v1/chains/",
		"/a.b", "/a..b", "/...", "/..a", "/~a_b-c", "/a:b@c",
		"/a!$&'()*+,;=", "/%20", "/%C3%A9", "/a?", "/a?b=c&d=%2f%41",
		"/a?b=/?c" };
	static const char *const other[] = { "", "*", "a", "http://a/b", "//",
		"//a", "/a//b", "/.", "/..", "/./a", "/../a", "/a/.", "/a/..",
		"/a/../b", "/a/./b", "/%", "/%2", "/%2g", "/%c3%a9", "/%41",
		"/%2E", "/%7E", "/%2F", "/%5C", "/%00", "/%0A", "/%1F", "/%7F",
		"/a b", "/a\tb", "/a\\b", "/a\"b", "/a#b", "/<a>", "/a{b}",
		"/a|b", "/a^b", "/a`b", "/\x80", "/a?b#c", "/a?%00", "/a?%",
		"/a?%4", "/a?b c", "/a?\x01", "/a?\xc3\xa9" };
	char most[2050] = "/";

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		ck_assert_msg(target(plain[i]) == OK, "%s", plain[i]);
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		ck_assert_msg(target(other[i]) == ERR_HTTP_TARGET, "%s",
		    other[i]);
	memset(most + 1, 'a', 2047);
	ck_assert_int_eq(target(most), OK);
	most[2048] = 'a';
	ck_assert_int_eq(target(most), ERR_HTTP_TARGET);
}
END_TEST

START_TEST(methods_and_versions_are_known)
{
	static const struct {
		const char *method, *version;
		enum err e;
	} row[] = {
		{ "GET", "HTTP/1.1", OK },
		{ "HEAD", "HTTP/1.0", OK },
		{ "POST", "HTTP/1.1", OK },
		{ "PUT", "HTTP/1.1", OK },
		{ "PATCH", "HTTP/1.1", OK },
		{ "DELETE", "HTTP/1.1", OK },
		{ "OPTIONS", "HTTP/1.1", OK },
		{ "TRACE", "HTTP/1.1", ERR_HTTP_BAD },
		{ "CONNECT", "HTTP/1.1", ERR_HTTP_BAD },
		{ "get", "HTTP/1.1", ERR_HTTP_BAD },
		{ "", "HTTP/1.1", ERR_HTTP_BAD },
		{ "GET", "HTTP/1.2", ERR_HTTP_BAD },
		{ "GET", "HTTP/2.0", ERR_HTTP_BAD },
		{ "GET", "http/1.1", ERR_HTTP_BAD },
		{ "GET", "", ERR_HTTP_BAD },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		ck_assert_msg(check(&(struct request){ row[i].method, "/",
				  row[i].version, { "Host", "a" } }) ==
				  row[i].e,
		    "%s %s", row[i].method, row[i].version);
}
END_TEST

START_TEST(a_host_is_there_once)
{
	static const char *const good[] = { "a", "a.b:80", "[::1]:80",
		"1.2.3.4", "a_b-c" };
	static const char *const bad[] = { "", "a/b", "a b", "a@b", "a,b",
		"a%20" };

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_int_eq(check(&(struct request){ "GET", "/",
				     "HTTP/1.1", { "hOsT", good[i] } }),
		    OK);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(check(&(struct request){ "GET", "/",
				     "HTTP/1.1", { "Host", bad[i] } }),
		    ERR_HTTP_HEADER);
	ck_assert_int_eq(check(&(struct request){ "GET", "/", "HTTP/1.1",
			     { NULL } }),
	    ERR_HTTP_HEADER);
	ck_assert_int_eq(check(&(struct request){ "GET", "/", "HTTP/1.0",
			     { NULL } }),
	    OK);
	ck_assert_int_eq(header("HOST", "a"), ERR_HTTP_HEADER);
}
END_TEST

/* Each alone is good; what is refused is the second, or the two together. */
START_TEST(headers_that_decide_stand_once)
{
	static const char *const row[][2] = { { "Content-Length", "0" },
		{ "Transfer-Encoding", "chunked" }, { "Authorization", "x" },
		{ "Content-Type", "x" }, { "Expect", "100-continue" },
		{ "If-None-Match", "x" }, { "Idempotency-Key", "x" },
		{ "X-Request-Id", "x" }, { "Content-Encoding", "x" } };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		ck_assert_int_eq(header(row[i][0], row[i][1]), OK);
		ck_assert_int_eq(check(
				     &(struct request){ "POST", "/", "HTTP/1.1",
					 { "Host", "a", row[i][0], row[i][1],
					     row[i][0], row[i][1] } }),
		    ERR_HTTP_HEADER);
	}
	ck_assert_int_eq(check(&(struct request){ "POST", "/", "HTTP/1.1",
			     { "Host", "a", "Content-Length", "3",
				 "Transfer-Encoding", "chunked" } }),
	    ERR_HTTP_HEADER);
	ck_assert_int_eq(check(&(struct request){ "POST", "/", "HTTP/1.1",
			     { "Host", "a", "Accept", "a", "Accept", "b" } }),
	    OK);
}
END_TEST

START_TEST(lengths_and_codings_are_plain)
{
	static const struct {
		const char *name, *value;
		enum err e;
	} row[] = {
		{ "Content-Length", "999999999999999999", OK },
		{ "Content-Length", "9999999999999999999", ERR_HTTP_HEADER },
		{ "Content-Length", "", ERR_HTTP_HEADER },
		{ "Content-Length", "+1", ERR_HTTP_HEADER },
		{ "Content-Length", "-1", ERR_HTTP_HEADER },
		{ "Content-Length", "1,1", ERR_HTTP_HEADER },
		{ "Content-Length", "0x1", ERR_HTTP_HEADER },
		{ "Content-Length", "1 ", ERR_HTTP_HEADER },
		{ "Transfer-Encoding", "Chunked", OK },
		{ "Transfer-Encoding", "gzip, chunked", ERR_HTTP_HEADER },
		{ "Transfer-Encoding", "chunked, chunked", ERR_HTTP_HEADER },
		{ "Transfer-Encoding", "xchunked", ERR_HTTP_HEADER },
		{ "Transfer-Encoding", "identity", ERR_HTTP_HEADER },
		{ "Transfer-Encoding", "", ERR_HTTP_HEADER },
		{ "Expect", "100-Continue", OK },
		{ "Expect", "100-continue, x", ERR_HTTP_HEADER },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		ck_assert_msg(header(row[i].name, row[i].value) == row[i].e,
		    "%s: %s", row[i].name, row[i].value);
	ck_assert_int_eq(check(&(struct request){ "POST", "/", "HTTP/1.0",
			     { "Transfer-Encoding", "chunked" } }),
	    ERR_HTTP_HEADER);
}
END_TEST

START_TEST(names_are_tokens_and_values_clean)
{
	static const char *const names[] = { "", "a b", "a ", " a", "a:", "a\t",
		"a\"", "(a)", "a/b", "\xc3\xa9", "a\x01" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		ck_assert_msg(header(names[i], "x") == ERR_HTTP_HEADER, "%s",
		    names[i]);
	for (char c = 1; c < 0x20; c++) {
		char value[] = { 'a', c, 'b', '\0' };

		ck_assert_int_eq(header("X", value),
		    c == '\t' ? OK : ERR_HTTP_HEADER);
	}
	ck_assert_int_eq(header("X", "a\x7f"), ERR_HTTP_HEADER);
	ck_assert_int_eq(header("X", "\xc3\xa9"), OK);
	ck_assert_int_eq(header("!#$%&'*+-.^_`|~09azAZ", ""), OK);
}
END_TEST

/* A header as the library leaves it: line ends, colon and the spaces of the
 * request line overwritten. */
static const char left[] = "GET\0/a\0HTTP/1.1\0\0Host\0 a\0\0X\0b\0\0\0\0";

static bool
plain(const char *bytes, size_t n, size_t value, size_t value_n)
{
	struct raw r = { bytes, bytes + 7, bytes + 4, 2, n };
	struct gate_header h[] = {
		{ span_of(bytes + 17, 4), span_of(bytes + 23, 1) },
		{ span_of(bytes + 26, 1), span_of(bytes + value, value_n) },
	};

	return raw_plain(&r, h, 2);
}

START_TEST(pieces_lie_where_lines_put_them)
{
	char bytes[sizeof left];
	size_t n = sizeof left - 1;

	ck_assert(plain(left, n, 28, 1));
	ck_assert(!plain(left, n - 1, 28, 1));
	ck_assert(!plain(left, n - 2, 28, 1));
	ck_assert(!plain(left, n, 29, 1));
	ck_assert(!plain(left, n, 28, 0));
	ck_assert(!plain(left, n, 28, 2));
	/* Whatever byte of the frame is not what it was, it is seen. */
	for (size_t i = 0; i < n; i++) {
		if (left[i] != '\0')
			continue;
		memcpy(bytes, left, sizeof left);
		bytes[i] = 'q';
		ck_assert_msg(!plain(bytes, n, 28, 1), "at %zu", i);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { targets_have_one_spelling,
		methods_and_versions_are_known, a_host_is_there_once,
		headers_that_decide_stand_once, lengths_and_codings_are_plain,
		names_are_tokens_and_values_clean,
		pieces_lie_where_lines_put_them };

	return SUITE_RUN("gate", t);
}
