/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <microhttpd.h>

#include "http_int.h"
#include "metrics.h"
#include "system/http_head.h"

#define POOL 4096                 /* the library's memory for one connection */
#define SURPLUS ((size_t)1 << 20) /* of a chunked body, read and dropped */

static enum MHD_Result
answer(struct exchange *x, enum err e)
{
	return http_reply_queue(x, e) ? MHD_YES : MHD_NO;
}

static void
name_peer(struct exchange *x)
{
	char text[PEERS_TEXT] = "";

	if (x->conn->peer.proxy)
		peers_forwarded(x->s.forwarded, text);
	memcpy(x->s.q.peer, text[0] ? text : x->conn->peer.text, PEERS_TEXT);
}

static enum err
gate(struct exchange *x, const char *method, const char *version)
{
	struct loop *l = x->conn->loop;
	struct http_head h;
	enum err e = http_head_judge(x->conn->mhd, method, version,
	    x->target_at, x->target, &h);

	serve_begin(&x->s, &h.request, l->seed += UINT64_C(0x9e3779b97f4a7c15));
	name_peer(x);
	return e;
}

/* The connection's last answer: a response to the first call closes it. */
static enum MHD_Result
refuse(struct exchange *x, enum err e)
{
	x->s.is_last = true;
	linger_add(&x->conn->loop->linger, x->conn->fd, x->conn->loop->now);
	return answer(x, e);
}

static enum MHD_Result
suspend(struct exchange *x)
{
	x->conn->deadline = 0;
	x->conn->loop->working++;
	metrics_add(x->conn->loop->h->metrics, METRIC_IN_FLIGHT, 1);
	MHD_suspend_connection(x->conn->mhd);
	return MHD_YES;
}

/* The header is judged.  A refusal need not wait for a body; without one it
 * waits for the last call, which keeps the connection open. */
static enum MHD_Result
judged(struct exchange *x, enum err e)
{
	if (e == OK)
		e = serve_body(&x->s);
	if (e != OK && x->s.length != 0)
		return refuse(x, e);
	x->e = e;
	x->at = AT_BODY;
	http_conn_wait_move(x->conn,
	    x->s.length == UINT64_MAX ? x->s.q.route->body_max : x->s.length);
	return MHD_YES;
}

/* What nobody has to show a token for waits for the rest: for writes, and for
 * agents and operators who read. */
static bool
is_anyones_read(const struct exchange *x)
{
	const struct route *row = x->s.q.route;

	return row && row->limit == LIMIT_READ && row->who != WHO_TOKEN &&
	       !x->s.q.who.known;
}

static enum worker_rank
rank(const struct exchange *x)
{
	if (x->s.q.lost)
		return WORKER_LOST;
	return is_anyones_read(x) ? WORKER_READ : WORKER_FIRST;
}

static enum MHD_Result
submit(struct exchange *x, enum at at)
{
	enum err e;

	x->at = at;
	x->job.rank = rank(x);
	e = worker_submit(x->conn->loop->h->workers, &x->job);
	if (e == OK)
		return suspend(x);
	return at == AT_ADMIT ? judged(x, e) : answer(x, e);
}

static enum MHD_Result
on_head(struct exchange *x, const char *method, const char *version)
{
	struct http *h = x->conn->loop->h;
	enum err e = gate(x, method, version);

	if (e != OK) {
		metrics_add(h->metrics, METRIC_GATE_REFUSED, 1);
		return refuse(x, e);
	}
	/* Who comes now is sent elsewhere for the next one. */
	if (atomic_load_explicit(&h->stop, memory_order_relaxed))
		x->s.is_last = true;
	e = serve_route(&x->s, h->table, h->n);
	if (e == OK)
		e = serve_caller(&x->s);
	if (e == ERR_WANT_WORKER)
		return submit(x, AT_ADMIT);
	return judged(x, e);
}

/* By what arrives, never by the length that was declared. */
static enum err
body_put(struct exchange *x, const char *p, size_t n)
{
	struct out *b = &x->body;

	if (n > b->cap - b->n) {
		size_t cap = b->cap * 2 > b->n + n ? b->cap * 2 : b->n + n;
		struct out bigger = arena_out(x->arena, cap);

		if (bigger.cap == 0)
			return ERR_OUT_OF_MEMORY;
		out_put(&bigger, b->p, b->n);
		*b = bigger;
	}
	out_put(b, p, n);
	return OK;
}

static enum MHD_Result
on_body(struct exchange *x, const char *p, size_t n)
{
	size_t max = x->s.q.route ? x->s.q.route->body_max : 0;

	if (x->e == OK && n > max - x->body.n)
		x->e = ERR_BODY_TOO_LARGE;
	if (x->e == OK)
		x->e = body_put(x, p, n);
	if (x->e != OK)
		x->surplus += n;
	return x->surplus > SURPLUS ? MHD_NO : MHD_YES;
}

static enum MHD_Result
on_whole(struct exchange *x)
{
	const struct route *row = x->s.q.route;
	enum err e = x->e;

	if (e != OK)
		return answer(x, e);
	x->s.q.body = out_span(&x->body);
	if (row && !row->on_loop)
		return submit(x, AT_WORK);
	x->at = AT_WORK; /* before somebody else can finish it */
	e = serve_run(&x->s);
	if (e == ERR_WANT_WORKER)
		return submit(x, AT_WORK);
	if (e == ERR_LATER)
		return suspend(x);
	return answer(x, e);
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *data, size_t *data_n,
    void **context)
{
	struct exchange *x = *context;
	size_t n = *data_n;

	(void)cls, (void)mhd, (void)url;
	if (!x || x->conn->dead)
		return MHD_NO;
	*data_n = 0;
	switch (x->at) {
	case AT_HEAD:
		return on_head(x, method, version);
	case AT_ADMITTED:
		return judged(x, x->e);
	case AT_BODY:
		return n ? on_body(x, data, n) : on_whole(x);
	case AT_READY:
		return answer(x, x->e);
	case AT_ADMIT:
	case AT_WORK:
	case AT_SENT:
		break;
	}
	return MHD_NO;
}

static void *
on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct conn *c = info ? info->socket_context : NULL;
	struct exchange *x;

	(void)cls;
	if (!c || c->dead || !target)
		return NULL;
	x = http_exchange_make(c);
	if (!x)
		return NULL;
	x->target_at = target;
	x->target = arena_copy(x->arena, span_str(target));
	http_conn_wait_head(c);
	return x;
}

static void
on_completed(void *cls, struct MHD_Connection *mhd, void **context,
    enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *context;
	struct conn *c;

	(void)cls, (void)mhd;
	if (!x)
		return;
	c = x->conn;
	/* The library answered a malformed header by itself, and may have
	 * left the connection open. */
	if (x->at != AT_SENT || why != MHD_REQUEST_TERMINATED_COMPLETED_OK)
		c->dead = true;
	http_exchange_end(x);
	*context = NULL;
	http_conn_wait_next(c);
}

static int
socket_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

static void
on_connection(void *cls, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		int fd = socket_of(mhd);
		const union MHD_ConnectionInfo *info =
		    MHD_get_connection_info(mhd,
			MHD_CONNECTION_INFO_CLIENT_ADDRESS);

		*context = http_conn_open(cls, mhd, info->client_addr, fd);
		if (!*context)
			shutdown(fd, SHUT_RDWR);
	} else if (*context) {
		http_conn_close(*context);
		*context = NULL;
	}
}

struct MHD_Daemon *
http_daemon(struct loop *l, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0,
	    NULL, NULL, on_request, l, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL,
	    MHD_OPTION_CONNECTION_LIMIT, l->h->cap,
	    MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_URI_LOG_CALLBACK,
	    on_target, l, MHD_OPTION_NOTIFY_COMPLETED, on_completed, l,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, l, MHD_OPTION_END);
}
