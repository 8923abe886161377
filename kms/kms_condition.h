/* SPDX-License-Identifier: ISC */
#ifndef KMS_CONDITION_H
#define KMS_CONDITION_H

#include "kms_lint.h"

/*
 * The PCR conditions of a statement's Condition block (NULL: it has none) into
 * use.  True when they name one exact value for each of PCR0, PCR1 and PCR2
 * at least; else what is wrong is added to l.
 */
bool kms_condition_read(struct kms_lint *l, int statement,
    const json_t *condition, struct kms_use *use);

#endif
