/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_SECRET_H
#define DIALECT_SECRET_H

#include "dialect_row.h"

/* Notes where the source holds what looks like a secret, by the name that it
 * has or by how it is written: who sees a chain sees its definitions.  What
 * refers to one ("env:NAME", "$NAME", a path, an ARN) is none. */
void dialect_secret_notes(struct dialect_reader *r);

#endif
