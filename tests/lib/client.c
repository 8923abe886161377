/* SPDX-License-Identifier: ISC */
#include "client.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>

#define ROOM ((size_t)1 << 16) /* for an answer; it grows */

struct conn {
	int fd;
	struct span left; /* of the request, to be sent */
	char *buf;
	size_t n, cap;
};

struct run {
	const struct client *c;
	int epoll;
	unsigned busy;
	struct conn *conn;
};

static void
must(bool ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(3);
	}
}

void
client_expect_ok(void *ctx, unsigned i, unsigned status, struct span body)
{
	(void)ctx, (void)i;
	if (status == 200)
		return;
	fprintf(stderr, "client: %u %.*s\n", status, (int)body.n,
	    (const char *)body.p);
	exit(3);
}

double
client_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
dial(const char *address)
{
	const char *colon = strrchr(address, ':');
	struct sockaddr_in a = { .sin_family = AF_INET };
	char host[64];
	int fd, one = 1;

	must(colon != NULL, "address");
	snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
	a.sin_port = htons((uint16_t)atoi(colon + 1));
	must(inet_pton(AF_INET, host, &a.sin_addr) == 1, "address");
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(fd >= 0, "socket");
	if (connect(fd, (struct sockaddr *)(void *)&a, sizeof a) != 0) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static bool
attach(struct run *r, unsigned i)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u32 = i };
	struct conn *k = &r->conn[i];

	k->fd = dial(r->c->address);
	return k->fd >= 0 && epoll_ctl(r->epoll, EPOLL_CTL_ADD, k->fd, &e) == 0;
}

static void begin(struct run *r, unsigned i);

static void
broken(struct run *r, unsigned i)
{
	struct conn *k = &r->conn[i];

	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
	k->n = 0;
	r->busy--;
	r->c->answer(r->c->ctx, i, 0, span_of(NULL, 0));
	begin(r, i);
}

static bool
push(struct conn *k)
{
	while (k->left.n) {
		ssize_t n = send(k->fd, k->left.p, k->left.n, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		k->left = span_of(k->left.p + n, k->left.n - (size_t)n);
	}
	return true;
}

static void
begin(struct run *r, unsigned i)
{
	struct conn *k = &r->conn[i];

	if (!r->c->next(r->c->ctx, i, &k->left))
		return;
	r->busy++;
	if ((k->fd < 0 && !attach(r, i)) || !push(k))
		broken(r, i);
}

/* The value of a header, or NULL. */
static const char *
header(const char *head, const char *end, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = head; p < end; p++)
		if (*p == '\n' && strncasecmp(p + 1, name, n) == 0)
			return p + 1 + n;
	return NULL;
}

/* The whole answer stands in buf: its status, else 0. */
static unsigned
whole(const char *buf, size_t n, struct span *body, bool *last)
{
	const char *end = strstr(buf, "\r\n\r\n");
	const char *length = end ? header(buf, end, "content-length:") : NULL;
	const char *how = end ? header(buf, end, "connection:") : NULL;
	size_t size = length ? strtoul(length, NULL, 10) : 0;

	if (!end || n < (size_t)(end + 4 - buf) + size)
		return 0;
	*body = span_of(end + 4, size);
	*last = how && strncasecmp(how, " close", 6) == 0;
	return (unsigned)strtoul(buf + 9, NULL, 10);
}

static bool
pull(struct conn *k)
{
	ssize_t n;

	if (k->cap - k->n < 1024) {
		k->cap = k->cap ? 2 * k->cap : ROOM;
		k->buf = realloc(k->buf, k->cap);
		must(k->buf != NULL, "memory");
	}
	n = recv(k->fd, k->buf + k->n, k->cap - k->n - 1, 0);
	if (n <= 0)
		return false;
	k->n += (size_t)n;
	k->buf[k->n] = '\0';
	return true;
}

static void
ready(struct run *r, unsigned i)
{
	struct conn *k = &r->conn[i];
	struct span body;
	unsigned status;
	bool last;

	if (!pull(k)) {
		broken(r, i);
		return;
	}
	status = whole(k->buf, k->n, &body, &last);
	if (!status)
		return;
	k->n = 0;
	if (last) {
		close(k->fd);
		k->fd = -1;
	}
	r->busy--;
	r->c->answer(r->c->ctx, i, status, body);
	begin(r, i);
}

double
client_run(const struct client *c)
{
	struct run r = { .c = c, .epoll = epoll_create1(EPOLL_CLOEXEC) };
	struct epoll_event e[64];
	double start;

	must(r.epoll >= 0, "epoll");
	r.conn = calloc(c->connections, sizeof *r.conn);
	must(r.conn != NULL, "memory");
	for (unsigned i = 0; i < c->connections; i++)
		if (!attach(&r, i))
			r.conn[i].fd = -1;
	start = client_clock();
	for (unsigned i = 0; i < c->connections; i++)
		begin(&r, i);
	while (r.busy) {
		int n = epoll_wait(r.epoll, e, 64, -1);

		for (int i = 0; i < n; i++)
			ready(&r, e[i].data.u32);
	}
	start = client_clock() - start;
	for (unsigned i = 0; i < c->connections; i++) {
		if (r.conn[i].fd >= 0)
			close(r.conn[i].fd);
		free(r.conn[i].buf);
	}
	free(r.conn);
	close(r.epoll);
	return start;
}

unsigned
client_once(const char *address, struct span request, void *buf, size_t *n)
{
	struct conn k = { .fd = dial(address), .left = request };
	struct span body = { NULL, 0 };
	unsigned status = 0;
	bool last, ok = k.fd >= 0 && push(&k);

	while (ok && !status) {
		ok = pull(&k);
		if (ok)
			status = whole(k.buf, k.n, &body, &last);
	}
	if (body.n > *n)
		body.n = *n;
	if (body.n)
		memcpy(buf, body.p, body.n);
	*n = body.n;
	if (k.fd >= 0)
		close(k.fd);
	free(k.buf);
	return status;
}

void
client_post(struct out *o, const char *path, const char *token,
    const char *type, struct span body)
{
	char head[1024];
	int n = snprintf(head, sizeof head,
	    "POST %s HTTP/1.1\r\nHost: localhost\r\n%s%s%s"
	    "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
	    path, token ? "Authorization: Bearer " : "", token ? token : "",
	    token ? "\r\n" : "", type, body.n);

	out_put(o, head, (size_t)n);
	out_put(o, body.p, body.n);
}
