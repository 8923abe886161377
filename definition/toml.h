/* SPDX-License-Identifier: ISC */
#ifndef TOML_H
#define TOML_H

#include "shape.h"

/*
 * TOML 1.0, the plain part of it: tables, arrays of tables, inline tables,
 * dotted and quoted keys, one-line strings of both kinds, whole numbers,
 * booleans and arrays.  Fractions, dates and strings over several lines are
 * refused, as is what stands twice; at most SHAPE_DEPTH deep.  *j is the
 * caller's.  A fault names the line.
 * ERR_TOML_BAD, ERR_OUT_OF_MEMORY.
 */
MUST_USE enum err toml_load(struct span text, json_t **j,
    struct shape_faults *f);

/* The line of a place (RFC 6901) in text that toml_load takes, or of the
 * innermost thing around it; 0 when there is none. */
size_t toml_line(struct span text, const char *pointer);

#endif
