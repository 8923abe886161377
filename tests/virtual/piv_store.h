/* SPDX-License-Identifier: ISC */
#ifndef PIV_STORE_H
#define PIV_STORE_H

#include "piv_card.h"

/* The file of a card.  c->nv.serial and .firmware say which card it is, and
 * how it left the factory when there is no file yet.  Open locks it, against
 * other processes with the same card, until close. */
bool piv_store_open(struct piv_card *c);
void piv_store_close(struct piv_card *c);

/* As they leave the factory. */
void piv_store_factory_pins(struct piv_nv *nv);
/* The same for all but the attestation key. */
void piv_store_wipe(struct piv_nv *nv);
bool piv_store_mgm_is_default(const struct piv_nv *nv);

/* NULL: there is none, and none was made or there is no room. */
struct piv_slot *piv_store_slot(struct piv_nv *nv, uint8_t id, bool make);
struct piv_object *piv_store_object(struct piv_nv *nv, uint32_t tag, bool make);

#endif
