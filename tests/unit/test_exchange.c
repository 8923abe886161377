/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <netinet/in.h>

#include "enclave/channel.h"
#include "enclave/exchange.h"
#include "enclave/message.h"
#include "tests/lib/suite.h"

static struct channel_address TO;
static pid_t SERVER;
static volatile sig_atomic_t stop;
static uint8_t BUF[MESSAGE_MAX];

/* Turns a request around. */
static void
answer(void *ctx, struct span request, struct out *reply)
{
	(void)ctx;
	if (request.n > 64)
		request.n = 64;
	for (size_t i = request.n; i; i--)
		out_put(reply, request.p + i - 1, 1);
}

static void
on_signal(int number)
{
	(void)number;
	stop = 1;
}

static void
serve(int fd)
{
	sigset_t blocked, before;
	struct exchange x = { .listen = fd,
		.answer = answer,
		.idle_ms = 10000,
		.message_ms = 2000,
		.stop = &stop,
		.mask = &before };

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	signal(SIGTERM, on_signal);
	_exit(exchange_run(&x) == OK ? 0 : 1);
}

static void
setup(void)
{
	struct sockaddr_in in;
	socklen_t n = sizeof in;
	int fd;

	ck_assert(channel_address("tcp:127.0.0.1:0", &TO));
	ck_assert_int_eq(channel_listen(&TO, &fd), OK);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	snprintf(TO.port, sizeof TO.port, "%u", ntohs(in.sin_port));
	SERVER = fork();
	if (SERVER == 0)
		serve(fd);
	close(fd);
}

/* A signal ends it cleanly. */
static void
teardown(void)
{
	int status;

	kill(SERVER, SIGTERM);
	ck_assert_int_eq(waitpid(SERVER, &status, 0), SERVER);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

static int
connected(void)
{
	int fd;

	ck_assert_int_eq(channel_connect(&TO, channel_now() + 60000, &fd), OK);
	return fd;
}

static bool
answers(int fd)
{
	struct span s;

	return channel_send(fd, span_str("abc"), channel_now() + 60000) == OK &&
	       channel_receive(fd, BUF, sizeof BUF, channel_now() + 60000,
		   &s) == OK &&
	       span_is(s, "cba");
}

/* The server closed it. */
static bool
is_gone(int fd, uint64_t within)
{
	struct span s;
	enum err e =
	    channel_receive(fd, BUF, sizeof BUF, channel_now() + within, &s);

	return e == ERR_PEER && errno == ECONNRESET;
}

START_TEST(one_reply_to_each_request)
{
	int fd = connected();

	for (int i = 0; i < 100; i++)
		ck_assert(answers(fd));
	ck_assert_int_eq(channel_send(fd, span_of(BUF, sizeof BUF),
			     channel_now() + 60000),
	    OK);
	ck_assert(!is_gone(fd, 60000));
	ck_assert(answers(fd));
	close(fd);
}
END_TEST

START_TEST(requests_sent_ahead_are_answered_in_turn)
{
	int fd = connected();
	struct span s;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(channel_send(fd,
				     span_of(&"123"[i], (size_t)(3 - i)),
				     channel_now() + 60000),
		    OK);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(channel_receive(fd, BUF, sizeof BUF,
				     channel_now() + 60000, &s),
		    OK);
		ck_assert_uint_eq(s.n, 3U - (unsigned)i);
	}
	close(fd);
}
END_TEST

START_TEST(stuck_peer_holds_nobody_up)
{
	int stuck = connected(), other = connected();

	ck_assert_int_eq(write(stuck, "\0\0\1", 3), 3);
	ck_assert(answers(other));
	ck_assert(is_gone(stuck, 60000));
	ck_assert(answers(other));
	close(stuck);
	close(other);
}
END_TEST

START_TEST(idle_peer_is_let_go)
{
	int fd = connected();

	ck_assert(answers(fd));
	poll(NULL, 0, 2500);
	ck_assert(answers(fd)); /* later than a message may take */
	ck_assert(is_gone(fd, 60000));
	close(fd);
}
END_TEST

START_TEST(bad_frame_ends_its_connection)
{
	static const char *const head[] = { "\0\0\0\0", "\0\x10\0\1",
		"\xff\xff\xff\xff" };

	for (size_t i = 0; i < sizeof head / sizeof *head; i++) {
		int fd = connected();

		ck_assert_int_eq(write(fd, head[i], 4), 4);
		ck_assert(is_gone(fd, 60000));
		close(fd);
	}
}
END_TEST

START_TEST(newcomer_takes_the_place_of_the_idlest)
{
	int fd[EXCHANGE_CONNECTIONS + 1];

	for (size_t i = 0; i <= EXCHANGE_CONNECTIONS; i++) {
		fd[i] = connected();
		ck_assert(answers(fd[i]));
		poll(NULL, 0, 5);
	}
	ck_assert(is_gone(fd[0], 60000));
	for (size_t i = 1; i <= EXCHANGE_CONNECTIONS; i++)
		ck_assert(answers(fd[i]));
	for (size_t i = 0; i <= EXCHANGE_CONNECTIONS; i++)
		close(fd[i]);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { one_reply_to_each_request,
		requests_sent_ahead_are_answered_in_turn,
		stuck_peer_holds_nobody_up, idle_peer_is_let_go,
		bad_frame_ends_its_connection,
		newcomer_takes_the_place_of_the_idlest };

	return SUITE_RUN_FIXTURE("exchange", t, setup, teardown);
}
