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

static void (*give_up)(void);

/* The process ends here whatever it was in the middle of, so that what a
 * handler may not call can do no harm that the alarm does not end. */
static void
on_signal(int sig)
{
	(void)sig;
	(void)alarm(1);
	give_up();
	_exit(1);
}

static void
harden(pid_t parent)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	const struct rlimit none = { 0, 0 };
	struct sigaction act = { .sa_handler = on_signal };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)sigfillset(&act.sa_mask);
	(void)sigdelset(&act.sa_mask, SIGALRM);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		(void)sigaction(ends[i], &act, NULL);
	(void)signal(SIGALRM, SIG_DFL);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
}

static void
child(int fd, const struct ykpers_child_work *w, const void *ctx)
{
	uint8_t reply[YKPERS_CHILD_REPLY] __attribute__((aligned(16))) = { 0 };
	bool sent;

	w->work(ctx, reply);
	sent = send(fd, reply, w->reply_n, MSG_NOSIGNAL) == (ssize_t)w->reply_n;
	sodium_memzero(reply, sizeof reply);
	_exit(sent ? 0 : 1);
}

enum err
ykpers_child_start(struct ykpers_child *c, const struct ykpers_child_work *w,
    const void *ctx)
{
	pid_t parent = getpid();
	int fd[2];

	if (w->reply_n > YKPERS_CHILD_REPLY ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) != 0)
		return ERR_INTERNAL;
	c->deadline = now_ms() + w->deadline_ms;
	c->reply_n = w->reply_n;
	c->fd = fd[0];
	c->pid = fork();
	if (c->pid == 0) {
		(void)close(fd[0]);
		give_up = w->give_up;
		harden(parent);
		child(fd[1], w, ctx);
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
ykpers_child_wait(struct ykpers_child *c, void *reply)
{
	bool there = wait_readable(c);
	bool whole =
	    there && read(c->fd, reply, c->reply_n) == (ssize_t)c->reply_n;

	(void)close(c->fd);
	(void)kill(c->pid, SIGTERM);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (whole)
		return OK;
	return fail_with(ERR_DEVICE_GONE,
	    there ? "libykpers crashed." : "The YubiKey did not answer.");
}
