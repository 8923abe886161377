/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <netinet/in.h>

#include "enclave/channel.h"
#include "enclave/loopback.h"
#include "tests/lib/suite.h"

#define H "HTTP/1.1 200 OK\r\n"

static const struct {
	const char *answer;
	enum err e;
	const char *body;
} ANSWERS[] = {
	{ H "\r\n", OK, "" },
	{ H "\r\nbody", OK, "body" },
	{ H "Content-Length: 4\r\n\r\nbody", OK, "body" },
	{ H "content-length:4 \t\r\nServer: x\r\n\r\nbody", OK, "body" },
	{ H "Content-Length: 0\r\n\r\n", OK, "" },
	{ H "X: \r\n\r\n\r\n\r\n", OK, "\r\n\r\n" },
	{ "HTTP/1.0 299\r\n\r\nbody", OK, "body" },
	{ "HTTP/1.0 200 \r\n\r\nbody", OK, "body" },
	{ "HTTP/1.1 404 no\r\n\r\nbody", ERR_UNKNOWN_CODE, NULL },
	{ "HTTP/1.1 199 no\r\n\r\nbody", ERR_UNKNOWN_CODE, NULL },
	{ "HTTP/1.1 300 no\r\n\r\nbody", ERR_UNKNOWN_CODE, NULL },
	{ "", ERR_MESSAGE, NULL },
	{ "body", ERR_MESSAGE, NULL },
	{ H, ERR_MESSAGE, NULL },
	{ H "X: y\r\n", ERR_MESSAGE, NULL },
	{ H "X: y\r\n\r", ERR_MESSAGE, NULL },
	{ H "X: y\n\nbody", ERR_MESSAGE, NULL },
	{ H "X: y\rz\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ H "no colon\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ H "X: y\r\n : folded\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ H "X: y\r\n\t: folded\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ H "Content-Length: 3\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ H "Content-Length: 5\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ H "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody", ERR_MESSAGE,
	    NULL },
	{ H "Content-Length: 4x\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ H "Content-Length: +4\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ H "Content-Length:\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ H "Content-Length: 0000000004\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ H "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
	    ERR_MESSAGE, NULL },
	{ H "TRANSFER-ENCODING: identity\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ "HTTP/2.0 200 OK\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ "HTTP/1.2 200 OK\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ "HTTP/1.1 20 OK\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ "HTTP/1.1 2000 OK\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ "HTTP/1.1 -20 OK\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ "http/1.1 200 OK\r\n\r\nbody", ERR_MESSAGE, NULL },
	{ "HTTP/1.1  200 OK\r\n\r\nbody", ERR_MESSAGE, NULL },
};

START_TEST(an_answer_has_one_reading)
{
	for (size_t i = 0; i < sizeof ANSWERS / sizeof ANSWERS[0]; i++) {
		struct span body = { 0 };
		enum err e = loopback_body(span_str(ANSWERS[i].answer), &body);

		ck_assert_msg(e == ANSWERS[i].e, "%s: %s", ANSWERS[i].answer,
		    err_code(e));
		ck_assert_msg(e != OK || span_is(body, ANSWERS[i].body), "%s",
		    ANSWERS[i].answer);
	}
}
END_TEST

START_TEST(no_byte_is_read_behind_the_answer)
{
	static const char whole[] = H "Content-Length: 4\r\n\r\nbody";
	struct span body;

	for (size_t n = 0; n < sizeof whole - 1; n++) {
		uint8_t *cut = malloc(n + 1); /* what follows is not ours */

		memcpy(cut, whole, n);
		ck_assert_int_eq(loopback_body(span_of(cut, n), &body),
		    ERR_MESSAGE);
		free(cut);
	}
}
END_TEST

/* A server that reads the request and answers with what it was given. */
struct server {
	int fd;
	unsigned port;
	const char *answer;
	bool stay; /* it does not close */
	char request[1000];
	pthread_t thread;
};

static void *
serve(void *ctx)
{
	struct server *s = ctx;
	int fd = accept(s->fd, NULL, NULL);
	size_t n = 0;
	ssize_t got;

	while (strstr(s->request, "{}") == NULL &&
	       (got = read(fd, s->request + n, sizeof s->request - 1 - n)) > 0)
		n += (size_t)got;
	if (write(fd, s->answer, strlen(s->answer)) < 0)
		s->stay = false;
	if (s->stay)
		while (read(fd, s->request, 1) > 0)
			;
	close(fd);
	return NULL;
}

static void
start(struct server *s)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof in;

	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&in, n), 0);
	ck_assert_int_eq(listen(s->fd, 1), 0);
	ck_assert_int_eq(getsockname(s->fd, (struct sockaddr *)&in, &n), 0);
	s->port = ntohs(in.sin_port);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, serve, s), 0);
}

/* What a call with cap bytes of room and so many milliseconds comes to. */
static enum err
ask(struct server *s, size_t cap, uint64_t ms, struct span *body)
{
	static uint8_t buf[1000];
	enum err e;

	ck_assert_uint_le(cap, sizeof buf);
	start(s);
	e = loopback_post(s->port, "/path", "text/plain", span_str("{}"), buf,
	    cap, channel_now() + ms, body);
	pthread_join(s->thread, NULL);
	close(s->fd);
	return e;
}

START_TEST(a_post_is_answered)
{
	static struct server s = { .answer = H "\r\nbody" };
	struct span body;

	ck_assert_int_eq(ask(&s, 1000, 60000, &body), OK);
	ck_assert(span_is(body, "body"));
	ck_assert_msg(strncmp(s.request, "POST /path HTTP/1.0\r\n", 21) == 0,
	    "%s", s.request);
	ck_assert_ptr_nonnull(strstr(s.request, "\r\nContent-Length: 2\r\n"));
	ck_assert_ptr_nonnull(
	    strstr(s.request, "\r\nContent-Type: text/plain\r\n"));
	ck_assert_ptr_nonnull(strstr(s.request, "\r\n\r\n{}"));
}
END_TEST

START_TEST(an_answer_has_a_limit)
{
	static struct server fits = { .answer = H "\r\nbody" };
	static struct server over = { .answer = H "\r\nbodyx" };
	const size_t cap = strlen(fits.answer);
	struct span body;

	ck_assert_int_eq(ask(&fits, cap, 60000, &body), OK);
	ck_assert_int_eq(ask(&over, cap, 60000, &body), ERR_TOO_LARGE);
}
END_TEST

START_TEST(an_answer_without_an_end_is_not_waited_for)
{
	static struct server s = { .answer = H "\r\nbody", .stay = true };
	struct span body;

	ck_assert_int_eq(ask(&s, 1000, 50, &body), ERR_PEER);
}
END_TEST

START_TEST(nobody_answers)
{
	static struct server s = { .answer = "" };
	uint8_t buf[100];
	struct span body;

	ck_assert_int_eq(ask(&s, 1000, 60000, &body), ERR_MESSAGE);
	ck_assert_int_eq(loopback_post(s.port, "/", "text/plain",
			     span_str("{}"), buf, sizeof buf,
			     channel_now() + 60000, &body),
	    ERR_PEER);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { an_answer_has_one_reading,
		no_byte_is_read_behind_the_answer, a_post_is_answered,
		an_answer_has_a_limit,
		an_answer_without_an_end_is_not_waited_for, nobody_answers };

	return SUITE_RUN("loopback", t);
}
