/* SPDX-License-Identifier: ISC */
#include "ykpers_child.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <time.h>
#include <unistd.h>

#include "cli/fail.h"

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
harden(pid_t parent)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
}

static void
child(int fd, void (*work)(const void *ctx, void *reply), const void *ctx,
    size_t n)
{
	uint8_t reply[YKPERS_CHILD_REPLY] __attribute__((aligned(16))) = { 0 };
	bool sent;

	work(ctx, reply);
	sent = send(fd, reply, n, MSG_NOSIGNAL) == (ssize_t)n;
	sodium_memzero(reply, sizeof reply);
	_exit(sent ? 0 : 1);
}

enum err
ykpers_child_start(struct ykpers_child *c,
    void (*work)(const void *ctx, void *reply), const void *ctx, size_t n,
    int deadline_ms)
{
	pid_t parent = getpid();
	int fd[2];

	if (n > YKPERS_CHILD_REPLY ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) != 0)
		return ERR_INTERNAL;
	c->deadline = now_ms() + deadline_ms;
	c->fd = fd[0];
	c->pid = fork();
	if (c->pid == 0) {
		(void)close(fd[0]);
		harden(parent);
		child(fd[1], work, ctx, n);
	}
	(void)close(fd[1]);
	if (c->pid > 0)
		return OK;
	(void)close(fd[0]);
	return ERR_INTERNAL;
}

/* True: there is something to read, or the end. */
static bool
wait_readable(const struct ykpers_child *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int r;

	do {
		int64_t left = c->deadline - now_ms();

		r = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (r < 0 && errno == EINTR);
	return r > 0;
}

enum err
ykpers_child_wait(struct ykpers_child *c, void *reply, size_t n)
{
	bool there = wait_readable(c);
	bool whole = there && read(c->fd, reply, n) == (ssize_t)n;

	(void)close(c->fd);
	/* It has said what it had to say, or will not. */
	(void)kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (whole)
		return OK;
	return fail_with(ERR_DEVICE_GONE,
	    there ? "libykpers crashed." : "The YubiKey did not answer.");
}
