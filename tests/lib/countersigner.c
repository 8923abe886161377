/* SPDX-License-Identifier: ISC */
#include "countersigner.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <netinet/in.h>

#include "enclave/countersign.h"
#include "enclave/exchange.h"

static const volatile sig_atomic_t never;

struct running {
	struct chain_builder *b;
	const uint64_t *now;
	struct countersign *c;
};

static void
answer(void *ctx, struct span request, struct out *reply)
{
	const struct running *r = ctx;

	nsm_sim_set_time(r->b->sim, *r->now);
	(void)countersign_answer(r->c, request, reply);
}

static void
run(struct running *r, unsigned version, int fd)
{
	struct release release = chain_builder_release(r->b, version);
	struct exchange x = { .listen = fd,
		.answer = answer,
		.ctx = r,
		.idle_ms = 600000,
		.message_ms = 120000,
		.stop = &never };

	for (unsigned i = 0; i < 3; i++)
		nsm_sim_set_pcr(r->b->sim, i, release.pcrs.value[i]);
	if (countersign_open(&r->b->st.chain, &r->b->root, 1, &r->b->nsm,
		&r->c) != OK)
		_exit(1);
	_exit(exchange_run(&x) == OK ? 0 : 1);
}

int
countersigner_listener(struct channel_address *a)
{
	struct sockaddr_in in;
	socklen_t n = sizeof in;
	int fd;

	ck_assert(channel_address("tcp:127.0.0.1:0", a));
	ck_assert_int_eq(channel_listen(a, &fd), OK);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	snprintf(a->port, sizeof a->port, "%u", ntohs(in.sin_port));
	return fd;
}

void
countersigner_start(struct countersigner *v, struct chain_builder *b,
    const uint64_t *now, unsigned version)
{
	struct running r = { .b = b, .now = now };
	int fd = countersigner_listener(&v->at);

	v->pid = fork();
	if (v->pid == 0)
		run(&r, version, fd);
	close(fd);
}

void
countersigner_stop(struct countersigner *v)
{
	kill(v->pid, SIGKILL);
	waitpid(v->pid, NULL, 0);
}
