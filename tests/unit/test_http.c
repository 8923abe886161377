/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/lib/site.h"
#include "tests/lib/suite.h"

#define HOST "Host: a\r\n"

START_TEST(answers_and_keeps_the_connection)
{
	bool closed;

	ck_assert_uint_eq(site_ask("GET /small HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    200);
	ck_assert(!closed);
	ck_assert_ptr_nonnull(strstr(site_answer, "\r\n\r\nsmall\n"));
	ck_assert_ptr_nonnull(strstr(site_answer, "X-Request-Id: "));
	ck_assert_ptr_nonnull(strstr(site_answer, "Cache-Control: no-store"));
	ck_assert_ptr_nonnull(strstr(site_answer, "nosniff"));
	ck_assert_uint_eq(site_ask("GET /small HTTP/1.1\r\n" HOST "\r\n"
				   "GET /nothing HTTP/1.1\r\n" HOST "\r\n"
				   "HEAD /small HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    200);
	ck_assert(!closed);
	ck_assert_uint_eq(site_replies(), 3);
	ck_assert_ptr_nonnull(strstr(site_answer, "\"code\":\"not_found\""));
}
END_TEST

START_TEST(echoes_a_request_id_that_is_one)
{
	bool closed;

	site_ask("GET /small HTTP/1.1\r\n" HOST "X-Request-Id: ab_C-1\r\n\r\n",
	    &closed);
	ck_assert_ptr_nonnull(strstr(site_answer, "X-Request-Id: ab_C-1\r\n"));
	site_ask("GET /small HTTP/1.1\r\n" HOST "X-Request-Id: a b\r\n\r\n",
	    &closed);
	ck_assert_ptr_null(strstr(site_answer, "X-Request-Id: a b\r\n"));
}
END_TEST

START_TEST(serves_shared_pages_and_not_modified)
{
	bool closed;

	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(site_ask("GET /page/1 HTTP/1.1\r\n" HOST
					   "\r\n",
				      &closed),
		    200);
		ck_assert_uint_gt(strlen(site_answer), 1 << 20);
		ck_assert_ptr_nonnull(strstr(site_answer, "immutable"));
		ck_assert_ptr_nonnull(strstr(site_answer, "ETag: \"page\""));
	}
	ck_assert_uint_eq(site_ask("GET /page/1 HTTP/1.1\r\n" HOST
				   "If-None-Match: \"x\", W/\"page\"\r\n\r\n",
			      &closed),
	    304);
	ck_assert(!closed);
	ck_assert_uint_eq(site_ask("GET /page/1 HTTP/1.1\r\n" HOST
				   "If-None-Match: \"pages\"\r\n\r\n",
			      &closed),
	    200);
	ck_assert_uint_eq(site_ask("GET /page/1 HTTP/1.1\r\n" HOST
				   "X-Request-Id: mine\r\n\r\n",
			      &closed),
	    200);
	ck_assert_ptr_nonnull(strstr(site_answer, "X-Request-Id: mine\r\n"));
}
END_TEST

START_TEST(takes_bodies_within_their_limit)
{
	static char big[90200];
	bool closed;
	int fd, n;

	ck_assert_uint_eq(site_ask("POST /echo HTTP/1.1\r\n" HOST
				   "Content-Type: application/json\r\n"
				   "Content-Length: 5\r\n\r\nhello",
			      &closed),
	    200);
	ck_assert(!closed);
	ck_assert_ptr_nonnull(strstr(site_answer, "\r\n\r\nhello"));
	n = snprintf(big, sizeof big,
	    "POST /big HTTP/1.1\r\n" HOST
	    "Content-Type: application/cbor\r\nContent-Length: 90000\r\n\r\n");
	memset(big + n, 'y', 90000);
	fd = site_dial();
	site_say(fd, big, (size_t)n + 90000);
	ck_assert_uint_gt(site_hear(fd, site_answer, sizeof site_answer, 1,
			      &closed),
	    90000);
	close(fd);
	ck_assert(!closed);
}
END_TEST

START_TEST(refuses_bodies_before_they_come)
{
	bool closed;

	ck_assert_uint_eq(site_ask("POST /echo HTTP/1.1\r\n" HOST
				   "Content-Type: application/json\r\n"
				   "Content-Length: 1001\r\n\r\n",
			      &closed),
	    413);
	ck_assert(closed);
	ck_assert_uint_eq(site_ask("POST /echo HTTP/1.1\r\n" HOST
				   "Content-Type: text/plain\r\n"
				   "Expect: 100-continue\r\n"
				   "Content-Length: 10\r\n\r\n",
			      &closed),
	    415);
	ck_assert(closed);
	ck_assert_uint_eq(site_replies(), 1);
	ck_assert_uint_eq(site_ask("POST /echo HTTP/1.1\r\n" HOST
				   "Content-Type: application/json\r\n\r\n",
			      &closed),
	    400);
	ck_assert(!closed);
	ck_assert_ptr_nonnull(strstr(site_answer, "body_missing"));
	ck_assert_uint_eq(site_ask("GET /small HTTP/1.1\r\n" HOST
				   "Content-Length: 1\r\n\r\nx",
			      &closed),
	    413);
	ck_assert(closed);
}
END_TEST

/* A client that sends all of its body before it listens still hears why. */
START_TEST(a_refusal_outlives_the_body)
{
	static char big[400000];
	bool closed;
	int fd = site_dial();
	struct pollfd answered = { fd, POLLIN, 0 };
	int n = snprintf(big, sizeof big,
	    "POST /echo HTTP/1.1\r\n" HOST
	    "Content-Type: application/json\r\nContent-Length: 350000\r\n\r\n");

	site_say(fd, big, (size_t)n);
	ck_assert_int_eq(poll(&answered, 1, 60000), 1);
	for (int i = 0; i < 7; i++)
		site_say(fd, big + n, 50000);
	site_hear(fd, site_answer, sizeof site_answer, 1, &closed);
	close(fd);
	ck_assert_msg(strncmp(site_answer, "HTTP/1.1 413", 12) == 0, "%s",
	    site_answer);
	ck_assert_ptr_nonnull(strstr(site_answer, "body_too_large"));
}
END_TEST

START_TEST(says_continue_only_to_what_it_will_take)
{
	bool closed;
	int fd = site_dial();
	const char *head =
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/cbor\r\n"
	    "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n";

	site_say(fd, head, strlen(head));
	site_hear(fd, site_answer, sizeof site_answer, 1, &closed);
	ck_assert_str_eq(site_answer, "HTTP/1.1 100 Continue\r\n\r\n");
	site_say(fd, "abc", 3);
	site_hear(fd, site_answer, sizeof site_answer, 1, &closed);
	ck_assert_ptr_nonnull(strstr(site_answer, "\r\n\r\nabc"));
	close(fd);
}
END_TEST

START_TEST(closes_after_a_chunked_body)
{
	bool closed;

	ck_assert_uint_eq(site_ask("POST /echo HTTP/1.1\r\n" HOST
				   "Content-Type: application/cbor\r\n"
				   "Transfer-Encoding: chunked\r\n\r\n"
				   "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
				   "GET /small HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    200);
	ck_assert_ptr_nonnull(strstr(site_answer, "\r\n\r\nabcde"));
	ck_assert_uint_eq(site_replies(), 1);
	ck_assert(closed);
}
END_TEST

START_TEST(a_chunked_body_too_large_is_refused)
{
	static char text[4000];
	bool closed;
	int n = snprintf(text, sizeof text,
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/cbor\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n3e9\r\n");

	memset(text + n, 'z', 1001);
	strcpy(text + n + 1001, "\r\n0\r\n\r\n");
	ck_assert_uint_eq(site_ask(text, &closed), 413);
	ck_assert(closed);
}
END_TEST

START_TEST(waits_for_workers_and_for_others)
{
	bool closed;

	ck_assert_uint_eq(site_ask("GET /late HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    200);
	ck_assert_ptr_nonnull(strstr(site_answer, "\r\n\r\nlate\n"));
	ck_assert(!closed);
	ck_assert_uint_eq(site_ask("GET /worker HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    503);
	ck_assert_ptr_nonnull(strstr(site_answer, "\"code\":\"database\""));
	ck_assert_ptr_nonnull(strstr(site_answer, "Retry-After: 2"));
	ck_assert(!closed);
}
END_TEST

START_TEST(asks_for_a_token)
{
	bool closed;

	ck_assert_uint_eq(site_ask("GET /secret HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    401);
	ck_assert_ptr_nonnull(
	    strstr(site_answer, "WWW-Authenticate: Bearer\r\n"));
	ck_assert_uint_eq(site_ask("GET /secret HTTP/1.1\r\n" HOST
				   "Authorization: Bearer nonsense\r\n\r\n",
			      &closed),
	    401);
	ck_assert_ptr_nonnull(strstr(site_answer, "token_bad"));
	ck_assert_ptr_nonnull(strstr(site_answer, "invalid_token"));
}
END_TEST

START_TEST(keeps_bugs_to_itself)
{
	bool closed;

	ck_assert_uint_eq(site_ask("GET /bug HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    500);
	ck_assert_ptr_nonnull(strstr(site_answer, "\"code\":\"internal\""));
	ck_assert_ptr_null(strstr(site_answer, "secret detail"));
}
END_TEST

START_TEST(limits_each_caller)
{
	bool closed;
	static char many[20000];
	static const char one[] = "GET /small HTTP/1.1\r\n" HOST
				  "X-Forwarded-For: 9.9.9.9, 192.0.2.1\r\n"
				  "\r\n";

	/* Five a second, two seconds' worth at once; many more than come back
	 * while they are answered. */
	for (size_t i = 0; i < 200; i++)
		memcpy(many + i * (sizeof one - 1), one, sizeof one);
	site_ask(many, &closed);
	ck_assert_uint_eq(site_replies(), 200);
	ck_assert_uint_ge(site_served(), 10);
	ck_assert_uint_lt(site_served(), 200);
	ck_assert_ptr_nonnull(strstr(site_answer, "HTTP/1.1 429"));
	ck_assert_ptr_nonnull(strstr(site_answer, "Retry-After: 1\r\n"));
	ck_assert_uint_eq(site_ask("GET /small HTTP/1.1\r\n" HOST
				   "X-Forwarded-For: 192.0.2.1, "
				   "192.0.2.2\r\n\r\n",
			      &closed),
	    200);
}
END_TEST

START_TEST(tells_methods_and_origins)
{
	bool closed;

	ck_assert_uint_eq(site_ask("DELETE /small HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    405);
	ck_assert_ptr_nonnull(strstr(site_answer, "Allow: GET, HEAD\r\n"));
	ck_assert_uint_eq(site_ask("OPTIONS /small HTTP/1.1\r\n" HOST
				   "Origin: https://a.example\r\n\r\n",
			      &closed),
	    204);
	ck_assert_ptr_nonnull(
	    strstr(site_answer, "Access-Control-Allow-Methods: GET, HEAD\r\n"));
	ck_assert_uint_eq(site_ask("OPTIONS /secret HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    204);
	ck_assert_ptr_null(strstr(site_answer, "Access-Control-Allow"));
}
END_TEST

START_TEST(cuts_who_is_slow)
{
	bool closed;
	int fd = site_dial(), body = site_dial();
	const char *head =
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/cbor\r\n"
	    "Content-Length: 10\r\n\r\n";

	site_say(body, head, strlen(head));
	site_say(fd, "GET /small HTTP/1.1\r\nX: ", 24);
	for (int i = 0; i < 7; i++) {
		send(fd, "a", 1, MSG_NOSIGNAL);
		send(body, "a", 1, MSG_NOSIGNAL);
		usleep(800000);
	}
	site_hear(fd, site_answer, sizeof site_answer, SITE_END, &closed);
	ck_assert(closed);
	ck_assert_ptr_nonnull(strstr(site_answer, "HTTP/1.1 408"));
	site_hear(body, site_answer, sizeof site_answer, SITE_END, &closed);
	ck_assert(closed);
	ck_assert_ptr_nonnull(strstr(site_answer,
	    "{\"type\":\"/errors/http_slow\",\"title\":\"Request Timeout\","
	    "\"status\":408,\"code\":\"http_slow\",\"detail\":\"The request "
	    "took too long to arrive.\"}"));
	close(fd);
	close(body);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { answers_and_keeps_the_connection,
		echoes_a_request_id_that_is_one,
		serves_shared_pages_and_not_modified,
		takes_bodies_within_their_limit,
		refuses_bodies_before_they_come, a_refusal_outlives_the_body,
		says_continue_only_to_what_it_will_take,
		closes_after_a_chunked_body,
		a_chunked_body_too_large_is_refused,
		waits_for_workers_and_for_others, asks_for_a_token,
		keeps_bugs_to_itself, limits_each_caller,
		tells_methods_and_origins, cuts_who_is_slow };

	return SUITE_RUN_FIXTURE("http", t, site_start, site_stop);
}
