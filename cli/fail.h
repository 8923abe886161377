/* SPDX-License-Identifier: ISC */
#ifndef FAIL_H
#define FAIL_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * What people read beside the sentence of an error: one detail and one hint
 * for the whole program, which ends after its first error.  `return
 * fail_with(ERR_X, "...")` where it happens; main prints it.
 */

/* Sets the detail unless there is one already, and returns e. */
MUST_USE enum err fail_with(enum err e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A further thing that is wrong, of the same kind; the first ones stay. */
#define FAIL_ALSO 15
void fail_also(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What to do about it; the first one stays. */
void fail_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A further code and id that the server gave. */
void fail_request_id(const char *id);

/* Forgets all of it: an error that was dealt with. */
void fail_forget(void);

const char *fail_detail(void);        /* "" when there is none */
const char *fail_also_text(size_t i); /* NULL after the last one */
const char *fail_hint_text(void);     /* "" */
const char *fail_request(void);       /* "" */

#endif
