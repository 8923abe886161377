/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_H
#define DIALECT_H

#include "definition.h"

/*
 * The files in which other systems say what an enclave is, each read into a
 * definition and written from one.
 *
 * What was read is kept in the definition: its text under `imported`, and each
 * of its members that a definition has no place for under `extensions`.  So
 * what nobody edited is written byte for byte as it was, and nothing is ever
 * lost.  What a definition says and a format cannot is found by reading back
 * what was written.
 */

/* The ids of the formats, in the order in which they are tried; NULL after
 * the last one. */
const char *dialect_id(size_t i);

/* Reads a file of any format, or of the one whose id is given.  *id is its
 * format, *notes [{"pointer","text"}] what a reader of the file should know;
 * the pointers of notes and faults are places in the file, and a fault says
 * the line as well.  *d and *notes are the caller's, NULL on failure.
 * ERR_DEFINITION_BAD with faults, ERR_DEFINITION_FORMAT, ERR_TOO_LARGE,
 * ERR_OUT_OF_MEMORY. */
MUST_USE enum err dialect_import(struct span text, const char *format,
    json_t **d, const char **id, json_t **notes, struct shape_faults *f);

/* Writes a checked definition in a format: *text and *n are the caller's
 * (free).  ERR_DEFINITION_LOSSY: *lost, the caller's too, says as
 * definition_diff does what would be; ERR_DEFINITION_FORMAT. */
MUST_USE enum err dialect_export(const json_t *d, const char *format,
    char **text, size_t *n, json_t **lost);

/* A copy in which what means the same is the same: an egress rule for each
 * port, nothing that is the default, and no `imported`.  NULL when there is no
 * memory. */
json_t *dialect_meaning(const json_t *d);

#endif
