/* SPDX-License-Identifier: ISC */
#ifndef DOOR_H
#define DOOR_H

#include <sys/types.h>

#include <signal.h>

#include "service.h"

/* The socket, who may come in, and the one thread that serves them. */
#define DOOR_UIDS 8
#define DOOR_CONNECTIONS 64

struct door {
	uid_t uid[DOOR_UIDS]; /* who may connect */
	size_t uid_n;
	struct service *service;
	int listen;
	const volatile sig_atomic_t *stop;
	const sigset_t *mask; /* while it waits */
	uint64_t turn;        /* from here on door.c's own */
	struct door_place *place;
};

/* Listens on path, taking the place of a socket that nobody listens on.
 * ERR_LISTEN. */
MUST_USE enum err door_open(struct door *d, const char *path);
/* Serves until *d->stop.  An error: the record cannot be written any more, and
 * nothing was answered that is not in it. */
MUST_USE enum err door_run(struct door *d);
void door_close(struct door *d);

#endif
