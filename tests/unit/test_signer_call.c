/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/un.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/signer_call.h"
#include "tests/lib/suite.h"

/* A signer that closes the first connections as soon as they asked, as one does
 * to which more came than it has places. */
static char folder[] = "/tmp/encl-call.XXXXXX";
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static int door;
static unsigned closes, came;
static pthread_t thread;
static struct signer_call *call;

static void
answer(int fd)
{
	const struct protocol_answer a = { .code = OK, .next = 7 };
	uint8_t buf[512];
	struct out o = out_of(buf, sizeof buf);

	protocol_answer_encode(&o, &a);
	while (recv(fd, (uint8_t[64]){ 0 }, 64, 0) > 0)
		(void)!send(fd, o.p, o.n, MSG_NOSIGNAL);
}

static void *
serve(void *ctx)
{
	int fd;

	(void)ctx;
	while ((fd = accept(door, NULL, NULL)) >= 0) {
		if (came++ >= closes)
			answer(fd);
		close(fd);
	}
	return NULL;
}

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s/s",
	    folder);
	door = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(door, (struct sockaddr *)(void *)&address,
			     sizeof address),
	    0);
	ck_assert_int_eq(listen(door, 8), 0);
	ck_assert_int_eq(signer_call_make(address.sun_path, NULL, &call), OK);
}

static void
begin(unsigned n)
{
	closes = n;
	came = 0;
	ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
}

/* Then `came` is ours. */
static void
end(void)
{
	signer_call_free(call);
	call = NULL;
	(void)shutdown(door, SHUT_RDWR);
	pthread_join(thread, NULL);
}

static void
teardown(void)
{
	signer_call_free(call);
	close(door);
	(void)unlink(address.sun_path);
	(void)rmdir(folder);
}

static enum err
ask(void)
{
	const struct protocol_request q = { .kind = PROTOCOL_STATUS };
	struct signer_call_answer a;
	enum err e = signer_call_ask(call, &q, &a);

	if (e == OK)
		ck_assert_uint_eq(a.next, 7);
	return e;
}

START_TEST(one_that_was_closed_before_it_was_heard_knocks_again)
{
	begin(2);
	ck_assert_int_eq(ask(), OK);
	ck_assert_int_eq(ask(), OK); /* on the one that stayed */
	end();
	ck_assert_uint_eq(came, 3);
}
END_TEST

START_TEST(one_that_is_always_closed_gives_up)
{
	begin(100);
	ck_assert_int_eq(ask(), ERR_SIGNER);
	end();
	ck_assert_uint_eq(came, 3);
}
END_TEST

START_TEST(nobody_there_is_found_out_at_once)
{
	close(door);
	ck_assert_int_eq(ask(), ERR_SIGNER);
	door = -1;
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		one_that_was_closed_before_it_was_heard_knocks_again,
		one_that_is_always_closed_gives_up,
		nobody_there_is_found_out_at_once
	};

	return SUITE_RUN_FIXTURE("signer_call", t, setup, teardown);
}
