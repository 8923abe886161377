/* SPDX-License-Identifier: ISC */
#ifndef HINT_H
#define HINT_H

#include "chain/err.h"

/* What to do about an error, where the place that met it said nothing more
 * fitting (fail_hint).  NULL: its sentence is all there is to say. */
const char *hint_of(enum err e);

#endif
