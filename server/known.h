/* SPDX-License-Identifier: ISC */
#ifndef KNOWN_H
#define KNOWN_H

#include <stdbool.h>

#include "chain/span.h"

/*
 * Definitions that the database is known to have for a chain.  They are never
 * removed there, so what was once found need not be looked for again.  A
 * bounded memory that all threads share: a miss says nothing.
 */
bool known_has(const struct h32 *chain, const struct h32 *definition);
/* Only after the transaction that brought it was committed. */
void known_add(const struct h32 *chain, const struct h32 *definition);

#endif
