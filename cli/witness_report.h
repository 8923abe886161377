/* SPDX-License-Identifier: ISC */
#ifndef WITNESS_REPORT_H
#define WITNESS_REPORT_H

#include <jansson.h>

#include "chain/state.h"

/*
 * What a verification says of witnesses: those of the policy in force, and the
 * checkpoint over the newest entry (empty: none is at hand), of which tip and
 * witnessed are said as in chain/walk.h.
 */

/* {log,threshold,names:[..],newest:{code,witnessed_at,cosigned:[{name,at}]}},
 * or null where the policy has none. */
json_t *witness_report_json(const struct state *st, struct span checkpoint,
    enum err tip, uint64_t witnessed);

/* The same for people; nothing where the policy has none. */
void witness_report_text(const struct state *st, struct span checkpoint,
    enum err tip, uint64_t witnessed);

#endif
