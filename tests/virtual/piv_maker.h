/* SPDX-License-Identifier: ISC */
#ifndef PIV_MAKER_H
#define PIV_MAKER_H

#include "piv_card.h"

/* The maker of the cards, who issues each its attestation key: files in
 * VPIV_DIR (piv_env.h), made on first use.  Call it with the lock held. */
bool piv_maker_issue(struct piv_card *c);

#endif
