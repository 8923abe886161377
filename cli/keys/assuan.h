/* SPDX-License-Identifier: ISC */
#ifndef ASSUAN_H
#define ASSUAN_H

#include "chain/span.h"

/* Answers of a server that speaks Assuan, line by line: manual of Assuan,
 * "Server responses". */
#define ASSUAN_LINE 1000 /* a line, its end included */

/* libgpg-error */
#define ASSUAN_TIMEOUT 62
#define ASSUAN_CANCELED 99
#define ASSUAN_NOT_CONFIRMED 114
#define ASSUAN_FULLY_CANCELED 198

struct assuan {
	char *data; /* where D lines go, the caller's; NULL: none may come */
	size_t cap, n;
	bool done;        /* OK or ERR was there */
	unsigned refused; /* the code of an ERR line; 0: OK */
	char why[200];    /* what an ERR line says */
};

/* Takes one more line, without its end.  NULL, or what is wrong with it, a
 * constant that has nothing of the line. */
const char *assuan_take(struct assuan *a, const char *line);

#endif
