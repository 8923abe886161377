/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <netinet/in.h>

#include "enclave/channel.h"
#include "enclave/message.h"
#include "tests/lib/suite.h"

static uint8_t BUF[MESSAGE_MAX];

START_TEST(addresses)
{
	struct channel_address a;

	ck_assert(channel_address("tcp:127.0.0.1:5005", &a));
	ck_assert_str_eq(a.host, "127.0.0.1");
	ck_assert_str_eq(a.port, "5005");
	ck_assert(channel_address("tcp:[::1]:1", &a));
	ck_assert_str_eq(a.host, "::1");
	ck_assert(channel_address("vsock:16:5005", &a));
	ck_assert(a.vsock && a.vsock_cid == 16 && a.vsock_port == 5005);
	ck_assert(channel_address("vsock:5005", &a));
	ck_assert(a.vsock && a.vsock_cid == (unsigned)-1);
	ck_assert(channel_address("tcp:h:65535", &a));
	ck_assert(!channel_address("tcp:h:65536", &a));
	ck_assert(!channel_address("tcp::1", &a));
	ck_assert(!channel_address("tcp:h:", &a));
	ck_assert(!channel_address("tcp:h", &a));
	ck_assert(!channel_address("tcp:h:000080", &a));
	ck_assert(!channel_address("vsock:", &a));
	ck_assert(!channel_address("vsock:a:1", &a));
	ck_assert(!channel_address("vsock:3:4294967296", &a));
	ck_assert(!channel_address("unix:/tmp/x", &a));
}
END_TEST

START_TEST(frames_pass)
{
	int fd[2];
	struct span s;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	ck_assert_int_eq(channel_send(fd[0], span_str("one"),
			     channel_now() + 60000),
	    OK);
	ck_assert_int_eq(channel_send(fd[0], span_str("two"),
			     channel_now() + 60000),
	    OK);
	ck_assert_int_eq(channel_receive(fd[1], BUF, sizeof BUF,
			     channel_now() + 60000, &s),
	    OK);
	ck_assert(span_is(s, "one"));
	ck_assert_int_eq(channel_receive(fd[1], BUF, 3, channel_now() + 60000,
			     &s),
	    OK);
	ck_assert(span_is(s, "two"));
	ck_assert_int_eq(channel_send(fd[0], span_str("four"),
			     channel_now() + 60000),
	    OK);
	ck_assert_int_eq(channel_receive(fd[1], BUF, 3, channel_now() + 60000,
			     &s),
	    ERR_TOO_LARGE);
	close(fd[0]);
	close(fd[1]);
}
END_TEST

/* Each byte that comes late must not buy more time. */
START_TEST(slow_peer_meets_the_deadline)
{
	int fd[2];
	uint64_t start = channel_now();
	struct span s;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	if (fork() == 0) {
		for (int i = 0; i < 40; i++) {
			(void)!write(fd[0], &"\0\0\1\0xxxxxx"[i < 9 ? i : 9],
			    1);
			poll(NULL, 0, 50);
		}
		_exit(0);
	}
	ck_assert_int_eq(channel_receive(fd[1], BUF, sizeof BUF, start + 300,
			     &s),
	    ERR_PEER);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_uint_ge(channel_now() - start, 300);
	close(fd[0]);
	close(fd[1]);
}
END_TEST

START_TEST(peer_that_does_not_read_meets_the_deadline)
{
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	ck_assert_int_eq(channel_send(fd[0], span_of(BUF, sizeof BUF),
			     channel_now() + 200),
	    ERR_PEER);
	ck_assert_int_eq(errno, ETIMEDOUT);
	close(fd[1]);
	ck_assert_int_eq(channel_send(fd[0], span_of(BUF, 1),
			     channel_now() + 200),
	    ERR_PEER); /* and no SIGPIPE */
	close(fd[0]);
}
END_TEST

START_TEST(tcp_connects_or_says_why_not)
{
	struct channel_address a;
	struct sockaddr_in in;
	socklen_t n = sizeof in;
	int fd, to;

	ck_assert(channel_address("tcp:127.0.0.1:0", &a));
	ck_assert_int_eq(channel_listen(&a, &fd), OK);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	snprintf(a.port, sizeof a.port, "%u", ntohs(in.sin_port));
	ck_assert_int_eq(channel_connect(&a, channel_now() + 60000, &to), OK);
	close(to);
	close(fd);
	to = -7;
	ck_assert_int_eq(channel_connect(&a, channel_now() + 60000, &to),
	    ERR_PEER);
	ck_assert_int_eq(errno, ECONNREFUSED);
	ck_assert_int_eq(to, -7); /* or somebody would close it again */
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { addresses, frames_pass,
		slow_peer_meets_the_deadline,
		peer_that_does_not_read_meets_the_deadline,
		tcp_connects_or_says_why_not };

	return SUITE_RUN("channel", t);
}
