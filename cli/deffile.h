/* SPDX-License-Identifier: ISC */
#ifndef DEFFILE_H
#define DEFFILE_H

#include <jansson.h>

#include "command.h"
#include "conf.h"

/* The definition file of an enclave, and the server's versions of it. */

/* Reads YAML or JSON; the canonical form's SHA-256 too.  *j is the caller's.
 * ERR_FILE_READ, ERR_DEFINITION_BAD with the first fault. */
MUST_USE enum err deffile_read(const char *path, json_t **j, struct h32 *id);

/* The same of a value that a server gave. */
MUST_USE enum err deffile_hash(const json_t *j, struct h32 *id);

/* The newest one that the server holds for the enclave, checked here. */
MUST_USE enum err deffile_fetch(const struct conf *k, const char *enclave,
    json_t **j, struct h32 *id);

/* Gives it to the server; one that it has already is no error. */
MUST_USE enum err deffile_push(const struct conf *k, const char *enclave,
    const json_t *j, json_t **answer);

#endif
