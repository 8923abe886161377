/* SPDX-License-Identifier: ISC */
/*
 * bare_mhd PORT THREADS FILE...: libmicrohttpd as it is fastest (external
 * epoll, a daemon and a listening socket a thread, one response for all) and
 * nothing else.  Answers /NAME with the bytes of FILE, NAME its last part.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#define FILES 8
#define POOL 4096 /* as in encld */

struct page {
	char path[128];
	struct MHD_Response *response;
};

static struct page page[FILES];
static int pages;

static void
must(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(3);
	}
}

static void
load(const char *file)
{
	const char *slash = strrchr(file, '/');
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *p;

	must(fd >= 0 && fstat(fd, &st) == 0 && pages < FILES, file);
	p = malloc((size_t)st.st_size);
	must(p && read(fd, p, (size_t)st.st_size) == st.st_size, file);
	close(fd);
	snprintf(page[pages].path, sizeof page[pages].path, "/%s",
	    slash ? slash + 1 : file);
	page[pages++].response =
	    MHD_create_response_from_buffer((size_t)st.st_size, p,
		MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result
answer(void *cls, struct MHD_Connection *c, const char *url, const char *method,
    const char *version, const char *data, size_t *n, void **context)
{
	static char seen;

	(void)cls, (void)method, (void)version, (void)data, (void)n;
	if (!*context) { /* an answer to the first call closes */
		*context = &seen;
		return MHD_YES;
	}
	for (int i = 0; i < pages; i++)
		if (strcmp(url, page[i].path) == 0)
			return MHD_queue_response(c, 200, page[i].response);
	return MHD_NO;
}

static int
listen_on(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	must(fd >= 0 &&
		 setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) ==
		     0 &&
		 bind(fd, (struct sockaddr *)(void *)&a, sizeof a) == 0 &&
		 listen(fd, 1024) == 0,
	    "listen");
	return fd;
}

static void *
serve(void *port)
{
	struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL,
	    answer, NULL, MHD_OPTION_LISTEN_SOCKET,
	    listen_on(*(uint16_t *)port), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)POOL, MHD_OPTION_CONNECTION_LIMIT, 16000U, MHD_OPTION_END);
	struct pollfd f = { .events = POLLIN };

	must(d != NULL, "daemon");
	f.fd = MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	for (;;) {
		MHD_UNSIGNED_LONG_LONG t;
		int wait = -1;

		if (MHD_get_timeout(d, &t) == MHD_YES)
			wait = t > 1000 ? 1000 : (int)t;
		poll(&f, 1, wait);
		MHD_run(d);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	static uint16_t port;
	pthread_t t;

	must(argc > 3, "PORT THREADS FILE...");
	port = (uint16_t)atoi(argv[1]);
	for (int i = 3; i < argc; i++)
		load(argv[i]);
	for (int i = 1; i < atoi(argv[2]); i++)
		must(pthread_create(&t, NULL, serve, &port) == 0, "thread");
	serve(&port);
	return 0;
}
