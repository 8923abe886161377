/* SPDX-License-Identifier: ISC */
#ifndef CHANNEL_H
#define CHANNEL_H

#include "chain/err.h"
#include "chain/span.h"

/* Stream sockets between agent and countersigner, TCP or vsock, with frames of
 * message.h.  Every wait ends at an absolute time of channel_now. */

struct channel_address {
	bool vsock;
	char host[256], port[8]; /* TCP */
	unsigned vsock_cid, vsock_port;
};

/* "tcp:HOST:PORT" (IPv6 in brackets), "vsock:CID:PORT", and to listen on
 * "vsock:PORT" for any CID.  False on anything else. */
MUST_USE bool channel_address(const char *text, struct channel_address *a);

/* A non-blocking socket that listens.  ERR_PEER with errno set, and *fd as it
 * was; so below. */
MUST_USE enum err channel_listen(const struct channel_address *a, int *fd);

/* ERR_PEER with errno set. */
MUST_USE enum err channel_connect(const struct channel_address *a,
    uint64_t deadline, int *fd);

/* One frame out, one frame in; *s is then in buf, which holds cap bytes.
 * ERR_PEER (gone, or the deadline), ERR_TOO_LARGE. */
MUST_USE enum err channel_send(int fd, struct span s, uint64_t deadline);
MUST_USE enum err channel_receive(int fd, uint8_t *buf, size_t cap,
    uint64_t deadline, struct span *s);

/* Bytes without a frame: all of s out; what has come in, up to cap, *n of 0
 * being the end.  ERR_PEER (gone, or the deadline). */
MUST_USE enum err channel_put(int fd, struct span s, uint64_t deadline);
MUST_USE enum err channel_get(int fd, uint8_t *p, size_t cap, uint64_t deadline,
    size_t *n);

/* Milliseconds of a clock that only moves forward. */
uint64_t channel_now(void);

#endif
