/* SPDX-License-Identifier: ISC */
#ifndef TIP_FETCH_H
#define TIP_FETCH_H

#include "target.h"

/* The newest checkpoint of a chain, from those who have one. */

/* From the chain's own server.  max_age in ms, UINT64_MAX: any; else the server
 * has some seconds to have it cosigned anew, and is asked this once:
 * ERR_WITNESSES_WAIT.  *found false: it has none. */
MUST_USE enum err tip_fetch_server(const struct target *t, uint64_t max_age,
    struct span *note, bool *found);

/* From a witness, or whoever monitors for it: URL/<SHA-256 of the origin in
 * hex>/checkpoint, tlog-witness.  *found false: it knows no such log. */
MUST_USE enum err tip_fetch_witness(const struct conf *k, const char *url,
    struct span origin, struct span *note, bool *found);

#endif
