/* SPDX-License-Identifier: ISC */
#include "listen.h"

#include <sys/socket.h>

#include <netdb.h>
#include <stdio.h>
#include <unistd.h>

#include <arpa/inet.h>

#define BACKLOG 1024

/* Host and port apart; the brackets of IPv6 are not part of the host. */
static bool
split(const char *address, char host[64], char port[8])
{
	const char *colon = strrchr(address, ':');
	size_t n = colon ? (size_t)(colon - address) : 0;

	if (n == 0 || strlen(colon + 1) > 5)
		return false;
	if (address[0] == '[' && address[n - 1] == ']') {
		address++;
		n -= 2;
	}
	if (n >= 64)
		return false;
	memcpy(host, address, n);
	host[n] = '\0';
	(void)snprintf(port, 8, "%s", colon + 1);
	return true;
}

static enum err
resolve(const char *host, const char *port, struct addrinfo **a)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };

	return getaddrinfo(host, port, &hints, a) == 0 ? OK : ERR_LISTEN;
}

bool
listen_is_address(const char *address)
{
	struct addrinfo *a;
	char host[64], port[8];

	if (!split(address, host, port) || resolve(host, port, &a) != OK)
		return false;
	freeaddrinfo(a);
	return true;
}

static int
bind_to(const struct addrinfo *a, bool share)
{
	int one = 1;
	int fd =
	    socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
	    (!share || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one,
			   sizeof one) == 0) &&
	    bind(fd, a->ai_addr, a->ai_addrlen) == 0)
		return fd;
	close(fd);
	return -1;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_in6 a = { 0 };
	struct sockaddr_in a4;
	socklen_t n = sizeof a;

	if (getsockname(fd, (struct sockaddr *)(void *)&a, &n) != 0)
		return 0;
	memcpy(&a4, &a, sizeof a4);
	return ntohs(a.sin6_family == AF_INET6 ? a.sin6_port : a4.sin_port);
}

enum err
listen_open(const char *address, bool first, uint16_t *port, int *fd)
{
	struct addrinfo *a;
	char host[64], text[8];
	int alone = 0;

	if (!split(address, host, text))
		return ERR_LISTEN;
	if (!first)
		(void)snprintf(text, sizeof text, "%u", *port);
	TRY(resolve(host, text, &a));
	/* Two servers could share the port unseen; one that does not share
	 * finds the other. */
	if (first && strcmp(text, "0") != 0) {
		alone = bind_to(a, false);
		if (alone >= 0)
			close(alone);
	}
	*fd = alone < 0 ? -1 : bind_to(a, true);
	freeaddrinfo(a);
	if (*fd >= 0 && listen(*fd, BACKLOG) == 0 &&
	    (*port = port_of(*fd)) != 0)
		return OK;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return ERR_LISTEN;
}
