/* SPDX-License-Identifier: ISC */
#ifndef EVIDENCE_TRUST_H
#define EVIDENCE_TRUST_H

#include "maker.h"

/* Whose devices this user believes: --evidence-root where the row has it
 * (ENCL_EVIDENCE_ROOT), else the files in evidence_roots of the context.
 * Found once, then the same again. */
MUST_USE enum err evidence_trust_get(const struct cli *c,
    const struct maker **r);

/* What evidence_trust_get found in this command, for whoever shows something
 * and has no struct cli; nobody before it was called. */
const struct maker *evidence_trust_known(void);

#endif
