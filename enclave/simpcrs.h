/* SPDX-License-Identifier: ISC */
#ifndef SIMPCRS_H
#define SIMPCRS_H

#include "nsm_sim.h"

/* PCR values for a simulator, as its user gives them. */

/* "0=HEX", 96 digits. */
MUST_USE bool simpcrs_one(struct nsm_sim *sim, const char *text);

/* A file that holds "PCR0": "HEX" and so on, such as what nitro-cli prints;
 * at least one, and what else stands there is not looked at.  ERR_FILE,
 * ERR_PCRS_BAD. */
MUST_USE enum err simpcrs_file(struct nsm_sim *sim, const char *path);

#endif
