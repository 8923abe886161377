/* SPDX-License-Identifier: ISC */
#include "http.h"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "listen.h"
#include "metrics.h"
#include "peers.h"
#include "raw.h"
#include "serve.h"
#include "server.h"
#include "worker.h"

#define POOL 4096 /* the library's memory for one connection */
#define HEADERS 64
#define ARENA_FIRST 8192
#define ARENA_LIMIT ((size_t)24 << 20)
#define ARENAS_KEPT 64
#define QUEUE 1024                /* requests that wait for a worker */
#define SURPLUS ((size_t)1 << 20) /* of a chunked body, read and dropped */

/* Deadlines, absolute, in milliseconds. */
#define HEAD_MS 5000
#define MOVE_MS 10000 /* to move a body in either direction, */
#define MOVE_BYTES 8  /* and one more for each so many bytes */
#define IDLE_MS 60000
#define CROWD_MS 5000 /* idle, when there are many connections */
#define SWEEP_MS 250

enum at {
	AT_HEAD,     /* the header was not looked at yet */
	AT_ADMIT,    /* a worker finds out who calls */
	AT_ADMITTED, /* it did */
	AT_BODY,
	AT_WORK,  /* the handler runs elsewhere, or somebody will finish */
	AT_READY, /* answered, not queued yet */
	AT_SENT
};

struct exchange {
	struct worker_job job;
	struct serve s;
	struct conn *conn;
	struct arena *arena;
	enum at at;
	enum err e;
	const char *target_at; /* where it stood in the library's memory */
	struct span target;    /* a copy: the library decodes it in place */
	struct out body;
	size_t surplus;
	struct exchange *next; /* of those that are done */
};

struct conn {
	struct conn *next, **link;
	struct loop *loop;
	struct MHD_Connection *mhd;
	struct exchange *x; /* NULL between requests */
	uint64_t deadline;  /* monotonic ms; 0: none */
	struct peer peer;
	bool dead;
};

struct loop {
	struct http *h;
	struct MHD_Daemon *daemon;
	pthread_t thread;
	bool running;
	int epoll, wake;
	uint64_t now, unix_ms, swept; /* ms */
	uint64_t seed;
	struct conn *conns;
	unsigned open, working, sending;
	struct arena *spare[ARENAS_KEPT];
	unsigned spares;
	pthread_mutex_t lock; /* done */
	struct exchange *done;
};

struct http {
	struct server *server;
	const struct route *table;
	size_t n;
	struct metrics *metrics;
	struct peers *peers;
	struct workers *workers;
	uint16_t port;
	atomic_bool stop;
	_Atomic uint64_t stop_at; /* monotonic ms, the grace included */
	unsigned cap;             /* connections of one loop */
	unsigned loops;
	struct loop loop[];
};

static uint64_t
move_ms(uint64_t bytes)
{
	return MOVE_MS + bytes / MOVE_BYTES;
}

/* Exchanges */

static struct exchange *
exchange_make(struct conn *c)
{
	struct loop *l = c->loop;
	struct arena *a = l->spares ? l->spare[--l->spares]
				    : arena_make(ARENA_FIRST, ARENA_LIMIT);
	struct exchange *x = a ? arena_new(a, sizeof *x) : NULL;

	if (!x) {
		arena_free(a);
		return NULL;
	}
	x->conn = c;
	x->arena = x->s.q.arena = a;
	x->s.q.server = l->h->server;
	x->s.q.now = l->unix_ms;
	x->s.began = serve_clock_us();
	c->x = x;
	return x;
}

static void
exchange_end(struct exchange *x)
{
	struct loop *l = x->conn->loop;
	struct arena *a = x->arena;

	if (x->at == AT_SENT)
		l->sending--;
	else
		json_decref(x->s.r.extra);
	blob_drop(x->s.r.blob);
	x->conn->x = NULL;
	if (l->spares < ARENAS_KEPT) {
		arena_reset(a);
		l->spare[l->spares++] = a;
	} else {
		arena_free(a);
	}
}

/* From any thread: hands x back to its loop. */
static void
exchange_done(struct exchange *x, enum err e)
{
	struct loop *l = x->conn->loop;
	bool first;

	x->e = e;
	x->s.q.db = NULL;
	pthread_mutex_lock(&l->lock);
	first = !l->done;
	x->next = l->done;
	l->done = x;
	pthread_mutex_unlock(&l->lock);
	if (first && eventfd_write(l->wake, 1) != 0)
		return; /* the counter is full, so the loop wakes anyway */
}

static struct exchange *
exchange_of(struct req *q)
{
	char *p = (char *)q;

	return (struct exchange *)(void *)(p - offsetof(struct exchange, s.q));
}

void
http_finish(struct req *q, struct reply *r, enum err e)
{
	struct exchange *x = exchange_of(q);

	if (r != &x->s.r)
		x->s.r = *r;
	exchange_done(x, e);
}

void
http_again(struct req *q, struct reply *r)
{
	struct exchange *x = exchange_of(q);

	json_decref(r->extra);
	blob_drop(r->blob);
	*r = (struct reply){ 0 };
	q->again++;
	if (worker_submit(x->conn->loop->h->workers, &x->job) != OK)
		exchange_done(x, ERR_BUSY);
}

/* On a worker's thread. */
static void
on_worker(struct worker_job *j, struct db *db)
{
	struct exchange *x = (struct exchange *)(void *)j;
	enum err e = ERR_DATABASE;

	x->s.q.db = db;
	if (db && x->at == AT_ADMIT)
		e = serve_caller(&x->s);
	else if (db)
		e = serve_run(&x->s);
	if (e == ERR_WANT_WORKER)
		e = ERR_INTERNAL;
	if (e != ERR_LATER)
		exchange_done(x, e);
}

_Static_assert(offsetof(struct exchange, job) == 0, "on_worker's cast");

/* Replies */

/* A reply that was made once and is sent to many: what it depends on. */
struct wire {
	struct MHD_Response *response;
	enum cache cache;
	bool is_public;
	char type[64], etag[80], link[256];
};

static bool
wire_fits(const struct wire *w, const struct serve *s)
{
	const struct reply *r = &s->r;

	return w->cache == r->cache && w->is_public == s->is_public &&
	       strcmp(w->etag, r->etag) == 0 && strcmp(w->type, r->type) == 0 &&
	       strcmp(w->link, r->link_next) == 0;
}

static void
wire_free(void *arg)
{
	struct wire *w = arg;

	MHD_destroy_response(w->response);
	free(w);
}

static struct MHD_Response *
response_make(struct serve *s)
{
	struct span body = s->r.blob ? blob_bytes(s->r.blob) : s->r.body;
	struct MHD_Response *m = MHD_create_response_from_buffer(body.n,
	    (void *)(uintptr_t)body.p, MHD_RESPMEM_PERSISTENT);

	if (!m)
		return NULL;
	serve_headers(s);
	for (unsigned i = 0; i < s->header_n; i++)
		if (MHD_add_response_header(m, s->header[i].name,
			s->header[i].value) != MHD_YES) {
			MHD_destroy_response(m);
			return NULL;
		}
	return m;
}

static bool
shareable(const struct serve *s)
{
	return s->r.blob && s->r.status == 200 && s->r.cache != CACHE_NONE &&
	       !s->given_id && !s->is_last && !s->r.location[0] &&
	       strlen(s->r.type) < sizeof((struct wire *)0)->type;
}

/* A response with one reference for the caller.  Each exchange in flight
 * holds the blob, so its bytes outlive the response that borrows them. */
static struct MHD_Response *
response_take(struct serve *s)
{
	struct MHD_Response *m;
	struct wire *w;

	if (!shareable(s) || blob_wire(s->r.blob))
		return response_make(s);
	m = response_make(s);
	w = m ? calloc(1, sizeof *w) : NULL;
	if (!w)
		return m;
	w->response = m;
	w->cache = s->r.cache;
	w->is_public = s->is_public;
	memcpy(w->type, s->r.type, strlen(s->r.type));
	memcpy(w->etag, s->r.etag, sizeof w->etag);
	memcpy(w->link, s->r.link_next, sizeof w->link);
	if (blob_wire_set(s->r.blob, w, wire_free) == w)
		return NULL; /* the blob's now: found by the caller */
	free(w);
	return m;
}

static struct MHD_Response *
response_shared(const struct serve *s)
{
	const struct wire *w = shareable(s) ? blob_wire(s->r.blob) : NULL;

	return w && wire_fits(w, s) ? w->response : NULL;
}

static enum MHD_Result
answer(struct exchange *x, enum err e)
{
	struct conn *c = x->conn;
	struct MHD_Response *m, *own = NULL;
	enum MHD_Result sent;

	serve_end(&x->s, e, c->loop->h->metrics);
	m = response_shared(&x->s);
	if (!m) {
		own = response_take(&x->s);
		m = own ? own : response_shared(&x->s);
	}
	if (!m)
		return MHD_NO;
	x->at = AT_SENT;
	c->loop->sending++;
	c->deadline =
	    c->loop->now +
	    move_ms(x->s.r.blob ? blob_bytes(x->s.r.blob).n : x->s.r.body.n);
	sent = MHD_queue_response(c->mhd, x->s.r.status, m);
	if (own)
		MHD_destroy_response(own);
	return sent;
}

/* Requests */

struct headers {
	struct gate_header h[HEADERS];
	size_t n;
	bool too_many;
};

static enum MHD_Result
on_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_n,
    const char *value, size_t value_n)
{
	struct headers *to = cls;

	(void)kind;
	if (to->n == HEADERS) {
		to->too_many = true;
		return MHD_NO;
	}
	to->h[to->n++] = (struct gate_header){ span_of(name, name_n),
		span_of(value ? value : "", value_n) };
	return MHD_YES;
}

static void
trim(struct headers *to)
{
	for (size_t i = 0; i < to->n; i++) {
		struct span *v = &to->h[i].value;

		while (
		    v->n && (v->p[v->n - 1] == ' ' || v->p[v->n - 1] == '\t'))
			v->n--;
	}
}

static void
name_peer(struct exchange *x)
{
	char text[PEERS_TEXT] = "";

	if (x->conn->peer.proxy)
		peers_forwarded(x->s.forwarded, text);
	memcpy(x->s.q.peer, text[0] ? text : x->conn->peer.text, PEERS_TEXT);
}

/* The header gate: what the library shows, and what it hides. */
static enum err
gate(struct exchange *x, const char *method, const char *version)
{
	struct loop *l = x->conn->loop;
	struct headers to = { .n = 0 };
	const union MHD_ConnectionInfo *size =
	    MHD_get_connection_info(x->conn->mhd,
		MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct raw raw = { method, version, x->target_at, x->target.n,
		size ? size->header_size : 0 };
	struct gate_request g = { span_str(method), x->target,
		span_str(version), to.h, 0 };
	bool plain;

	MHD_get_connection_values_n(x->conn->mhd, MHD_HEADER_KIND, on_header,
	    &to);
	plain = raw_plain(&raw, to.h, to.n);
	trim(&to);
	g.n = to.n;
	serve_begin(&x->s, &g, l->seed += UINT64_C(0x9e3779b97f4a7c15));
	name_peer(x);
	if (!plain || to.too_many)
		return ERR_HTTP_BAD;
	return gate_check(&g);
}

/* The connection's last answer: a response to the first call closes it. */
static enum MHD_Result
refuse(struct exchange *x, enum err e)
{
	x->s.is_last = true;
	return answer(x, e);
}

static enum MHD_Result
wait_for(struct exchange *x, enum at at)
{
	x->at = at;
	x->conn->deadline = 0;
	x->conn->loop->working++;
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
	x->conn->deadline =
	    x->conn->loop->now + move_ms(x->s.length == UINT64_MAX
					     ? x->s.q.route->body_max
					     : x->s.length);
	return MHD_YES;
}

static enum MHD_Result
submit(struct exchange *x, enum at at)
{
	enum err e;

	x->job.run = on_worker;
	x->at = at;
	e = worker_submit(x->conn->loop->h->workers, &x->job);
	if (e == OK)
		return wait_for(x, at);
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
		return wait_for(x, AT_WORK);
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
	bool first;

	(void)cls;
	if (!c || c->dead || !target)
		return NULL;
	first = c->deadline && c->deadline <= c->loop->now + HEAD_MS;
	x = exchange_make(c);
	if (!x)
		return NULL;
	x->target_at = target;
	x->target = arena_copy(x->arena, span_str(target));
	if (!first)
		c->deadline = c->loop->now + HEAD_MS;
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
	exchange_end(x);
	*context = NULL;
	c->deadline = c->loop->now + IDLE_MS;
}

/* Connections */

static int
socket_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

static void
conn_cut(struct conn *c)
{
	c->dead = true;
	c->deadline = 0;
	shutdown(socket_of(c->mhd), SHUT_RDWR);
}

static struct conn *
conn_open(struct loop *l, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct conn *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->loop = l;
	c->mhd = mhd;
	c->deadline = l->now + HEAD_MS;
	c->next = l->conns;
	c->link = &l->conns;
	if (c->next)
		c->next->link = &c->next;
	l->conns = c;
	l->open++;
	metrics_add(l->h->metrics, METRIC_CONNECTIONS, 1);
	if (!peers_come(l->h->peers, info->client_addr, &c->peer)) {
		metrics_add(l->h->metrics, METRIC_CONNECTIONS_REFUSED, 1);
		conn_cut(c);
	}
	return c;
}

static void
conn_close(struct conn *c)
{
	struct loop *l = c->loop;

	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	l->open--;
	metrics_add(l->h->metrics, METRIC_CONNECTIONS, -1);
	peers_go(l->h->peers, &c->peer);
	free(c);
}

static void
on_connection(void *cls, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = conn_open(cls, mhd);
		if (!*context)
			shutdown(socket_of(mhd), SHUT_RDWR);
	} else if (*context) {
		conn_close(*context);
		*context = NULL;
	}
}

/* Whoever still sends a request deserves to hear why it ends here. */
static void
conn_late(struct conn *c)
{
	static const char problem[] =
	    "{\"type\":\"/errors/http_slow\",\"title\":\"Request Timeout\","
	    "\"status\":408,\"code\":\"http_slow\"}";
	char text[400];
	int n = snprintf(text, sizeof text,
	    "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
	    "Content-Type: application/problem+json\r\n"
	    "Cache-Control: no-store\r\nContent-Length: %zu\r\n\r\n%s",
	    sizeof problem - 1, problem);

	metrics_add(c->loop->h->metrics, METRIC_DEADLINE, 1);
	if (c->x && c->x->at <= AT_BODY)
		(void)!send(socket_of(c->mhd), text, (size_t)n,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	conn_cut(c);
}

static void
sweep(struct loop *l)
{
	bool crowd = l->open > l->h->cap / 4 * 3;
	struct conn *next;

	l->swept = l->now;
	for (struct conn *c = l->conns; c; c = next) {
		uint64_t early = crowd && !c->x ? IDLE_MS - CROWD_MS : 0;

		next = c->next;
		if (c->deadline == 0)
			continue;
		if (c->deadline <= l->now)
			conn_late(c);
		else if (c->deadline <= l->now + early &&
			 c->deadline > l->now + HEAD_MS)
			conn_cut(c);
	}
}

/* Loops */

static void
drain(struct loop *l)
{
	struct exchange *x;

	pthread_mutex_lock(&l->lock);
	x = l->done;
	l->done = NULL;
	pthread_mutex_unlock(&l->lock);
	while (x) {
		struct exchange *next = x->next;

		l->working--;
		x->at = x->at == AT_ADMIT ? AT_ADMITTED : AT_READY;
		MHD_resume_connection(x->conn->mhd);
		x = next;
	}
}

static void
clocks(struct loop *l)
{
	l->now = serve_clock_us() / 1000;
	l->unix_ms = serve_clock_ms();
}

static int
wait_ms(const struct loop *l)
{
	MHD_UNSIGNED_LONG_LONG t;

	if (MHD_get_timeout(l->daemon, &t) == MHD_YES && t < SWEEP_MS)
		return (int)t;
	return SWEEP_MS;
}

static bool
ended(struct loop *l)
{
	if (!atomic_load_explicit(&l->h->stop, memory_order_relaxed))
		return false;
	if (l->running) {
		int fd = MHD_quiesce_daemon(l->daemon);

		if (fd >= 0)
			close(fd);
		l->running = false;
	}
	return l->working == 0 &&
	       (l->sending == 0 || l->now >= atomic_load(&l->h->stop_at));
}

static void *
loop_run(void *arg)
{
	struct loop *l = arg;
	struct pollfd fds[] = { { .fd = l->epoll, .events = POLLIN },
		{ .fd = l->wake, .events = POLLIN } };

	clocks(l);
	while (!ended(l)) {
		eventfd_t woken;

		poll(fds, 2, wait_ms(l));
		clocks(l);
		if (fds[1].revents)
			(void)!eventfd_read(l->wake, &woken);
		drain(l);
		MHD_run(l->daemon);
		if (l->now - l->swept >= SWEEP_MS)
			sweep(l);
	}
	MHD_stop_daemon(l->daemon);
	l->daemon = NULL;
	return NULL;
}

static struct MHD_Daemon *
daemon_start(struct loop *l, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0,
	    NULL, NULL, on_request, l, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL,
	    MHD_OPTION_CONNECTION_LIMIT, l->h->cap,
	    MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_URI_LOG_CALLBACK,
	    on_target, l, MHD_OPTION_NOTIFY_COMPLETED, on_completed, l,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, l, MHD_OPTION_END);
}

static enum err
loop_start(struct loop *l, const char *address, bool first)
{
	const union MHD_DaemonInfo *info;
	int fd;

	pthread_mutex_init(&l->lock, NULL);
	TRY(listen_open(address, first, &l->h->port, &fd));
	l->seed =
	    serve_clock_us() * UINT64_C(0xd1342543de82ef95) ^ (uintptr_t)l;
	l->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	l->daemon = l->wake >= 0 ? daemon_start(l, fd) : NULL;
	if (!l->daemon) {
		close(fd);
		return ERR_LISTEN;
	}
	info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	l->epoll = info->epoll_fd;
	if (pthread_create(&l->thread, NULL, loop_run, l) != 0) {
		MHD_stop_daemon(l->daemon);
		l->daemon = NULL;
		return ERR_OUT_OF_MEMORY;
	}
	return OK;
}

enum err
http_start(struct server *s, const struct http_config *c, struct http **out)
{
	struct http *h = calloc(1, sizeof *h + c->loops * sizeof(struct loop));
	enum err e;

	*out = NULL;
	if (!h)
		return ERR_OUT_OF_MEMORY;
	h->server = s;
	h->table = c->table;
	h->n = c->n;
	h->metrics = c->metrics;
	h->cap = c->max_connections / c->loops + 1;
	e = peers_make(c->max_connections_ip, c->proxies, &h->peers);
	if (e == OK)
		e = worker_start(s->settings.database, c->workers, QUEUE,
		    &h->workers);
	while (e == OK && h->loops < c->loops) {
		struct loop *l = &h->loop[h->loops];

		l->h = h;
		l->running = true;
		e = loop_start(l, c->listen, h->loops == 0);
		if (e == OK)
			h->loops++;
	}
	if (e != OK)
		http_stop(h, 0);
	else
		*out = h;
	return e;
}

uint16_t
http_port(const struct http *h)
{
	return h->port;
}

static void
loop_stop(struct loop *l)
{
	pthread_join(l->thread, NULL);
	while (l->spares)
		arena_free(l->spare[--l->spares]);
	pthread_mutex_destroy(&l->lock);
	close(l->wake);
}

void
http_stop(struct http *h, unsigned grace)
{
	if (!h)
		return;
	atomic_store(&h->stop_at, serve_clock_us() / 1000 + grace);
	atomic_store(&h->stop, true);
	for (unsigned i = 0; i < h->loops; i++)
		eventfd_write(h->loop[i].wake, 1);
	for (unsigned i = 0; i < h->loops; i++)
		loop_stop(&h->loop[i]);
	worker_stop(h->workers);
	peers_free(h->peers);
	free(h);
}
