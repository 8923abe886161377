/* SPDX-License-Identifier: ISC */
#ifndef SITE_H
#define SITE_H

#include <stdbool.h>
#include <stddef.h>

/* A server with routes of its own, for tests that speak to it byte by byte:
 * /small, /page/{n}, /echo, /big, /worker, /late, /secret and /bug. */
void site_start(void);
void site_stop(void);

int site_dial(void);
void site_say(int fd, const char *p, size_t n);
/* What comes within ms, up to the end of the connection (then *closed). */
size_t site_hear(int fd, char *buf, size_t cap, int ms, bool *closed);

#define SITE_ANSWER (1 << 21)
extern char site_answer[SITE_ANSWER];
/* One request on a connection of its own; its status, and in site_answer what
 * came. */
unsigned site_ask(const char *request, bool *closed);
/* How many answers, and good ones, are in site_answer. */
unsigned site_replies(void);
unsigned site_served(void);

#endif
