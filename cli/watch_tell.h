/* SPDX-License-Identifier: ISC */
#ifndef WATCH_TELL_H
#define WATCH_TELL_H

#include <jansson.h>

#include "command.h"

/*
 * What a watcher says: one line on stdout for each event, and a command of the
 * user's choice.  Nothing of what others wrote is ever part of a command: the
 * event is JSON on its stdin, and the environment has names and numbers alone:
 *   ENCL_EVENT  the type      ENCL_CHAIN  64 hex digits
 *   ENCL_SEQ    of the newest entry that was verified, or empty
 *   ENCL_CODE   what is wrong, a stable code, or "ok"
 */
struct watch_event {
	const char *type; /* "upgrade.staged", "chain.wrong" */
	enum err code;
	const struct h32 *chain;
	const char *name;     /* what the user calls it */
	uint64_t entries;     /* that were verified; 0: none */
	const char *text;     /* a sentence or two */
	const char *evidence; /* a file, or NULL */
	json_t *data;         /* given away, or NULL */
};

/* exec: NULL: none.  A command that fails, or that takes more than a minute,
 * is said on stderr, and ends nothing. */
MUST_USE enum err watch_tell(const struct cli *c, const char *exec,
    const struct watch_event *v);

#endif
