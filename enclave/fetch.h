/* SPDX-License-Identifier: ISC */
#ifndef FETCH_H
#define FETCH_H

#include <signal.h>

#include "chain/err.h"
#include "chain/span.h"

/* HTTP for the program beside an enclave: one server, one connection, one
 * bearer token. */
struct fetch;

struct fetch_opts {
	const char *server;  /* http:// or https://, no path after the host's */
	const char *token;   /* NULL: none */
	const char *ca_file; /* NULL: the system's */
	const volatile sig_atomic_t *stop; /* ends a request early */
};

#define FETCH_BODY_MAX ((size_t)8 << 20)

/* Strings are copied, stop is borrowed.  ERR_USAGE, ERR_PLAIN_HTTP
 * (only this machine is asked in the clear), ERR_OUT_OF_MEMORY. */
MUST_USE enum err fetch_open(const struct fetch_opts *opts, struct fetch **f);
void fetch_close(struct fetch *f);

/*
 * path begins with a slash.  OK for 2xx; the body is then borrowed until the
 * next call.  Else the code that the server's problem names, ERR_UNKNOWN_CODE
 * when it names none, ERR_NETWORK when there was no answer (fetch_detail says
 * why).
 */
MUST_USE enum err fetch_get(struct fetch *f, const char *path,
    const char *accept, long timeout_s, struct span *body);
MUST_USE enum err fetch_post(struct fetch *f, const char *path,
    const char *type, struct span content, long timeout_s);

/* The HTTP status of the last call, 0 when there was none. */
long fetch_status(const struct fetch *f);
/* What libcurl said of the last failure, or "". */
const char *fetch_detail(const struct fetch *f);

#endif
