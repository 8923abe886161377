/* SPDX-License-Identifier: ISC */
#ifndef EVIDENCE_PUBLISH_H
#define EVIDENCE_PUBLISH_H

#include "chain/policy.h"
#include "conf.h"

/*
 * Shows the evidence of keys to whoever may see their chain.  It cannot be
 * taken back, and names the serial number of each device, so the person is
 * told and asked.
 */

/* What is at hand here (evidence_store.h) of the keys of these policies; b may
 * be NULL.  ERR_DECLINED; ERR_NOT_FOUND when there is nothing. */
MUST_USE enum err evidence_publish(const struct cli *c, const struct conf *k,
    const struct h32 *chain, const struct policy *a, const struct policy *b);

/* The same at the end of a command that did something else first: where there
 * is nothing to publish, or the person says no, that is said and is OK. */
MUST_USE enum err evidence_publish_asked(const struct cli *c,
    const struct conf *k, const struct h32 *chain, const struct policy *p);

#endif
