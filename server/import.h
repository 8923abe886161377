/* SPDX-License-Identifier: ISC */
#ifndef IMPORT_H
#define IMPORT_H

#include <stdio.h>

#include "settings.h"

/*
 * `encld import FILE`: entries that this database lost come back from a chain
 * file, while no server runs.  The whole file is judged as a verifier would;
 * its beginning must be what is here, and its end what encl-signer has seen,
 * when it has seen as much.  root: trusted, as for fsck.
 *
 * ERR_NOT_FOUND: there is no such chain here.  ERR_HEAD_MOVED: here is another
 * history.  ERR_SIGNER_AHEAD: the signer has seen more than the file has;
 * ERR_SIGNER_FORK, and what a walk says.
 */
MUST_USE enum err import_run(const struct settings *s, const struct h32 *root,
    size_t root_n, const char *file, FILE *out, char *why, size_t why_n);

#endif
