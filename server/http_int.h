/* SPDX-License-Identifier: ISC */
#ifndef HTTP_INT_H
#define HTTP_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "http.h"
#include "serve.h"
#include "system/linger.h"
#include "system/peers.h"
#include "worker.h"

/*
 * What the http*.c files share.  http.c takes requests from libmicrohttpd,
 * http_reply.c gives it replies, http_stream.c those that go on, http_conn.c
 * keeps connections and their deadlines, http_loop.c turns the loops and starts
 * and stops it all.
 */
struct MHD_Connection;
struct MHD_Daemon;

#define HTTP_ARENAS 64 /* kept by a loop for the next requests */

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
	size_t held;   /* counted in http.held */
	uint64_t sent; /* of a large reply: when, monotonic ms; else 0 */
	struct exchange *next; /* of those that are done */
	/* of a stream */
	bool gone;  /* its reader has left */
	bool waits; /* there is nothing for its reader */
	bool woken; /* it stands in loop.woken; under the loop's lock */
	struct exchange *wake_next;
};

struct conn {
	struct conn *next, **link;
	struct loop *loop;
	struct MHD_Connection *mhd;
	struct exchange *x; /* NULL between requests */
	uint64_t deadline;  /* monotonic ms; 0: none */
	struct peer peer;
	int fd;
	bool started; /* it had its first request */
	bool dead;    /* answers nothing any more */
};

struct loop {
	struct http *h;
	struct MHD_Daemon *daemon;
	pthread_t thread;
	bool running;
	int epoll, wake;
	uint64_t now, unix_ms, swept, streams_swept; /* ms */
	uint64_t seed;
	struct conn *conns;
	unsigned open, working, sending;
	struct arena *spare[HTTP_ARENAS];
	unsigned spares;
	pthread_mutex_t lock; /* done, woken */
	struct exchange *done;
	struct exchange *woken; /* streams: see http_stream.h */
	struct lingering linger;
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
	/* Of large replies on their way: the memory of their requests, beside
	 * blobs; and what that and the blobs may come to, 0: no limit. */
	atomic_size_t held;
	size_t held_max;
	unsigned cap; /* connections of one loop */
	unsigned loops;
	struct loop loop[];
};

/* Memory for a request on c, or NULL. */
struct exchange *http_exchange_make(struct conn *c);
/* The request is over: its memory goes back to the loop. */
void http_exchange_end(struct exchange *x);

/* The exchange that q is part of. */
struct exchange *http_exchange_of(struct req *q);

/* What large replies take of what they may, in quarters. */
unsigned http_reply_load(struct http *h);

/* Turns e and x->s.r into a response and queues it; false: the connection
 * must end. */
MUST_USE bool http_reply_queue(struct exchange *x, enum err e);

/* A connection came, or was closed.  NULL: no memory for it. */
struct conn *http_conn_open(struct loop *l, struct MHD_Connection *mhd,
    const struct sockaddr *address, int fd);
void http_conn_close(struct conn *c);
/* Deadlines, absolute, in milliseconds from now on. */
void http_conn_wait_head(struct conn *c);
void http_conn_wait_move(struct conn *c, uint64_t bytes);
void http_conn_wait_next(struct conn *c);
/* Cuts the connections whose deadline has passed. */
void http_conn_sweep(struct loop *l);

/* A daemon of libmicrohttpd that serves l from the socket fd, or NULL. */
struct MHD_Daemon *http_daemon(struct loop *l, int fd);

#endif
