/* SPDX-License-Identifier: ISC */
#ifndef PIV_MANAGE_H
#define PIV_MANAGE_H

#include "piv_card.h"

/* What needs the card's management key: SP 800-73-4 part 2 section 3.2.4 and
 * appendix A.1, with AES as Yubico has it since firmware 5.4.2. */
#define PIV_MANAGE_KEY_MAX 32

struct piv_manage {
	uint8_t alg;
	size_t key_size; /* bytes */
	bool is_default; /* the card says that it is the one of the factory */
	bool touch;      /* it asks for a touch each time */
	bool in_card;    /* the card keeps it itself, behind the PIN */
};

/* What the card says of its management key; before firmware 5.3 nothing, and
 * 3DES it is. */
MUST_USE enum err piv_manage_info(struct piv_card *c, struct piv_manage *m);

/* The factory's key, m->key_size bytes. */
void piv_manage_default(const struct piv_manage *m,
    uint8_t key[PIV_MANAGE_KEY_MAX]);

/* The key that the card keeps behind the PIN, which was shown to it.
 * ERR_MANAGEMENT_KEY: there is none, or not of this size. */
MUST_USE enum err piv_manage_kept(struct piv_card *c,
    const struct piv_manage *m, uint8_t key[PIV_MANAGE_KEY_MAX]);

/* Both sides prove that they have the key.  ERR_MANAGEMENT_KEY, also where
 * m->touch and nobody touched it: the card does not say which. */
MUST_USE enum err piv_manage_auth(struct piv_card *c,
    const struct piv_manage *m, const uint8_t key[PIV_MANAGE_KEY_MAX]);

/* Makes a key in a slot, over what was there; its public half goes to blob. */
MUST_USE enum err piv_manage_generate(struct piv_card *c, uint8_t slot,
    enum key_type type, enum piv_pin pin, enum piv_touch touch,
    struct out *blob);

#endif
