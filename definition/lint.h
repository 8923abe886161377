/* SPDX-License-Identifier: ISC */
#ifndef LINT_H
#define LINT_H

#include <jansson.h>

#include "chain/err.h"
#include "chain/span.h"

/* Adds to notes, [{"pointer","text"}], what a checked definition allows that
 * its writer may not have meant; with ports also the rules that name none.
 * ERR_OUT_OF_MEMORY. */
MUST_USE enum err lint_notes(const json_t *d, bool ports, json_t *notes);

#endif
