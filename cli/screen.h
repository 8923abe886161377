/* SPDX-License-Identifier: ISC */
#ifndef SCREEN_H
#define SCREEN_H

#include "act.h"

/* The signing screen, on stderr: what a->p says, decoded from the bytes that
 * are to be signed, beside the verified state of the chain. */
MUST_USE enum err screen_show(const struct act *a);

/* PCR by PCR, was and now; was may be NULL.  To stdout or stderr. */
void screen_pcrs(const struct pcrs *was, const struct pcrs *now, bool data);

/* What a policy says, was and now; was may be NULL. */
void screen_policy(const struct policy *was, const struct policy *now,
    bool data);

#endif
