/* SPDX-License-Identifier: ISC */
#include "agent_listen.h"

#include <sys/socket.h>

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <netinet/in.h>

#include "agent_peer.h"
#include "agent_sources.h"
#include "system/event.h"

#define PROGRAM "encl-agent"
#define PLACE "/v1/revocations"
#define CONNECTIONS 128
#define TIMEOUT_S 10

/* All callbacks run on the daemon's one thread. */
struct agent_listen {
	struct agent_listen_opts opts;
	struct agent_peer enclave;
	struct MHD_Daemon *daemon;
	struct agent_sources sources;
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
	uint64_t wait;     /* ms until another try; 0: nothing to say */
};

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
		return (
		    struct answer){ MHD_HTTP_SERVICE_UNAVAILABLE, e, NULL, 0 };
	return taken ? (struct answer){ MHD_HTTP_OK, OK, "held", 0 }
		     : (struct answer){ MHD_HTTP_ACCEPTED, OK, "kept", 0 };
}

static struct answer
take(struct agent_listen *l, struct span statement)
{
	const struct message_request q = { .kind = MESSAGE_REVOCATION,
		.body = statement };
	struct message_reply r;
	enum err e = shape(statement);

	if (e != OK)
		return (struct answer){ MHD_HTTP_UNPROCESSABLE_CONTENT, e, NULL,
			0 };
	e = agent_peer_ask(&l->enclave, &q, &r);
	if (e == OK || may_come(e))
		return keep(l, statement, e == OK);
	return (struct answer){ e == ERR_CHAIN_FOREIGN
				    ? MHD_HTTP_NOT_FOUND
				    : MHD_HTTP_UNPROCESSABLE_CONTENT,
		e, NULL, 0 };
}

static struct answer
answer_to(struct agent_listen *l, struct agent_source *from, const char *method,
    const char *path, const struct upload *u)
{
	uint64_t wait;

	if (strcmp(path, PLACE) != 0)
		return (struct answer){ MHD_HTTP_NOT_FOUND, ERR_NOT_FOUND, NULL,
			0 };
	if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
		return (struct answer){ MHD_HTTP_METHOD_NOT_ALLOWED, ERR_METHOD,
			NULL, 0 };
	if (u->large)
		return (struct answer){ MHD_HTTP_CONTENT_TOO_LARGE,
			ERR_TOO_LARGE, NULL, 0 };
	if (!agent_sources_take(&l->sources, from, channel_now(), &wait))
		return (struct answer){ MHD_HTTP_TOO_MANY_REQUESTS,
			ERR_RATE_LIMITED, NULL, wait };
	return take(l, span_of(u->body, u->n));
}

static enum MHD_Result
reply(struct MHD_Connection *c, const struct answer *a)
{
	char text[512], wait[24];
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
	(void)snprintf(wait, sizeof wait, "%llu",
	    (unsigned long long)(a->wait / 1000 + 1));
	if (a->wait)
		MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER, wait);
	done = MHD_queue_response(c, a->status, r);
	MHD_destroy_response(r);
	return done;
}

/* Before it takes a place among the connections. */
static enum MHD_Result
on_accept(void *ctx, const struct sockaddr *address, socklen_t n)
{
	struct agent_listen *l = ctx;

	(void)n;
	return agent_sources_full(&l->sources, address) ? MHD_NO : MHD_YES;
}

/* Whose connection it is. */
static struct agent_source *
source_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return i ? i->socket_context : NULL;
}

static void
on_connection(void *ctx, struct MHD_Connection *c, void **kept,
    enum MHD_ConnectionNotificationCode what)
{
	struct agent_listen *l = ctx;
	const union MHD_ConnectionInfo *i;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*kept)
			agent_sources_go(*kept);
		return;
	}
	i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	*kept = i ? agent_sources_come(&l->sources, i->client_addr) : NULL;
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *data, size_t *n,
    void **kept)
{
	struct agent_listen *l = ctx;
	struct agent_source *from = source_of(c);
	struct upload *u = *kept;
	struct answer a;

	(void)version;
	if (!from)
		return MHD_NO;
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
	a = answer_to(l, from, method, path, u);
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
	l->daemon =
	    MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL, 0,
		on_accept, l, on_request, l, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S,
		MHD_OPTION_NOTIFY_COMPLETED, on_end, l,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, l, MHD_OPTION_END);
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
	l->sources.each = opts->each;
	l->sources.all = opts->all;
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
