/* SPDX-License-Identifier: ISC */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "gate.h"

/* A request's header as libmicrohttpd gives it, judged: what the library shows,
 * and what it hides. */
struct MHD_Connection;

#define HTTP_HEAD_MAX 64 /* headers */

struct http_head {
	struct gate_request request;
	struct gate_header header[HTTP_HEAD_MAX];
};

/* Fills h, whatever comes of it, with what lives as long as the request.
 * target_at: where the target stood when the library first showed it, target: a
 * copy of that time, because the library decodes it in place.  ERR_HTTP_*:
 * gate.h; after an error the connection must be closed. */
MUST_USE enum err http_head_judge(struct MHD_Connection *mhd,
    const char *method, const char *version, const char *target_at,
    struct span target, struct http_head *h);

#endif
