/* SPDX-License-Identifier: ISC */
#ifndef EXIT_H
#define EXIT_H

#include "chain/err.h"

/* The exit code of an error, by its class; frozen, and in encl(1). */
int exit_code(enum err e);

/* The codes and what they mean, for help and the man page; meaning NULL ends
 * the list. */
struct exit_row {
	int code;
	const char *meaning;
};
extern const struct exit_row exit_rows[];

#endif
