/* SPDX-License-Identifier: ISC */
#ifndef TOUCH_H
#define TOUCH_H

#include <time.h>

#include "chain/span.h"

/*
 * "touch YubiKey 17654321, slot 9c (15 s)" on stderr, while an operation waits
 * for it: only when it has gone on for TOUCH_AFTER milliseconds, as one that
 * needs no touch is over before.  At a terminal the line is taken away again
 * at the end; elsewhere it is one plain line.  A thread of its own waits, so
 * that whatever blocks need not know.
 */
#define TOUCH_AFTER 400

struct touch;

/* after: TOUCH_AFTER.  NULL when nothing could be begun, and the line is there
 * already then. */
struct touch *touch_begin(const char *device, unsigned after);
/* Nothing appears after this has returned.  t may be NULL. */
void touch_end(struct touch *t);

/* Has the line appeared?  Not after touch_end. */
bool touch_shown(struct touch *t);

/* When it appears: so many milliseconds after it began. */
struct timespec touch_due(struct timespec began, unsigned after);

#endif
