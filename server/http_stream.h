/* SPDX-License-Identifier: ISC */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

#include "http_int.h"
#include "stream.h"

/* Replies that go on (stream.h).  All of this on the loop's thread. */
struct MHD_Response;

/* A response that reads x's stream, or NULL. */
struct MHD_Response *http_stream_response(struct exchange *x);
/* Those that were woken may go on. */
void http_stream_resume(struct loop *l);
/* The library does not look at connections that are set aside: those whose
 * reader has left end here. */
void http_stream_sweep(struct loop *l);
/* Closes x's stream, if it has one. */
void http_stream_end(struct exchange *x);

#endif
