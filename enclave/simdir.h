/* SPDX-License-Identifier: ISC */
#ifndef SIMDIR_H
#define SIMDIR_H

#include "chain/err.h"
#include "chain/span.h"

/* The folder of a simulator.  ERR_NSM with errno set when it cannot be used. */

/* The seed in dir/root.key; folder and seed are made when they are not there.
 * Several processes may do so at once and all get the same. */
MUST_USE enum err simdir_seed(const char *dir, uint8_t seed[32]);

/* Writes dir/root.der and dir/root.pem, each in one step. */
MUST_USE enum err simdir_root(const char *dir, struct span der);

#endif
