/* SPDX-License-Identifier: ISC */
#ifndef API_H
#define API_H

#include <jansson.h>

#include "conf.h"

/*
 * HTTP to the server of the configuration.  The one place that knows libcurl,
 * which is loaded at the first request only.  TLS with the system's
 * authorities; http:// to this machine alone, unless the configuration says
 * otherwise; no redirects.  A problem that the server answers comes back as
 * its own error with its detail set; the request id is kept for the message.
 * ERR_SERVER_NONE, ERR_PLAIN_HTTP, ERR_NETWORK, ERR_ANSWER_BAD.
 */
#define API_JSON_MAX (8 * 1024 * 1024)
#define API_BUNDLE_MAX (512 * 1024 * 1024)

struct api_request {
	const char *method;          /* "GET" */
	const char *path;            /* "/v1/whoami" */
	struct span body;            /* p NULL: none */
	const char *type;            /* of the body */
	const char *accept;          /* NULL: JSON */
	bool no_token;               /* leave it out */
	const char *idempotency_key; /* NULL: none */
	/* Asking twice does no harm: the network's and the server's passing
	 * failures are tried again, twice.  GET always is. */
	bool safe;
	bool once;  /* but not this time: whoever asks comes back */
	size_t max; /* bytes of the answer; 0: API_JSON_MAX */
	bool peer;  /* the certificate of who answers is wanted */
};

struct api_answer {
	long status;
	struct span body;
	char type[128], request_id[64], date[64];
	unsigned retry_after;
	/* Of a request with peer, over TLS: PEM; else n is 0. */
	struct span peer;
};

/* Any answer is OK here, whatever its status: problem.h says what it means. */
MUST_USE enum err api_call(const struct conf *k, const struct api_request *q,
    struct api_answer *a);

/* The same and problem_judge, for JSON; *j is the caller's.  body's reference
 * is given away.  A POST carries an Idempotency-Key of its own, so that it can
 * be tried again. */
MUST_USE enum err api_get(const struct conf *k, const char *path, json_t **j);
MUST_USE enum err api_post(const struct conf *k, const char *path, json_t *body,
    json_t **j);
/* For the few that the server does not recognise when they come twice. */
MUST_USE enum err api_post_once(const struct conf *k, const char *path,
    json_t *body, json_t **j);
/* A POST without a body, that may be repeated. */
MUST_USE enum err api_submit(const struct conf *k, const char *path,
    json_t **j);
MUST_USE enum err api_delete(const struct conf *k, const char *path);
/* CBOR out, JSON in; repeats are harmless, as the server knows them. */
MUST_USE enum err api_post_cbor(const struct conf *k, const char *path,
    struct span body, json_t **j);
/* Whatever bytes stand there. */
MUST_USE enum err api_get_bytes(const struct conf *k, const char *path,
    const char *accept, size_t max, struct span *body);

/*
 * Follows a stream of events for as long as the server sends it.  tick is
 * called about once a second, and with moved when the stream has begun and
 * after each event; it may call the server itself, and ends the stream with
 * false.  What the events say is not read: they only say when to look.
 * OK: tick ended it; ERR_NETWORK: the server did, *begun or not; else why there
 * is none.
 */
MUST_USE enum err api_follow(const struct conf *k, const char *path,
    bool (*tick)(void *ctx, bool moved), void *ctx, bool *begun);

/* A path segment, percent-encoded. */
char *api_segment(const char *s);

#endif
