/* SPDX-License-Identifier: ISC */
#ifndef COURIER_H
#define COURIER_H

#include "outside.h"

/*
 * Brings messages to addresses that others chose, many at once, on one thread.
 * HTTP: one POST, to the very address that was judged after resolution, without
 * proxies, redirects, cookies or anybody's credentials.  SMTP: to the server of
 * the settings.
 */
struct courier;

struct courier_config {
	struct networks allowed; /* beside public ones, over http too */
	const char *smtp_url;    /* "smtp://host:25"; "": no mails */
	const char *smtp_user, *smtp_password; /* "" none; kept by reference */
	const char *user_agent;
};
MUST_USE enum err courier_make(const struct courier_config *c,
    struct courier **out);
/* What is under way is given up, without a word. */
void courier_free(struct courier *c);

/* How it went. */
struct courier_answer {
	bool done;         /* the other side took it */
	int status;        /* of HTTP or SMTP; 0: there was none */
	int took;          /* ms */
	unsigned wait;     /* seconds that it asks to wait; 0: none */
	const char *error; /* a constant; NULL: none */
};

/* Both: body and headers are copied.  ctx comes back from courier_turn. */
#define COURIER_HEADERS 8
MUST_USE enum err courier_post(struct courier *c, const char *url,
    const char *const *headers, struct span body, void *ctx);
MUST_USE enum err courier_mail(struct courier *c, const char *from,
    const char *to, struct span message, void *ctx);
/* Works for up to ms milliseconds, or until courier_wake; calls done for each
 * that is over. */
void courier_turn(struct courier *c, int ms,
    void (*done)(void *arg, void *ctx, const struct courier_answer *a),
    void *arg);
/* From any thread. */
void courier_wake(struct courier *c);

#endif
