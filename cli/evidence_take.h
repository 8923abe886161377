/* SPDX-License-Identifier: ISC */
#ifndef EVIDENCE_TAKE_H
#define EVIDENCE_TAKE_H

#include "chain/policy.h"
#include "command.h"

/*
 * The `evidence` of keys that enter a policy: a device is asked for its proof,
 * a colleague's comes in a file; either is verified, kept at hand
 * (evidence_store.h), and named by its SHA-256.  One that does not verify or
 * is too weak is refused, with what hardware.h says of it, unless
 * --no-evidence leaves all of them out.  Rows without that option take none.
 */

/* Of a key that was given as a reference, text; other texts and holders
 * without a proof leave *k alone. */
MUST_USE enum err evidence_take_device(const struct cli *c, const char *text,
    struct key *k);

/* The bundles of --evidence FILE, each for the key of p that it certifies;
 * *changed is set when a key gets another than it had.  ERR_EVIDENCE_KEY: it
 * is about none of them. */
MUST_USE enum err evidence_take_files(const struct cli *c, struct policy *p,
    bool *changed);

#endif
