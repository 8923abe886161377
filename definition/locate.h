/* SPDX-License-Identifier: ISC */
#ifndef LOCATE_H
#define LOCATE_H

#include "shape.h"

/* Puts "line N: " before what each fault of a text says, where its place is in
 * it and no line is named yet.  line_of: of the language that it is in
 * (json_line, toml_line, yaml_line). */
void locate_faults(struct span text,
    size_t (*line_of)(struct span text, const char *pointer),
    struct shape_faults *f);

#endif
