/* SPDX-License-Identifier: ISC */
#ifndef SITE_H
#define SITE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* A server with routes of its own, for tests that speak to it byte by byte:
 * /small, /page/{n}, /echo, /big, /worker, /late, /secret and /bug. */
void site_start(void);
void site_stop(void);

int site_dial(void);
void site_say(int fd, const char *p, size_t n);
#define SITE_END UINT_MAX
/* What comes: so many whole replies, and what else comes at once; or all until
 * the connection ends (then *closed), as it is waited for where the last reply
 * says that it will, or n is SITE_END. */
size_t site_hear(int fd, char *buf, size_t cap, unsigned n, bool *closed);

#define SITE_ANSWER (1 << 21)
extern char site_answer[SITE_ANSWER];
/* Requests on a connection of their own; the first one's status, and in
 * site_answer what came.  HEAD may stand last. */
unsigned site_ask(const char *request, bool *closed);
/* How many answers, and good ones, are in site_answer. */
unsigned site_replies(void);
unsigned site_served(void);

#endif
