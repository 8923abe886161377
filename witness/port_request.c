/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "ask.h"
#include "chain/text.h"
#include "port_int.h"
#include "system/event.h"
#include "system/http_head.h"

#define PROGRAM "encl-witness"
#define SURPLUS ((size_t)1 << 20) /* of a chunked body, read and dropped */

static bool
prepare(struct port_exchange *x, const struct cosign_answer *a)
{
	void *bytes; /* the library copies them */
	const uint8_t *p = a->body;

	memcpy(&bytes, &p, sizeof bytes);
	x->status = a->status;
	x->response =
	    MHD_create_response_from_buffer(a->n, bytes, MHD_RESPMEM_MUST_COPY);
	if (!x->response)
		return false;
	tally_answer(x->conn->port->c.tally, x->what, a->status);
	return MHD_add_response_header(x->response, "Content-Type", a->type) ==
		   MHD_YES &&
	       MHD_add_response_header(x->response, "Cache-Control",
		   "no-store") == MHD_YES &&
	       MHD_add_response_header(x->response, "X-Content-Type-Options",
		   "nosniff") == MHD_YES &&
	       MHD_add_response_header(x->response,
		   "Access-Control-Allow-Origin", "*") == MHD_YES &&
	       (a->status != 405 ||
		   MHD_add_response_header(x->response, "Allow",
		       x->what == TALLY_ADD ? "POST" : "GET, HEAD") == MHD_YES);
}

static enum MHD_Result
queue(struct port_exchange *x)
{
	enum MHD_Result r;

	x->at = PORT_SENT;
	port_conn_wait_rest(x->conn);
	r = MHD_queue_response(x->mhd, x->status, x->response);
	MHD_destroy_response(x->response);
	x->response = NULL;
	return r;
}

/* What was decided may rest on what is not on disk yet. */
static enum MHD_Result
answer(struct port_exchange *x, const struct cosign_answer *a)
{
	struct port *p = x->conn->port;

	if (!prepare(x, a))
		return MHD_NO;
	if (!cosigned_pending(p->c.cosign->seen))
		return queue(x);
	x->at = PORT_WAIT;
	x->conn->deadline = 0;
	x->next = p->waiting;
	p->waiting = x;
	MHD_suspend_connection(x->mhd);
	return MHD_YES;
}

void
port_request_resume(struct port *p)
{
	while (p->waiting) {
		struct port_exchange *x = p->waiting;

		p->waiting = x->next;
		x->at = PORT_READY;
		MHD_resume_connection(x->mhd);
	}
}

/* The connection's last answer: a response to the first call closes it. */
static enum MHD_Result
refuse(struct port_exchange *x, unsigned status, enum err why)
{
	struct port *p = x->conn->port;
	struct cosign_answer a;

	cosign_refuse(&a, status, why);
	linger_add(&p->linger, x->conn->fd, p->now);
	return prepare(x, &a) ? queue(x) : MHD_NO;
}

static bool
is_too_long(const struct gate_request *g, size_t max)
{
	for (size_t i = 0; i < g->n; i++) {
		struct span name = g->header[i].name;
		uint64_t n = 0;

		if (name.n != 14 ||
		    strncasecmp((const char *)name.p, "Content-Length", 14))
			continue;
		for (size_t k = 0; k < g->header[i].value.n; k++)
			n = n * 10 + (uint64_t)(g->header[i].value.p[k] - '0');
		return n > max;
	}
	return false;
}

static bool
is_newest(struct span t, struct h32 *id)
{
	static const char rest[] = "/checkpoint";

	for (size_t i = 0; i < t.n && i < 65; i++)
		if (t.p[i] >= 'A' && t.p[i] <= 'F')
			return false;
	return t.n == 65 + sizeof rest - 1 && t.p[0] == '/' &&
	       memcmp(t.p + 65, rest, sizeof rest - 1) == 0 &&
	       text_unhex(span_of(t.p + 1, 64), id->b, sizeof id->b);
}

static enum MHD_Result
on_head(struct port_exchange *x, const char *method, const char *version)
{
	struct http_head h;
	struct h32 id;
	enum err e = http_head_judge(x->mhd, method, version, x->target_at,
	    x->target, &h);

	if (e != OK)
		return refuse(x, 400, e);
	if (span_is(x->target, "/add-checkpoint"))
		x->what = TALLY_ADD;
	else if (is_newest(x->target, &id))
		x->what = TALLY_READ;
	if (is_too_long(&h.request, x->what == TALLY_ADD ? ASK_MAX : 0))
		return refuse(x, 413, ERR_BODY_TOO_LARGE);
	x->at = PORT_BODY;
	port_conn_wait_rest(x->conn);
	return MHD_YES;
}

/* By what arrives, never by the length that was declared. */
static bool
body_put(struct port_exchange *x, const char *p, size_t n)
{
	size_t cap = x->cap ? x->cap : 2048;
	uint8_t *more;

	while (cap < x->n + n)
		cap *= 2;
	if (cap > x->cap) {
		more = realloc(x->body, cap);
		if (!more)
			return false;
		x->body = more;
		x->cap = cap;
	}
	memcpy(x->body + x->n, p, n);
	x->n += n;
	return true;
}

static enum MHD_Result
on_body(struct port_exchange *x, const char *p, size_t n)
{
	size_t max = x->what == TALLY_ADD ? ASK_MAX : 0;

	if (x->too_large || n > max - x->n) {
		x->too_large = true;
		x->surplus += n;
		return x->surplus > SURPLUS ? MHD_NO : MHD_YES;
	}
	return body_put(x, p, n) ? MHD_YES : MHD_NO;
}

/* Whoever keeps a log that does not hold may want to be told, and whoever
 * likes to fill a disk may not. */
static void
tell(struct port *p, const struct port_exchange *x,
    const struct cosign_answer *a)
{
	const struct bucket_rate rate = { 60, 60 };
	uint64_t wait;
	char status[8];

	if (x->what != TALLY_ADD || a->status == 200 || a->status == 409 ||
	    !bucket_take(&p->told, &rate, p->now, &wait))
		return;
	(void)snprintf(status, sizeof status, "%u", a->status);
	EVENT(PROGRAM, "refused", "status", status, "code", err_code(a->why),
	    "peer", x->conn->peer.text);
}

static void
about(struct port *p, struct span target, struct cosign_answer *a)
{
	struct out o = out_of(a->body, sizeof a->body);

	a->status =
	    p->c.tally->clock || !span_is(target, "/readyz") ? 200 : 503;
	a->why = OK;
	a->type = "text/plain; charset=utf-8";
	if (span_is(target, "/metrics"))
		tally_write(p->c.tally, &o);
	else if (span_is(target, "/livez") || a->status == 200)
		out_put(&o, "ok\n", 3);
	else
		out_put(&o, "clock\n", 6);
	a->n = o.n;
}

static bool
is_about(struct span t)
{
	return span_is(t, "/livez") || span_is(t, "/readyz") ||
	       span_is(t, "/metrics");
}

static void
decide(struct port_exchange *x, const char *method, struct cosign_answer *a)
{
	struct port *p = x->conn->port;
	bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	struct h32 id;

	if (x->what == TALLY_OTHER && !is_about(x->target))
		cosign_refuse(a, 404, ERR_NOT_FOUND);
	else if (x->what == TALLY_ADD ? strcmp(method, "POST") != 0 : !reads)
		cosign_refuse(a, 405, ERR_METHOD);
	else if (x->too_large)
		cosign_refuse(a, 413, ERR_BODY_TOO_LARGE);
	else if (x->what == TALLY_ADD)
		cosign_add(p->c.cosign, span_of(x->body, x->n), p->unix_ms,
		    p->boot_ms, a);
	else if (is_newest(x->target, &id))
		cosign_newest(p->c.cosign, &id, a);
	else
		about(p, x->target, a);
	tell(p, x, a);
}

static enum MHD_Result
on_whole(struct port_exchange *x, const char *method)
{
	struct cosign_answer a;

	decide(x, method, &a);
	return answer(x, &a);
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *data, size_t *data_n,
    void **context)
{
	struct port_exchange *x = *context;
	size_t n = *data_n;

	(void)cls, (void)mhd, (void)url;
	if (!x || x->conn->dead)
		return MHD_NO;
	*data_n = 0;
	switch (x->at) {
	case PORT_HEAD:
		return on_head(x, method, version);
	case PORT_BODY:
		return n ? on_body(x, data, n) : on_whole(x, method);
	case PORT_READY:
		return queue(x);
	case PORT_WAIT:
	case PORT_SENT:
		break;
	}
	return MHD_NO;
}

static void *
on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct port_conn *c = info ? info->socket_context : NULL;
	size_t n = target ? strlen(target) : 0;
	struct port_exchange *x;

	(void)cls;
	if (!c || c->dead || !target)
		return NULL;
	x = calloc(1, sizeof *x + n);
	if (!x)
		return NULL;
	x->conn = c;
	x->mhd = mhd;
	x->what = TALLY_OTHER;
	x->target_at = target;
	memcpy(x->copy, target, n);
	x->target = span_of(x->copy, n);
	c->x = x;
	port_conn_wait_head(c);
	return x;
}

static void
on_completed(void *cls, struct MHD_Connection *mhd, void **context,
    enum MHD_RequestTerminationCode why)
{
	struct port_exchange *x = *context;

	(void)cls, (void)mhd;
	if (!x)
		return;
	/* The library answered a malformed header by itself, and may have
	 * left the connection open. */
	if (x->at != PORT_SENT || why != MHD_REQUEST_TERMINATED_COMPLETED_OK)
		x->conn->dead = true;
	x->conn->x = NULL;
	port_conn_wait_next(x->conn);
	if (x->response)
		MHD_destroy_response(x->response);
	free(x->body);
	free(x);
	*context = NULL;
}

static void
on_connection(void *cls, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info;
	int fd;

	if (what != MHD_CONNECTION_NOTIFY_STARTED) {
		if (*context)
			port_conn_close(*context);
		*context = NULL;
		return;
	}
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	fd = info ? info->connect_fd : -1;
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	*context = port_conn_open(cls, info->client_addr, fd);
	if (!*context)
		shutdown(fd, SHUT_RDWR);
}

struct MHD_Daemon *
port_request_daemon(struct port *p, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0,
	    NULL, NULL, on_request, p, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)PORT_POOL,
	    MHD_OPTION_CONNECTION_LIMIT, p->c.connections,
	    MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_URI_LOG_CALLBACK,
	    on_target, p, MHD_OPTION_NOTIFY_COMPLETED, on_completed, p,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, p, MHD_OPTION_END);
}
