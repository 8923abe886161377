/* SPDX-License-Identifier: ISC */
#ifndef DEFFILE_H
#define DEFFILE_H

#include <jansson.h>

#include "command.h"
#include "conf.h"

/* The definition file of an enclave, and the server's versions of it. */

/* Reads a definition, or a file of a format that becomes one, which is said
 * together with what is worth knowing about it; the canonical form's SHA-256
 * too.  *j is the caller's.
 * ERR_FILE_READ, ERR_DEFINITION_BAD with the first fault. */
MUST_USE enum err deffile_read(const char *path, json_t **j, struct h32 *id);

/* The same of the format with this id; NULL: whichever it is. */
MUST_USE enum err deffile_read_as(const char *path, const char *format,
    json_t **j, struct h32 *id);

/* The same without a word: *dialect and *notes as from dialect_import. */
MUST_USE enum err deffile_look(const char *path, const char *format, json_t **j,
    struct h32 *id, const char **dialect, json_t **notes);

/* The newest one that the server holds for the enclave, checked here. */
MUST_USE enum err deffile_fetch(const struct conf *k, const char *enclave,
    json_t **j, struct h32 *id);

/* Gives it to the server; one that it has already is no error. */
MUST_USE enum err deffile_push(const struct conf *k, const char *enclave,
    const json_t *j, json_t **answer);

#endif
