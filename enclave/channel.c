/* SPDX-License-Identifier: ISC */
#include "channel.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "message.h"

uint64_t
channel_now(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool
number_of(const char *text, size_t n, unsigned long max, unsigned *v)
{
	unsigned long value = 0;

	if (n == 0 || n > 10)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned long)(text[i] - '0');
	}
	*v = (unsigned)value;
	return value <= max;
}

static bool
tcp_of(const char *text, struct channel_address *a)
{
	const char *colon = strrchr(text, ':');
	size_t n;
	unsigned port;

	if (!colon || !number_of(colon + 1, strlen(colon + 1), 65535, &port))
		return false;
	n = (size_t)(colon - text);
	if (n > 1 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof a->host || strlen(colon + 1) > 5)
		return false;
	memcpy(a->host, text, n);
	a->host[n] = '\0';
	memcpy(a->port, colon + 1, strlen(colon + 1) + 1);
	return true;
}

static bool
vsock_of(const char *text, struct channel_address *a)
{
	const char *colon = strchr(text, ':');

	a->vsock = true;
	a->vsock_cid = VMADDR_CID_ANY;
	if (colon) {
		if (!number_of(text, (size_t)(colon - text), UINT_MAX - 1,
			&a->vsock_cid))
			return false;
		text = colon + 1;
	}
	return number_of(text, strlen(text), UINT_MAX - 1, &a->vsock_port);
}

bool
channel_address(const char *text, struct channel_address *a)
{
	*a = (struct channel_address){ 0 };
	if (strncmp(text, "tcp:", 4) == 0)
		return tcp_of(text + 4, a);
	if (strncmp(text, "vsock:", 6) == 0)
		return vsock_of(text + 6, a);
	return false;
}

/* Waits for events until the deadline. */
static bool
ready(int fd, short events, uint64_t deadline)
{
	struct pollfd p = { fd, events, 0 };
	uint64_t now;
	int n;

	do {
		now = channel_now();
		if (now >= deadline) {
			errno = ETIMEDOUT;
			return false;
		}
		n = poll(&p, 1,
		    deadline - now > 60000 ? 60000 : (int)(deadline - now));
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n > 0;
}

/* What resolved names and vsock have in common. */
struct endpoint {
	int family;
	socklen_t n;
	union {
		struct sockaddr any;
		struct sockaddr_storage storage;
		struct sockaddr_vm vm;
	} u;
};

static bool
resolve(const struct channel_address *a, bool passive, struct endpoint *e)
{
	struct addrinfo hints = { 0 }, *list = NULL;

	*e = (struct endpoint){ 0 };
	if (a->vsock) {
		e->family = AF_VSOCK;
		e->u.vm.svm_family = AF_VSOCK;
		e->u.vm.svm_cid = a->vsock_cid;
		e->u.vm.svm_port = a->vsock_port;
		e->n = sizeof e->u.vm;
		return true;
	}
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0);
	if (getaddrinfo(a->host, a->port, &hints, &list) != 0) {
		errno = EADDRNOTAVAIL;
		return false;
	}
	e->family = list->ai_family;
	e->n = list->ai_addrlen;
	memcpy(&e->u.storage, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return true;
}

static enum err
give_up(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return ERR_PEER;
}

static int
open_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

enum err
channel_listen(const struct channel_address *a, int *fd)
{
	struct endpoint e;
	int one = 1, made;

	if (!resolve(a, true, &e) || (made = open_socket(e.family)) < 0)
		return ERR_PEER;
	if (!a->vsock)
		(void)setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &one,
		    sizeof one);
	if (bind(made, &e.u.any, e.n) != 0 || listen(made, 16) != 0)
		return give_up(made);
	*fd = made;
	return OK;
}

static bool
connected(int fd, uint64_t deadline)
{
	int status = 0;
	socklen_t n = sizeof status;

	if (errno != EINPROGRESS || !ready(fd, POLLOUT, deadline))
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &status, &n) != 0)
		return false;
	errno = status;
	return status == 0;
}

enum err
channel_connect(const struct channel_address *a, uint64_t deadline, int *fd)
{
	struct endpoint e;
	int one = 1, made;

	if (!resolve(a, false, &e) || (made = open_socket(e.family)) < 0)
		return ERR_PEER;
	if (connect(made, &e.u.any, e.n) != 0 && !connected(made, deadline))
		return give_up(made);
	if (!a->vsock)
		(void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one,
		    sizeof one);
	*fd = made;
	return OK;
}

enum err
channel_put(int fd, struct span s, uint64_t deadline)
{
	while (s.n) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			s.p += n;
			s.n -= (size_t)n;
		} else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return ERR_PEER;
		else if (!ready(fd, POLLOUT, deadline))
			return ERR_PEER;
	}
	return OK;
}

enum err
channel_get(int fd, uint8_t *p, size_t cap, uint64_t deadline, size_t *n)
{
	for (;;) {
		ssize_t got = recv(fd, p, cap, MSG_DONTWAIT);

		if (got >= 0) {
			*n = (size_t)got;
			return OK;
		}
		if (errno != EAGAIN && errno != EINTR)
			return ERR_PEER;
		if (!ready(fd, POLLIN, deadline))
			return ERR_PEER;
	}
}

static enum err
receive_all(int fd, uint8_t *p, size_t left, uint64_t deadline)
{
	size_t n;

	while (left) {
		TRY(channel_get(fd, p, left, deadline, &n));
		if (n == 0) {
			errno = ECONNRESET;
			return ERR_PEER;
		}
		p += n;
		left -= n;
	}
	return OK;
}

enum err
channel_send(int fd, struct span s, uint64_t deadline)
{
	uint8_t head[MESSAGE_FRAME];

	if (s.n == 0 || s.n > MESSAGE_MAX)
		return ERR_TOO_LARGE;
	message_frame_put(head, s.n);
	TRY(channel_put(fd, span_of(head, sizeof head), deadline));
	return channel_put(fd, s, deadline);
}

enum err
channel_receive(int fd, uint8_t *buf, size_t cap, uint64_t deadline,
    struct span *s)
{
	uint8_t head[MESSAGE_FRAME];
	size_t n;

	TRY(receive_all(fd, head, sizeof head, deadline));
	TRY(message_frame(head, &n));
	if (n > cap)
		return ERR_TOO_LARGE;
	TRY(receive_all(fd, buf, n, deadline));
	*s = span_of(buf, n);
	return OK;
}
