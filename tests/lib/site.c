/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* strcasestr */
#include "site.h"

#include <sys/socket.h>

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "server/http.h"
#include "server/limit.h"
#include "server/metrics.h"
#include "server/server.h"

#define WAIT_MS 60000
#define QUIET_MS 50

static struct server server;
static struct http *http;
static struct blob *page;
static struct req *late_q;
static struct reply *late_r;

static enum err
get_small(struct req *q, struct reply *r)
{
	(void)q;
	reply_bytes(r, "text/plain", span_str("small\n"));
	return OK;
}

static enum err
get_page(struct req *q, struct reply *r)
{
	(void)q;
	r->cache = CACHE_IMMUTABLE;
	snprintf(r->etag, sizeof r->etag, "\"page\"");
	reply_blob(r, "application/cbor-seq", blob_keep(page));
	return OK;
}

static enum err
post_echo(struct req *q, struct reply *r)
{
	reply_bytes(r, "application/octet-stream", q->body);
	return OK;
}

static enum err
get_worker(struct req *q, struct reply *r)
{
	(void)r;
	return q->db ? OK : ERR_WANT_WORKER;
}

static void *
finish_late(void *arg)
{
	(void)arg;
	usleep(50000);
	reply_bytes(late_r, "text/plain", span_str("late\n"));
	http_finish(late_q, late_r, OK);
	return NULL;
}

static enum err
get_late(struct req *q, struct reply *r)
{
	pthread_t late;

	late_q = q;
	late_r = r;
	ck_assert_int_eq(pthread_create(&late, NULL, finish_late, NULL), 0);
	pthread_detach(late);
	return ERR_LATER;
}

static enum err
get_bug(struct req *q, struct reply *r)
{
	(void)q;
	return reply_problem(r, ERR_DATABASE_CONSTRAINT, "secret detail");
}

static const struct route table[] = {
	{ "GET", "/small", "small", WHO_ANYONE, 0, LIMIT_READ, 200, 0, NULL,
	    true, false, get_small },
	{ "GET", "/page/{n}", "page", WHO_ANYONE, 0, LIMIT_NONE, 200, 0, NULL,
	    true, false, get_page },
	{ "POST", "/echo", "echo", WHO_ANYONE, 0, LIMIT_NONE, 200, 1000,
	    "application/json application/cbor", true, false, post_echo },
	{ "POST", "/big", "big", WHO_ANYONE, 0, LIMIT_NONE, 200, 100000,
	    "application/cbor", true, false, post_echo },
	{ "GET", "/worker", "worker", WHO_ANYONE, 0, LIMIT_NONE, 200, 0, NULL,
	    true, false, get_worker },
	{ "GET", "/late", "late", WHO_ANYONE, 0, LIMIT_NONE, 200, 0, NULL, true,
	    false, get_late },
	{ "GET", "/secret", "secret", WHO_TOKEN, SCOPE_ENCLAVE_READ, LIMIT_NONE,
	    200, 0, NULL, true, false, get_small },
	{ "GET", "/bug", "bug", WHO_ANYONE, 0, LIMIT_NONE, 200, 0, NULL, true,
	    false, get_bug },
};

#define ROUTES (sizeof table / sizeof *table)

void
site_start(void)
{
	struct http_config c = { .listen = "127.0.0.1:0",
		.table = table,
		.n = ROUTES,
		.loops = 2,
		.workers = 2,
		.max_connections = 4000,
		.max_connections_ip = 8,
		.proxies = "127.0.0.1" };
	char *bytes = malloc(1 << 20);

	memset(bytes, 'x', 1 << 20);
	page = blob_make(span_of(bytes, 1 << 20));
	free(bytes);
	snprintf(server.settings.database, sizeof server.settings.database,
	    "host=/nonexistent");
	ck_assert_int_eq(metrics_make(table, ROUTES, &server.metrics), OK);
	ck_assert_int_eq(limit_make(5, 5, &server.limits), OK);
	c.metrics = server.metrics;
	ck_assert_int_eq(http_start(&server, &c, &http), OK);
}

void
site_stop(void)
{
	http_stop(http, 100);
	blob_drop(page);
	limit_free(server.limits);
	metrics_free(server.metrics);
}

int
site_dial(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(http_port(http)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

void
site_say(int fd, const char *p, size_t n)
{
	ck_assert_int_eq(send(fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* The reply at hand, and the last that is asked for, have no body. */
static bool bare, heads;

/* The length of the whole reply at p, or 0; *last: the connection ends with
 * it. */
static size_t
reply_size(char *p, size_t n, bool *last)
{
	char *end = strstr(p, "\r\n\r\n"), *size;
	size_t body = 0, head;

	if (!end)
		return 0;
	head = (size_t)(end + 4 - p);
	end[2] = '\0';
	*last = strcasestr(p, "\r\nConnection: close\r\n") != NULL;
	size = strcasestr(p, "\r\nContent-Length: ");
	if (size && !bare && strncmp(p, "HTTP/1.1 304", 12) != 0)
		body = strtoul(size + 18, NULL, 10);
	end[2] = '\r';
	return n >= head + body ? head + body : 0;
}

/* How long to wait for more. */
static int
patience(char *buf, size_t n, unsigned want)
{
	bool last = false;
	size_t one;

	for (; want > 0 && !last; want--, buf += one, n -= one) {
		bare = want == 1 && heads;
		one = n > 0 ? reply_size(buf, n, &last) : 0;
		if (one == 0)
			return WAIT_MS;
	}
	return last ? WAIT_MS : QUIET_MS;
}

size_t
site_hear(int fd, char *buf, size_t cap, unsigned want, bool *closed)
{
	struct pollfd p = { fd, POLLIN, 0 };
	size_t n = 0;

	*closed = false;
	buf[0] = '\0';
	while (n < cap - 1 && poll(&p, 1, patience(buf, n, want)) == 1) {
		ssize_t got = recv(fd, buf + n, cap - 1 - n, 0);

		if (got <= 0) {
			*closed = true;
			break;
		}
		n += (size_t)got;
		buf[n] = '\0';
	}
	return n;
}

char site_answer[SITE_ANSWER];

/* How many replies a text asks for. */
static unsigned
asks_for(const char *request)
{
	unsigned n = 0;

	for (const char *p = request; (p = strstr(p, " HTTP/1.")); p++)
		n++;
	return n;
}

unsigned
site_ask(const char *request, bool *closed)
{
	unsigned status = 0;
	int fd = site_dial();

	site_say(fd, request, strlen(request));
	heads = strstr(request, "HEAD ") != NULL;
	site_hear(fd, site_answer, sizeof site_answer, asks_for(request),
	    closed);
	heads = false;
	close(fd);
	sscanf(site_answer, "HTTP/1.1 %u", &status);
	return status;
}

unsigned
site_replies(void)
{
	unsigned n = 0;

	for (char *p = site_answer; (p = strstr(p, "HTTP/1.1 ")) != NULL;
	     p += 9)
		n++;
	return n;
}

unsigned
site_served(void)
{
	unsigned n = 0;

	for (char *p = site_answer; (p = strstr(p, "HTTP/1.1 200")) != NULL;
	     p += 9)
		n++;
	return n;
}
