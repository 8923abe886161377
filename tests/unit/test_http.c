/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "server/http.h"
#include "server/limit.h"
#include "server/metrics.h"
#include "server/server.h"

/* A server with routes of its own; each test speaks to it byte by byte. */
static struct server server;
static struct http *http;
static struct blob *page;
static struct req *late_q;
static struct reply *late_r;
static pthread_t late;

static enum err
get_small(struct req *q, struct reply *r)
{
	(void)q;
	reply_bytes(r, "text/plain", span_str("small\n"));
	return OK;
}

static enum err
get_page(struct req *q, struct reply *r)
{
	(void)q;
	r->cache = CACHE_IMMUTABLE;
	snprintf(r->etag, sizeof r->etag, "\"page\"");
	reply_blob(r, "application/cbor-seq", blob_keep(page));
	return OK;
}

static enum err
post_echo(struct req *q, struct reply *r)
{
	reply_bytes(r, "application/octet-stream", q->body);
	return OK;
}

static enum err
get_worker(struct req *q, struct reply *r)
{
	(void)r;
	return q->db ? OK : ERR_WANT_WORKER;
}

static void *
finish_late(void *arg)
{
	(void)arg;
	usleep(50000);
	reply_bytes(late_r, "text/plain", span_str("late\n"));
	http_finish(late_q, late_r, OK);
	return NULL;
}

static enum err
get_late(struct req *q, struct reply *r)
{
	late_q = q;
	late_r = r;
	ck_assert_int_eq(pthread_create(&late, NULL, finish_late, NULL), 0);
	return ERR_LATER;
}

static enum err
get_bug(struct req *q, struct reply *r)
{
	(void)q;
	return reply_problem(r, ERR_DATABASE_CONSTRAINT, "secret detail");
}

static const struct route table[] = {
	{ "GET", "/small", "small", WHO_ANYONE, 0, LIMIT_READ, 200, 0, NULL,
	    true, false, get_small },
	{ "GET", "/page/{n}", "page", WHO_ANYONE, 0, LIMIT_NONE, 200, 0, NULL,
	    true, false, get_page },
	{ "POST", "/echo", "echo", WHO_ANYONE, 0, LIMIT_NONE, 200, 1000,
	    "application/json application/cbor", true, false, post_echo },
	{ "POST", "/big", "big", WHO_ANYONE, 0, LIMIT_NONE, 200, 100000,
	    "application/cbor", true, false, post_echo },
	{ "GET", "/worker", "worker", WHO_ANYONE, 0, LIMIT_NONE, 200, 0, NULL,
	    true, false, get_worker },
	{ "GET", "/late", "late", WHO_ANYONE, 0, LIMIT_NONE, 200, 0, NULL, true,
	    false, get_late },
	{ "GET", "/secret", "secret", WHO_TOKEN, SCOPE_ENCLAVE_READ, LIMIT_NONE,
	    200, 0, NULL, true, false, get_small },
	{ "GET", "/bug", "bug", WHO_ANYONE, 0, LIMIT_NONE, 200, 0, NULL, true,
	    false, get_bug },
};

#define ROUTES (sizeof table / sizeof *table)

static void
start(void)
{
	struct http_config c = { .listen = "127.0.0.1:0",
		.table = table,
		.n = ROUTES,
		.loops = 2,
		.workers = 2,
		.max_connections = 4000,
		.max_connections_ip = 8,
		.proxies = "127.0.0.1" };
	char *bytes = malloc(1 << 20);

	memset(bytes, 'x', 1 << 20);
	page = blob_make(span_of(bytes, 1 << 20));
	free(bytes);
	snprintf(server.settings.database, sizeof server.settings.database,
	    "host=/nonexistent");
	ck_assert_int_eq(metrics_make(table, ROUTES, &server.metrics), OK);
	ck_assert_int_eq(limit_make(5, 5, &server.limits), OK);
	c.metrics = server.metrics;
	ck_assert_int_eq(http_start(&server, &c, &http), OK);
}

static void
stop(void)
{
	http_stop(http, 100);
	blob_drop(page);
	limit_free(server.limits);
	metrics_free(server.metrics);
}

static int
dial(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(http_port(http)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

static void
say(int fd, const char *p, size_t n)
{
	ck_assert_int_eq(send(fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* What comes within ms, up to the end of the connection (then *closed). */
static size_t
hear(int fd, char *buf, size_t cap, int ms, bool *closed)
{
	struct pollfd p = { fd, POLLIN, 0 };
	size_t n = 0;

	*closed = false;
	while (n < cap - 1 && poll(&p, 1, ms) == 1) {
		ssize_t got = recv(fd, buf + n, cap - 1 - n, 0);

		if (got <= 0) {
			*closed = true;
			break;
		}
		n += (size_t)got;
	}
	buf[n] = '\0';
	return n;
}

static char answer[1 << 21];

static unsigned
ask(const char *request, bool *closed)
{
	unsigned status = 0;
	int fd = dial();

	say(fd, request, strlen(request));
	hear(fd, answer, sizeof answer, 150, closed);
	close(fd);
	sscanf(answer, "HTTP/1.1 %u", &status);
	return status;
}

static unsigned
replies(void)
{
	unsigned n = 0;

	for (char *p = answer; (p = strstr(p, "HTTP/1.1 ")) != NULL; p += 9)
		n++;
	return n;
}

static unsigned
served(void)
{
	unsigned n = 0;

	for (char *p = answer; (p = strstr(p, "HTTP/1.1 200")) != NULL; p += 9)
		n++;
	return n;
}

#define HOST "Host: a\r\n"

START_TEST(answers_and_keeps_the_connection)
{
	bool closed;

	ck_assert_uint_eq(ask("GET /small HTTP/1.1\r\n" HOST "\r\n", &closed),
	    200);
	ck_assert(!closed);
	ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nsmall\n"));
	ck_assert_ptr_nonnull(strstr(answer, "X-Request-Id: "));
	ck_assert_ptr_nonnull(strstr(answer, "Cache-Control: no-store"));
	ck_assert_ptr_nonnull(strstr(answer, "nosniff"));
	ck_assert_uint_eq(ask("GET /small HTTP/1.1\r\n" HOST "\r\n"
			      "GET /nothing HTTP/1.1\r\n" HOST "\r\n"
			      "HEAD /small HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    200);
	ck_assert(!closed);
	ck_assert_uint_eq(replies(), 3);
	ck_assert_ptr_nonnull(strstr(answer, "\"code\":\"not_found\""));
}
END_TEST

START_TEST(echoes_a_request_id_that_is_one)
{
	bool closed;

	ask("GET /small HTTP/1.1\r\n" HOST "X-Request-Id: ab_C-1\r\n\r\n",
	    &closed);
	ck_assert_ptr_nonnull(strstr(answer, "X-Request-Id: ab_C-1\r\n"));
	ask("GET /small HTTP/1.1\r\n" HOST "X-Request-Id: a b\r\n\r\n",
	    &closed);
	ck_assert_ptr_null(strstr(answer, "X-Request-Id: a b\r\n"));
}
END_TEST

START_TEST(serves_shared_pages_and_not_modified)
{
	bool closed;

	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(ask("GET /page/1 HTTP/1.1\r\n" HOST "\r\n",
				      &closed),
		    200);
		ck_assert_uint_gt(strlen(answer), 1 << 20);
		ck_assert_ptr_nonnull(strstr(answer, "immutable"));
		ck_assert_ptr_nonnull(strstr(answer, "ETag: \"page\""));
	}
	ck_assert_uint_eq(ask("GET /page/1 HTTP/1.1\r\n" HOST
			      "If-None-Match: \"x\", W/\"page\"\r\n\r\n",
			      &closed),
	    304);
	ck_assert(!closed);
	ck_assert_uint_eq(ask("GET /page/1 HTTP/1.1\r\n" HOST
			      "If-None-Match: \"pages\"\r\n\r\n",
			      &closed),
	    200);
	ck_assert_uint_eq(ask("GET /page/1 HTTP/1.1\r\n" HOST
			      "X-Request-Id: mine\r\n\r\n",
			      &closed),
	    200);
	ck_assert_ptr_nonnull(strstr(answer, "X-Request-Id: mine\r\n"));
}
END_TEST

START_TEST(takes_bodies_within_their_limit)
{
	static char big[90200];
	bool closed;
	int fd, n;

	ck_assert_uint_eq(ask("POST /echo HTTP/1.1\r\n" HOST
			      "Content-Type: application/json\r\n"
			      "Content-Length: 5\r\n\r\nhello",
			      &closed),
	    200);
	ck_assert(!closed);
	ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nhello"));
	n = snprintf(big, sizeof big,
	    "POST /big HTTP/1.1\r\n" HOST
	    "Content-Type: application/cbor\r\nContent-Length: 90000\r\n\r\n");
	memset(big + n, 'y', 90000);
	fd = dial();
	say(fd, big, (size_t)n + 90000);
	ck_assert_uint_gt(hear(fd, answer, sizeof answer, 300, &closed), 90000);
	close(fd);
	ck_assert(!closed);
}
END_TEST

START_TEST(refuses_bodies_before_they_come)
{
	bool closed;

	ck_assert_uint_eq(ask("POST /echo HTTP/1.1\r\n" HOST
			      "Content-Type: application/json\r\n"
			      "Content-Length: 1001\r\n\r\n",
			      &closed),
	    413);
	ck_assert(closed);
	ck_assert_uint_eq(ask("POST /echo HTTP/1.1\r\n" HOST
			      "Content-Type: text/plain\r\n"
			      "Expect: 100-continue\r\n"
			      "Content-Length: 10\r\n\r\n",
			      &closed),
	    415);
	ck_assert(closed);
	ck_assert_uint_eq(replies(), 1);
	ck_assert_uint_eq(ask("POST /echo HTTP/1.1\r\n" HOST
			      "Content-Type: application/json\r\n\r\n",
			      &closed),
	    400);
	ck_assert(!closed);
	ck_assert_ptr_nonnull(strstr(answer, "body_missing"));
	ck_assert_uint_eq(ask("GET /small HTTP/1.1\r\n" HOST
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
	int fd = dial();
	int n = snprintf(big, sizeof big,
	    "POST /echo HTTP/1.1\r\n" HOST
	    "Content-Type: application/json\r\nContent-Length: 350000\r\n\r\n");

	say(fd, big, (size_t)n);
	usleep(20000); /* the answer is on its way already */
	for (int i = 0; i < 7; i++) {
		say(fd, big + n, 50000);
		usleep(20000);
	}
	hear(fd, answer, sizeof answer, 500, &closed);
	close(fd);
	ck_assert_msg(strncmp(answer, "HTTP/1.1 413", 12) == 0, "%s", answer);
	ck_assert_ptr_nonnull(strstr(answer, "body_too_large"));
}
END_TEST

START_TEST(says_continue_only_to_what_it_will_take)
{
	bool closed;
	int fd = dial();
	const char *head =
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/cbor\r\n"
	    "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n";

	say(fd, head, strlen(head));
	hear(fd, answer, sizeof answer, 100, &closed);
	ck_assert_str_eq(answer, "HTTP/1.1 100 Continue\r\n\r\n");
	say(fd, "abc", 3);
	hear(fd, answer, sizeof answer, 100, &closed);
	ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nabc"));
	close(fd);
}
END_TEST

START_TEST(closes_after_a_chunked_body)
{
	bool closed;

	ck_assert_uint_eq(ask("POST /echo HTTP/1.1\r\n" HOST
			      "Content-Type: application/cbor\r\n"
			      "Transfer-Encoding: chunked\r\n\r\n"
			      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
			      "GET /small HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    200);
	ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nabcde"));
	ck_assert_uint_eq(replies(), 1);
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
	ck_assert_uint_eq(ask(text, &closed), 413);
	ck_assert(closed);
}
END_TEST

START_TEST(waits_for_workers_and_for_others)
{
	bool closed;

	ck_assert_uint_eq(ask("GET /late HTTP/1.1\r\n" HOST "\r\n", &closed),
	    200);
	ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nlate\n"));
	ck_assert(!closed);
	pthread_join(late, NULL);
	ck_assert_uint_eq(ask("GET /worker HTTP/1.1\r\n" HOST "\r\n", &closed),
	    503);
	ck_assert_ptr_nonnull(strstr(answer, "\"code\":\"database\""));
	ck_assert_ptr_nonnull(strstr(answer, "Retry-After: 2"));
	ck_assert(!closed);
}
END_TEST

START_TEST(asks_for_a_token)
{
	bool closed;

	ck_assert_uint_eq(ask("GET /secret HTTP/1.1\r\n" HOST "\r\n", &closed),
	    401);
	ck_assert_ptr_nonnull(strstr(answer, "WWW-Authenticate: Bearer\r\n"));
	ck_assert_uint_eq(ask("GET /secret HTTP/1.1\r\n" HOST
			      "Authorization: Bearer nonsense\r\n\r\n",
			      &closed),
	    401);
	ck_assert_ptr_nonnull(strstr(answer, "token_bad"));
	ck_assert_ptr_nonnull(strstr(answer, "invalid_token"));
}
END_TEST

START_TEST(keeps_bugs_to_itself)
{
	bool closed;

	ck_assert_uint_eq(ask("GET /bug HTTP/1.1\r\n" HOST "\r\n", &closed),
	    500);
	ck_assert_ptr_nonnull(strstr(answer, "\"code\":\"internal\""));
	ck_assert_ptr_null(strstr(answer, "secret detail"));
}
END_TEST

START_TEST(limits_each_caller)
{
	bool closed;
	static char many[4000];
	static const char one[] = "GET /small HTTP/1.1\r\n" HOST
				  "X-Forwarded-For: 9.9.9.9, 192.0.2.1\r\n"
				  "\r\n";

	/* Five a second, two seconds' worth at once. */
	for (size_t i = 0; i < 12; i++)
		memcpy(many + i * (sizeof one - 1), one, sizeof one);
	ask(many, &closed);
	ck_assert_uint_eq(replies(), 12);
	ck_assert_uint_ge(served(), 10);
	ck_assert_uint_lt(served(), 12);
	ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 429"));
	ck_assert_ptr_nonnull(strstr(answer, "Retry-After: 1\r\n"));
	ck_assert_uint_eq(ask("GET /small HTTP/1.1\r\n" HOST
			      "X-Forwarded-For: 192.0.2.1, 192.0.2.2\r\n\r\n",
			      &closed),
	    200);
}
END_TEST

START_TEST(tells_methods_and_origins)
{
	bool closed;

	ck_assert_uint_eq(ask("DELETE /small HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    405);
	ck_assert_ptr_nonnull(strstr(answer, "Allow: GET, HEAD\r\n"));
	ck_assert_uint_eq(ask("OPTIONS /small HTTP/1.1\r\n" HOST
			      "Origin: https://a.example\r\n\r\n",
			      &closed),
	    204);
	ck_assert_ptr_nonnull(
	    strstr(answer, "Access-Control-Allow-Methods: GET, HEAD\r\n"));
	ck_assert_uint_eq(ask("OPTIONS /secret HTTP/1.1\r\n" HOST "\r\n",
			      &closed),
	    204);
	ck_assert_ptr_null(strstr(answer, "Access-Control-Allow"));
}
END_TEST

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
	int fd = dial();

	say(fd, ambiguous[_i].text, ambiguous[_i].n);
	hear(fd, answer, sizeof answer, 300, &closed);
	close(fd);
	sscanf(answer, "HTTP/1.1 %u", &status);
	ck_assert_msg(closed, "%s: stayed open\n%s", what, answer);
	ck_assert_msg(served() == 0, "%s: %s", what, answer);
	ck_assert_msg(status == 0 || status == 505 ||
			  (status >= 400 && status < 500),
	    "%s: %s", what, answer);
}
END_TEST

/* The same request, plain, is served together with the next one. */
START_TEST(serves_what_can_be_read_one_way)
{
	static const char text[] = GET HOST "X: a b\tc\r\nY:d\r\nZ: \r\n"
					    "Content-Length: 0\r\n\r\n" NEXT;
	bool closed;

	ck_assert_uint_eq(ask(text, &closed), 200);
	ck_assert(!closed);
	ck_assert_uint_eq(replies(), 2);
}
END_TEST

/* In two pieces at every place, so that no answer depends on how the bytes
 * arrive. */
START_TEST(serves_a_header_in_pieces)
{
	static const char text[] = "GET /page/1?x=1 HTTP/1.1\r\n" HOST
				   "If-None-Match: \"page\"\r\n\r\n";
	bool closed;

	for (size_t i = 1; i < sizeof text - 1; i += 3) {
		int fd = dial();

		say(fd, text, i);
		usleep(2000);
		say(fd, text + i, sizeof text - 1 - i);
		hear(fd, answer, sizeof answer, 60, &closed);
		close(fd);
		ck_assert_msg(strncmp(answer, "HTTP/1.1 304", 12) == 0,
		    "at %zu: %s", i, answer);
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
	ck_assert_uint_eq(ask(text, &closed), 431);
	ck_assert(closed);
	n = snprintf(text, sizeof text, GET HOST "X: ");
	memset(text + n, 'a', 1500);
	strcpy(text + n + 1500, "\r\n\r\n");
	ck_assert_uint_eq(ask(text, &closed), 200);
}
END_TEST

START_TEST(cuts_who_is_slow)
{
	bool closed;
	int fd = dial(), body = dial();
	const char *head =
	    "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/cbor\r\n"
	    "Content-Length: 10\r\n\r\n";

	say(body, head, strlen(head));
	say(fd, "GET /small HTTP/1.1\r\nX: ", 24);
	for (int i = 0; i < 7; i++) {
		send(fd, "a", 1, MSG_NOSIGNAL);
		send(body, "a", 1, MSG_NOSIGNAL);
		usleep(800000);
	}
	hear(fd, answer, sizeof answer, 100, &closed);
	ck_assert(closed);
	ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 408"));
	hear(body, answer, sizeof answer, 7000, &closed);
	ck_assert(closed);
	ck_assert_ptr_nonnull(strstr(answer, "http_slow"));
	ck_assert_ptr_nonnull(strstr(answer, "\"http_slow\"}"));
	close(fd);
	close(body);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http");
	TCase *t = tcase_create("http");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, start, stop);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, answers_and_keeps_the_connection);
	tcase_add_test(t, echoes_a_request_id_that_is_one);
	tcase_add_test(t, serves_shared_pages_and_not_modified);
	tcase_add_test(t, takes_bodies_within_their_limit);
	tcase_add_test(t, refuses_bodies_before_they_come);
	tcase_add_test(t, a_refusal_outlives_the_body);
	tcase_add_test(t, says_continue_only_to_what_it_will_take);
	tcase_add_test(t, closes_after_a_chunked_body);
	tcase_add_test(t, a_chunked_body_too_large_is_refused);
	tcase_add_test(t, waits_for_workers_and_for_others);
	tcase_add_test(t, asks_for_a_token);
	tcase_add_test(t, keeps_bugs_to_itself);
	tcase_add_test(t, limits_each_caller);
	tcase_add_test(t, tells_methods_and_origins);
	tcase_add_loop_test(t, refuses_what_can_be_read_two_ways, 0,
	    (int)AMBIGUOUS);
	tcase_add_test(t, serves_what_can_be_read_one_way);
	tcase_add_test(t, serves_a_header_in_pieces);
	tcase_add_test(t, refuses_a_header_too_large);
	tcase_add_test(t, cuts_who_is_slow);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
