/* SPDX-License-Identifier: ISC */
/* watchers HOST:PORT PATH N: N readers of one event stream.  Says "ready" once
 * each has heard that it is there; then for each line on stdin when half of
 * them, 99 of 100 and all had the whole next event: CLOCK_MONOTONIC, in
 * microseconds. */
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH 200 /* connections that are being made at once */
#define WAIT_MS 30000

struct watcher {
	int fd;
	bool greeted, data;
};

static struct watcher *all;
static uint64_t *at;
static int poller;
static size_t count, greeted, done;

static void
die(const char *why)
{
	perror(why);
	exit(1);
}

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void
open_one(size_t i, const struct addrinfo *a, const char *host, const char *path)
{
	struct epoll_event e = { .events = EPOLLIN, .data = { .u64 = i } };
	char head[512];
	int n = snprintf(head, sizeof head,
	    "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n",
	    path, host);

	all[i].fd = socket(a->ai_family, SOCK_STREAM, 0);
	if (all[i].fd < 0 || connect(all[i].fd, a->ai_addr, a->ai_addrlen) != 0)
		die("connect");
	if (write(all[i].fd, head, (size_t)n) != n)
		die("write");
	fcntl(all[i].fd, F_SETFL, O_NONBLOCK);
	if (epoll_ctl(poller, EPOLL_CTL_ADD, all[i].fd, &e) != 0)
		die("epoll_ctl");
}

static void
take(struct watcher *w)
{
	char text[16385];
	ssize_t n;

	while ((n = read(w->fd, text, sizeof text - 1)) > 0) {
		text[n] = '\0';
		if (!w->greeted && strstr(text, "retry:")) {
			w->greeted = true;
			greeted++;
		}
		w->data |= strstr(text, "data: ") != NULL;
		if (w->data && strstr(text, "}\n\n")) {
			w->data = false;
			at[done++] = now_us();
		}
	}
	if (n == 0) {
		(void)fprintf(stderr, "a stream ended: %.200s\n", text);
		exit(1);
	}
}

static void
turn(void)
{
	struct epoll_event e[256];
	int n = epoll_wait(poller, e, 256, WAIT_MS);

	if (n == 0) {
		(void)fprintf(stderr, "%zu greeted, %zu had the event\n",
		    greeted, done);
		exit(1);
	}
	for (int i = 0; i < n; i++)
		take(&all[e[i].data.u64]);
}

static void
open_all(const char *address, const char *path)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	char host[64];
	char *port;
	struct addrinfo *a;

	(void)snprintf(host, sizeof host, "%s", address);
	port = strrchr(host, ':');
	if (!port)
		die("address");
	*port++ = '\0';
	if (getaddrinfo(host, port, &hints, &a) != 0)
		die("getaddrinfo");
	for (size_t i = 0; i < count; i++) {
		open_one(i, a, address, path);
		while (i + 1 - greeted >= BATCH ||
		       (i + 1 == count && greeted < count))
			turn();
	}
	freeaddrinfo(a);
}

static int
rising(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	char line[64];

	if (argc != 4)
		return 2;
	count = (size_t)atol(argv[3]);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	all = calloc(count, sizeof *all);
	at = calloc(count * 2, sizeof *at);
	poller = epoll_create1(0);
	if (!all || !at || poller < 0)
		die("memory");
	open_all(argv[1], argv[2]);
	(void)puts("ready");
	(void)fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		while (done < count)
			turn();
		qsort(at, count, sizeof *at, rising);
		(void)printf("%llu %llu %llu\n",
		    (unsigned long long)at[count / 2],
		    (unsigned long long)at[count * 99 / 100],
		    (unsigned long long)at[count - 1]);
		(void)fflush(stdout);
		done = 0;
	}
	return 0;
}
