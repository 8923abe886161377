/* SPDX-License-Identifier: ISC */
#ifndef SEALED_SEEN_H
#define SEALED_SEEN_H

#include "sealed_file.h"

/*
 * The newest epoch of each sealed key that was used here, in
 * $XDG_STATE_HOME/encl/sealed.yaml: how an old copy of a file is noticed.  By
 * its owner, that is: a thief has another folder.
 */

/* 0: this key was not used here.  ERR_CONFIG_BAD. */
MUST_USE enum err sealed_seen_get(const uint8_t public[32], uint64_t *epoch);

/* Where it cannot be remembered, that is said: the key works all the same. */
void sealed_seen_note(const uint8_t public[32], uint64_t epoch);

#endif
