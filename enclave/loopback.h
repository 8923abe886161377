/* SPDX-License-Identifier: ISC */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * HTTP to a service on this machine's own loopback, without a library: what
 * runs inside an enclave is measured, and should be little.  HTTP/1.0, in which
 * an answer ends with its connection and has no transfer coding (RFC 1945;
 * RFC 9112 section 6.1).
 */

/*
 * POSTs content to http://127.0.0.1:port and path.  The answer is read into
 * buf, which holds cap bytes of head and body together; *body is in there.
 * deadline is a time of channel_now.  ERR_PEER when there was no answer,
 * ERR_TOO_LARGE for one above cap, and as below.
 */
MUST_USE enum err loopback_post(unsigned port, const char *path,
    const char *type, struct span content, uint8_t *buf, size_t cap,
    uint64_t deadline, struct span *body);

/* The body of a whole answer, borrowed from it.  ERR_UNKNOWN_CODE when its
 * status is not 2xx, ERR_MESSAGE when it is no answer, or one that was cut. */
MUST_USE enum err loopback_body(struct span answer, struct span *body);

#endif
