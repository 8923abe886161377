/* SPDX-License-Identifier: ISC */
#ifndef DEFINITION_YAML_H
#define DEFINITION_YAML_H

#include "shape.h"

/*
 * YAML 1.2, core schema, the plain part of it: one document, no anchors,
 * aliases, tags or directives; keys are text and stand once; no numbers with
 * a fraction or with leading zeros (quote them: 1.10 is a version, 0755 is
 * octal to some); at most SHAPE_DEPTH deep.  `no`, `on` and `12:30` are text.
 * *j is the caller's.  A fault names line and column.
 * ERR_YAML_BAD, ERR_OUT_OF_MEMORY.
 */
MUST_USE enum err yaml_load(struct span text, json_t **j,
    struct shape_faults *f);

/* The line of a place (RFC 6901) in text that yaml_load takes, or of the
 * innermost thing around it; 0 when there is none. */
size_t yaml_line(struct span text, const char *pointer);

#endif
