/* SPDX-License-Identifier: ISC */
#ifndef LOCATE_H
#define LOCATE_H

#include "shape.h"

/* Puts "line N: " before what each fault of a file says, where its place is
 * in the text and no line is named yet. */
void locate_faults(struct span text, struct shape_faults *f);

#endif
