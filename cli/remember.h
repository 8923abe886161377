/* SPDX-License-Identifier: ISC */
#ifndef REMEMBER_H
#define REMEMBER_H

#include "chain/walk.h"

/*
 * The newest entry of a chain as a verifier saw it, in a file of the caller's
 * choice: {"chain":hex,"seq":n,"entry":hex}.  The next run asks for the same
 * chain with this entry in it, so that a tail cannot be taken away unseen.
 */
struct remember {
	struct h32 chain;
	struct walk_pin newest;
};

/* A file that is not there is no error: *found.  ERR_FILE_READ,
 * ERR_CONFIG_BAD. */
MUST_USE enum err remember_read(const char *path, struct remember *r,
    bool *found);

/* ERR_FILE_WRITE. */
MUST_USE enum err remember_write(const char *path, const struct remember *r);

#endif
