/* SPDX-License-Identifier: ISC */
#ifndef DEFINITION_CHANGES_H
#define DEFINITION_CHANGES_H

#include "target.h"

/* What a release changes in the definition, as diff_words has it; was NULL:
 * all of it is new.  The definitions are those of the chain file, and here,
 * if it is not NULL, is now's.  *changes is the caller's.  ERR_NOT_FOUND: the
 * file is without one of them. */
MUST_USE enum err definition_changes_of(const struct target *t,
    const struct release *was, const struct release *now, const json_t *here,
    json_t **changes);

/* As lines of a screen (lines.h), which somebody else wrote: what widens is
 * marked. */
void definition_changes_print(bool data, const json_t *changes);

#endif
