/* SPDX-License-Identifier: ISC */
/*
 * idle PORT PATH N: opens N connections to 127.0.0.1, asks each once for PATH,
 * says "ready" and keeps them open until its stdin ends.
 */
#include <sys/resource.h>
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

static void
must(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(3);
	}
}

/* Where the value of Content-Length stands. */
static const char *
length_of(const char *p)
{
	static const char name[] = "content-length:";

	while ((p = strstr(p, "\r\n")) && strncasecmp(p + 2, name, 15) != 0)
		p += 2;
	return p ? p + 17 : NULL;
}

static int
ask(const struct sockaddr_in *a, const char *request)
{
	size_t n = strlen(request), got = 0, want = 0;
	char buf[65536];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 0 && connect(fd, (const void *)a, sizeof *a) == 0,
	    "connect");
	must(send(fd, request, n, 0) == (ssize_t)n, "send");
	while (want == 0 || got < want) {
		ssize_t r = recv(fd, buf + got, sizeof buf - 1 - got, 0);
		const char *end, *length;

		must(r > 0, "recv");
		got += (size_t)r;
		buf[got] = '\0';
		end = strstr(buf, "\r\n\r\n");
		length = length_of(buf);
		must(!end || length, "length");
		if (end)
			want =
			    (size_t)(end + 4 - buf) + strtoul(length, NULL, 10);
	}
	must(strncmp(buf, "HTTP/1.1 200", 12) == 0, buf);
	return fd;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct rlimit files;
	char request[512];

	must(argc == 4, "PORT PATH N");
	must(getrlimit(RLIMIT_NOFILE, &files) == 0, "limit");
	files.rlim_cur = files.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &files) == 0, "limit");
	a.sin_port = htons((uint16_t)atoi(argv[1]));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	snprintf(request, sizeof request,
	    "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[2]);
	for (int i = 0; i < atoi(argv[3]); i++)
		ask(&a, request);
	puts("ready");
	fflush(stdout);
	while (read(0, request, sizeof request) > 0)
		;
	return 0;
}
