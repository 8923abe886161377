/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_SOURCE_H
#define DIALECT_SOURCE_H

#include "dialect_row.h"

/* The text of a file: how it is written, and how a definition keeps it. */

/* Reads text in the language that it is in, *syntax.  *v is the caller's.
 * Errors as definition_yaml. */
MUST_USE enum err dialect_source_load(struct span text,
    enum dialect_syntax *syntax, json_t **v, struct shape_faults *f);

/* The member `imported` of a definition: the text in lines where it is plain,
 * else in base64.  NULL when there is no memory. */
json_t *dialect_source_keep(struct span text, const char *id);

/* The reverse: *text is the caller's (free).  ERR_DEFINITION_BAD when it does
 * not have its SHA-256. */
MUST_USE enum err dialect_source_kept(const json_t *imported, char **text,
    size_t *n);

/* v written in a language, of the caller's (free); or NULL. */
char *dialect_source_write(const json_t *v, enum dialect_syntax syntax);

#endif
