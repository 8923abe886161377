/* SPDX-License-Identifier: ISC */
#include "loopback.h"

#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "channel.h"

#define HEAD_MAX 512

/* Takes a line off *s, without the CRLF that must end it. */
static bool
line_of(struct span *s, struct span *line)
{
	for (size_t i = 0; i + 1 < s->n; i++) {
		if (s->p[i] == '\0' || s->p[i] == '\n')
			return false;
		if (s->p[i] != '\r')
			continue;
		*line = span_of(s->p, i);
		*s = span_of(s->p + i + 2, s->n - i - 2);
		return s->p[-1] == '\n';
	}
	return false;
}

static bool
number_of(struct span s, size_t most, size_t *v)
{
	if (s.n == 0 || s.n > most)
		return false;
	*v = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*v = *v * 10 + (size_t)(s.p[i] - '0');
	}
	return true;
}

/* RFC 9112 section 4: "HTTP/1.1 200 OK", the phrase may be empty. */
static bool
status_of(struct span line, size_t *status)
{
	return line.n >= 12 && memcmp(line.p, "HTTP/1.", 7) == 0 &&
	       (line.p[7] == '0' || line.p[7] == '1') && line.p[8] == ' ' &&
	       number_of(span_of(line.p + 9, 3), 3, status) &&
	       (line.n == 12 || line.p[12] == ' ');
}

/* The value after NAME and a colon. */
static bool
field_of(struct span line, const char *name, struct span *value)
{
	size_t n = strlen(name);

	if (line.n <= n || line.p[n] != ':' ||
	    strncasecmp((const char *)line.p, name, n) != 0)
		return false;
	*value = span_of(line.p + n + 1, line.n - n - 1);
	while (value->n && (*value->p == ' ' || *value->p == '\t'))
		*value = span_of(value->p + 1, value->n - 1);
	while (value->n && (value->p[value->n - 1] == ' ' ||
			       value->p[value->n - 1] == '\t'))
		value->n--;
	return true;
}

/* A length that stands there twice, or a coding, would leave two readings of
 * where the body ends. */
static bool
take_field(struct span line, bool *has_length, size_t *length)
{
	struct span v;

	if (line.p[0] == ' ' || line.p[0] == '\t' ||
	    memchr(line.p, ':', line.n) == NULL ||
	    field_of(line, "Transfer-Encoding", &v))
		return false;
	if (!field_of(line, "Content-Length", &v))
		return true;
	if (*has_length)
		return false;
	*has_length = true;
	return number_of(v, 9, length);
}

enum err
loopback_body(struct span answer, struct span *body)
{
	struct span left = answer, line;
	size_t status, length = 0;
	bool has_length = false;

	if (!line_of(&left, &line) || !status_of(line, &status))
		return ERR_MESSAGE;
	for (;;) {
		if (!line_of(&left, &line))
			return ERR_MESSAGE;
		if (line.n == 0)
			break;
		if (!take_field(line, &has_length, &length))
			return ERR_MESSAGE;
	}
	if (status < 200 || status > 299)
		return ERR_UNKNOWN_CODE;
	if (has_length && left.n != length)
		return ERR_MESSAGE;
	*body = left;
	return OK;
}

/* All that comes until the other side closes. */
static enum err
read_all(int fd, uint8_t *buf, size_t cap, uint64_t deadline, struct span *all)
{
	uint8_t more;
	size_t n = 0, got;

	do {
		TRY(channel_get(fd, n < cap ? buf + n : &more,
		    n < cap ? cap - n : 1, deadline, &got));
		if (got > 0 && n == cap)
			return ERR_TOO_LARGE;
		n += got;
	} while (got > 0);
	*all = span_of(buf, n);
	return OK;
}

static enum err
exchange(int fd, struct span head, struct span content, uint8_t *buf,
    size_t cap, uint64_t deadline, struct span *all)
{
	TRY(channel_put(fd, head, deadline));
	TRY(channel_put(fd, content, deadline));
	return read_all(fd, buf, cap, deadline, all);
}

enum err
loopback_post(unsigned port, const char *path, const char *type,
    struct span content, uint8_t *buf, size_t cap, uint64_t deadline,
    struct span *body)
{
	struct channel_address a = { .host = "127.0.0.1" };
	char head[HEAD_MAX];
	struct span all;
	enum err e;
	int fd, n;

	(void)snprintf(a.port, sizeof a.port, "%u", port);
	n = snprintf(head, sizeof head,
	    "POST %s HTTP/1.0\r\nHost: 127.0.0.1:%u\r\nContent-Type: %s\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    path, port, type, content.n);
	if (n < 0 || (size_t)n >= sizeof head)
		return ERR_INTERNAL;
	TRY(channel_connect(&a, deadline, &fd));
	e = exchange(fd, span_of(head, (size_t)n), content, buf, cap, deadline,
	    &all);
	close(fd);
	return e == OK ? loopback_body(all, body) : e;
}
