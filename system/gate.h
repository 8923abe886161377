/* SPDX-License-Identifier: ISC */
#ifndef GATE_H
#define GATE_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * What libmicrohttpd lets through and we do not: RFC 9112 3.2, 5.1, 6.3 and
 * request smuggling.  Pure; runs before routing, on every request.
 */
struct gate_header {
	struct span name, value;
};

struct gate_request {
	struct span method, target, version; /* target as sent, with query */
	const struct gate_header *header;
	size_t n;
};

/* OK, or ERR_HTTP_* by what is wrong.  After an error the connection must be
 * closed. */
MUST_USE enum err gate_check(const struct gate_request *g);

#endif
