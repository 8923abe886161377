/* SPDX-License-Identifier: ISC */
#ifndef BUNDLE_H
#define BUNDLE_H

#include "attest.h"

/*
 * The certificates of a document from the trusted root to the leaf, in the
 * order in which they stand there and no other: rules 6 to 8 of the profile.
 * point: the leaf's key, x || y, borrowed from the document.
 * ERR_DOC_ROOT, ERR_CERT_*.
 */
MUST_USE enum err bundle_verify(const struct attest *a, const struct h32 *root,
    uint64_t at, struct attest_cache *cache, const uint8_t **point);

#endif
