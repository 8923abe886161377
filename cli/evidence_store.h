/* SPDX-License-Identifier: ISC */
#ifndef EVIDENCE_STORE_H
#define EVIDENCE_STORE_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * Bundles that are at hand: files $XDG_DATA_HOME/encl/evidence/HEX.pem, by
 * their SHA-256, for this user alone, since they name a serial number; and
 * what the chain file of this command carries.
 */

/* ERR_FILE_WRITE. */
MUST_USE enum err evidence_store_put(const struct h32 *sha256,
    struct span bundle);

/* False: it is not at hand.  Its bytes have that hash; they live as long as
 * the command. */
bool evidence_store_get(const struct h32 *sha256, struct span *bundle);

/* The evidence items of this chain file are at hand from here on; it must live
 * as long as the command. */
void evidence_store_file(struct span chain_file);

#endif
