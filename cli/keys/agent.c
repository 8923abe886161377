/* SPDX-License-Identifier: ISC */
#include "agent.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "chain/wire.h"
#include "cli/fail.h"
#include "cli/mem.h"

/* A list takes as long as a card reader takes to wake; a signature as long as
 * a person takes to find the PIN or the key. */
#define LIST_MS (30 * 1000)
#define SIGN_MS (120 * 1000)

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum err
wait_for(int fd, short events, int64_t end)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int64_t left = end - now_ms();
		int r = left > 0 ? poll(&p, 1, (int)left) : 0;

		if (r > 0)
			return OK;
		if (r == 0)
			return fail_with(ERR_AGENT,
			    "It took too long to answer.");
		if (errno != EINTR)
			return fail_with(ERR_AGENT, "%s", strerror(errno));
	}
}

static enum err
send_all(int fd, struct span s, int64_t end)
{
	while (s.n > 0) {
		ssize_t r;

		TRY(wait_for(fd, POLLOUT, end));
		r = send(fd, s.p, s.n, MSG_NOSIGNAL);
		if (r < 0 && errno != EAGAIN && errno != EINTR)
			return fail_with(ERR_AGENT, "%s", strerror(errno));
		if (r > 0)
			s = span_of(s.p + r, s.n - (size_t)r);
	}
	return OK;
}

static enum err
recv_all(int fd, uint8_t *p, size_t n, int64_t end)
{
	while (n > 0) {
		ssize_t r;

		TRY(wait_for(fd, POLLIN, end));
		r = recv(fd, p, n, 0);
		if (r == 0)
			return fail_with(ERR_AGENT,
			    "It hung up instead of answering.");
		if (r < 0 && errno != EAGAIN && errno != EINTR)
			return fail_with(ERR_AGENT, "%s", strerror(errno));
		if (r > 0) {
			p += r;
			n -= (size_t)r;
		}
	}
	return OK;
}

enum err
agent_exchange(int fd, struct span request, unsigned ms, struct span *answer)
{
	int64_t end = now_ms() + ms;
	struct out o = mem_out(4 + request.n);
	uint8_t length[4];
	size_t n;
	uint8_t *p;

	wire_put_string(&o, request);
	TRY(send_all(fd, out_span(&o), end));
	TRY(recv_all(fd, length, sizeof length, end));
	n = (size_t)length[0] << 24 | (size_t)length[1] << 16 |
	    (size_t)length[2] << 8 | length[3];
	if (n == 0 || n > AGENT_MESSAGE_MAX)
		return fail_with(ERR_AGENT, "What it answers is no answer.");
	p = mem_new(n);
	TRY(recv_all(fd, p, n, end));
	*answer = span_of(p, n);
	return OK;
}

bool
agent_named(void)
{
	const char *path = getenv("SSH_AUTH_SOCK");

	return path != NULL && path[0] != '\0';
}

static enum err
reach(int *fd)
{
	const char *path = getenv("SSH_AUTH_SOCK");
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (!agent_named())
		return fail_with(ERR_AGENT, "SSH_AUTH_SOCK names none.");
	if (strlen(path) >= sizeof a.sun_path)
		return fail_with(ERR_AGENT, "SSH_AUTH_SOCK is too long.");
	memcpy(a.sun_path, path, strlen(path));
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return fail_with(ERR_AGENT, "%s", strerror(errno));
	/* A local socket connects at once or not at all. */
	if (connect(*fd, (const struct sockaddr *)&a, sizeof a) == 0)
		return OK;
	(void)close(*fd);
	return fail_with(ERR_AGENT, "%s: %s", path, strerror(errno));
}

static enum err
ask(struct span request, unsigned ms, struct span *answer)
{
	int fd = -1;
	enum err e;

	TRY(reach(&fd));
	e = agent_exchange(fd, request, ms, answer);
	(void)close(fd);
	return e;
}

static enum err
judge(enum err e)
{
	return e == ERR_AGENT ? fail_with(e, "What it answers is no answer.")
			      : e;
}

enum err
agent_list(struct agent_key **key, size_t *n)
{
	struct out o = mem_out(AGENT_REQUEST_MAX);
	struct span answer;
	enum err e;

	agent_list_encode(&o);
	TRY(ask(out_span(&o), LIST_MS, &answer));
	*key = mem_new(AGENT_KEYS_MAX * sizeof **key);
	e = agent_list_decode(answer, *key, n);
	if (e == ERR_AGENT_REFUSED)
		return fail_with(ERR_AGENT, "It does not list its keys.");
	return judge(e);
}

enum err
agent_sign(struct span blob, enum key_type type, struct span data,
    uint8_t sig[KEY_SIG_MAX], size_t *n)
{
	struct out o = mem_out(AGENT_REQUEST_MAX);
	struct span answer;

	agent_sign_encode(&o, blob, data);
	if (o.full)
		return ERR_NO_SPACE;
	TRY(ask(out_span(&o), SIGN_MS, &answer));
	return judge(agent_sign_decode(answer, type, sig, n));
}
