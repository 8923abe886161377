/* SPDX-License-Identifier: ISC */
#ifndef PORT_INT_H
#define PORT_INT_H

#include "port.h"
#include "system/bucket.h"
#include "system/linger.h"
#include "system/peers.h"

/* What the port*.c files share: port.c turns the loop, port_conn.c keeps
 * connections and their deadlines, port_request.c takes a request from its
 * header to its answer. */
struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

#define PORT_POOL 8192 /* the library's memory for one connection */

enum port_at {
	PORT_HEAD, /* the header was not looked at yet */
	PORT_BODY,
	PORT_WAIT,  /* for the flush */
	PORT_READY, /* flushed, not queued yet */
	PORT_SENT
};

struct port_conn {
	struct port_conn *next, **link;
	struct port *port;
	struct port_exchange *x; /* NULL between requests */
	uint64_t deadline;       /* steady ms; 0: none */
	struct peer peer;
	int fd;
	bool started; /* it had its first request */
	bool dead;    /* answers nothing any more */
};

struct port_exchange {
	struct port_conn *conn;
	struct MHD_Connection *mhd;
	struct port_exchange *next; /* of those that wait */
	enum port_at at;
	enum tally_request what;
	const char *target_at; /* where it stood in the library's memory */
	struct span target;    /* a copy: the library decodes it in place */
	uint8_t *body;
	size_t n, cap, surplus;
	bool too_large;
	unsigned status;
	struct MHD_Response *response;
	char copy[];
};

struct port {
	struct port_config c;
	struct MHD_Daemon *daemon;
	struct peers *peers;
	struct port_conn *conns;
	struct port_exchange *waiting;
	struct lingering linger;
	struct bucket told; /* lines of the log about refusals */
	uint64_t now, unix_ms, boot_ms, swept;
	unsigned open;
	int epoll;
	uint16_t number;
};

/* A connection came, or was closed.  NULL: no memory for it. */
struct port_conn *port_conn_open(struct port *p, const struct sockaddr *address,
    int fd);
void port_conn_close(struct port_conn *c);
/* Deadlines from now on: for a header, for all of a request, for the next. */
void port_conn_wait_head(struct port_conn *c);
void port_conn_wait_rest(struct port_conn *c);
void port_conn_wait_next(struct port_conn *c);
/* Cuts the connections whose deadline has passed. */
void port_conn_sweep(struct port *p);

/* A daemon that serves p from the socket fd, or NULL. */
struct MHD_Daemon *port_request_daemon(struct port *p, int fd);
/* Those that waited are queued when the daemon next runs. */
void port_request_resume(struct port *p);

#endif
