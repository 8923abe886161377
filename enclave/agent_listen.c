/* SPDX-License-Identifier: ISC */
#include "agent_listen.h"

#include <sys/socket.h>

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <netinet/in.h>

#include "agent_peer.h"
#include "event.h"

#define PROGRAM "encl-agent"
#define PLACE "/v1/revocations"
#define CONNECTIONS 32
#define CONNECTIONS_PER_IP 8
#define TIMEOUT_S 10

/* All callbacks run on the daemon's one thread. */
struct agent_listen {
	struct agent_listen_opts opts;
	struct agent_peer enclave;
	struct MHD_Daemon *daemon;
	double tokens; /* requests that may be answered now */
	uint64_t filled;
};

struct upload {
	size_t n;
	bool large;
	uint8_t body[ENTRY_MAX];
};

struct answer {
	unsigned status;
	enum err code;     /* OK: state instead */
	const char *state; /* "held", "kept" */
};

static bool
has_token(struct agent_listen *l)
{
	double most = l->opts.per_minute;
	uint64_t now = channel_now();

	l->tokens += (double)(now - l->filled) * most / 60000;
	l->filled = now;
	if (l->tokens > most)
		l->tokens = most;
	if (l->tokens < 1)
		return false;
	l->tokens -= 1;
	return true;
}

static enum err
shape(struct span statement)
{
	struct statement t;
	struct payload p;

	TRY(entry_statement_decode(statement, &t));
	TRY(payload_decode(t.payload, &p));
	return p.kind == KIND_REVOKE ? OK : ERR_KIND_UNKNOWN;
}

/* The enclave has nothing to judge it by yet. */
static bool
may_come(enum err e)
{
	return e == ERR_STAGE_UNKNOWN || e == ERR_NOTHING_STAGED ||
	       e == ERR_CHAIN_EMPTY || e == ERR_PEER || e == ERR_MESSAGE;
}

static struct answer
keep(struct agent_listen *l, struct span statement, bool taken)
{
	enum err e = agent_hold_put(l->opts.hold, statement, taken);

	EVENT(PROGRAM, "revocation", "state", taken ? "held" : "kept", "code",
	    e == OK ? NULL : err_code(e));
	if (e != OK)
		return (struct answer){ MHD_HTTP_SERVICE_UNAVAILABLE, e, NULL };
	return taken ? (struct answer){ MHD_HTTP_OK, OK, "held" }
		     : (struct answer){ MHD_HTTP_ACCEPTED, OK, "kept" };
}

static struct answer
take(struct agent_listen *l, struct span statement)
{
	const struct message_request q = { .kind = MESSAGE_REVOCATION,
		.body = statement };
	struct message_reply r;
	enum err e = shape(statement);

	if (e != OK)
		return (
		    struct answer){ MHD_HTTP_UNPROCESSABLE_CONTENT, e, NULL };
	e = agent_peer_ask(&l->enclave, &q, &r);
	if (e == OK || may_come(e))
		return keep(l, statement, e == OK);
	return (struct answer){ e == ERR_CHAIN_FOREIGN
				    ? MHD_HTTP_NOT_FOUND
				    : MHD_HTTP_UNPROCESSABLE_CONTENT,
		e, NULL };
}

static struct answer
answer_to(struct agent_listen *l, const char *method, const char *path,
    const struct upload *u)
{
	if (strcmp(path, PLACE) != 0)
		return (
		    struct answer){ MHD_HTTP_NOT_FOUND, ERR_NOT_FOUND, NULL };
	if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
		return (struct answer){ MHD_HTTP_METHOD_NOT_ALLOWED, ERR_METHOD,
			NULL };
	if (u->large)
		return (struct answer){ MHD_HTTP_CONTENT_TOO_LARGE,
			ERR_TOO_LARGE, NULL };
	if (!has_token(l))
		return (struct answer){ MHD_HTTP_TOO_MANY_REQUESTS,
			ERR_RATE_LIMITED, NULL };
	return take(l, span_of(u->body, u->n));
}

static enum MHD_Result
reply(struct MHD_Connection *c, const struct answer *a)
{
	char text[512];
	struct MHD_Response *r;
	enum MHD_Result done;
	int n;

	if (a->code == OK)
		n = snprintf(text, sizeof text, "{\"state\":\"%s\"}\n",
		    a->state);
	else
		n = snprintf(text, sizeof text,
		    "{\"type\":\"/errors/%s\",\"status\":%u,\"code\":\"%s\","
		    "\"detail\":\"%s\"}\n",
		    err_code(a->code), a->status, err_code(a->code),
		    err_sentence(a->code));
	r = MHD_create_response_from_buffer((size_t)n, text,
	    MHD_RESPMEM_MUST_COPY);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE,
	    a->code == OK ? "application/json" : "application/problem+json");
	if (a->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "POST");
	done = MHD_queue_response(c, a->status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *data, size_t *n,
    void **kept)
{
	struct agent_listen *l = ctx;
	struct upload *u = *kept;
	struct answer a;

	(void)version;
	if (!u) {
		*kept = calloc(1, sizeof *u);
		return *kept ? MHD_YES : MHD_NO;
	}
	if (*n) {
		u->large |= *n > sizeof u->body - u->n;
		if (!u->large) {
			memcpy(u->body + u->n, data, *n);
			u->n += *n;
		}
		*n = 0;
		return MHD_YES;
	}
	a = answer_to(l, method, path, u);
	return reply(c, &a);
}

static void
on_end(void *ctx, struct MHD_Connection *c, void **kept,
    enum MHD_RequestTerminationCode why)
{
	(void)ctx;
	(void)c;
	(void)why;
	free(*kept);
	*kept = NULL;
}

static unsigned
port_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} a;
	socklen_t n = sizeof a;

	if (getsockname(fd, &a.any, &n) != 0)
		return 0;
	return ntohs(
	    a.any.sa_family == AF_INET6 ? a.in6.sin6_port : a.in.sin_port);
}

static enum err
serve(struct agent_listen *l, unsigned *port)
{
	int fd;

	TRY(channel_listen(&l->opts.at, &fd));
	*port = port_of(fd);
	l->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
					 MHD_USE_EPOLL,
	    0, NULL, NULL, on_request, l, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_PER_IP,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S,
	    MHD_OPTION_NOTIFY_COMPLETED, on_end, l, MHD_OPTION_END);
	if (l->daemon)
		return OK;
	close(fd);
	return ERR_PEER;
}

enum err
agent_listen_start(const struct agent_listen_opts *opts,
    struct agent_listen **made, unsigned *port)
{
	struct agent_listen *l = calloc(1, sizeof *l);
	enum err e;

	if (!l)
		return ERR_OUT_OF_MEMORY;
	l->opts = *opts;
	l->tokens = opts->per_minute;
	l->filled = channel_now();
	agent_peer_init(&l->enclave, &opts->enclave);
	e = serve(l, port);
	if (e != OK) {
		free(l);
		return e;
	}
	*made = l;
	return OK;
}

void
agent_listen_stop(struct agent_listen *l)
{
	MHD_stop_daemon(l->daemon);
	agent_peer_close(&l->enclave);
	free(l);
}
