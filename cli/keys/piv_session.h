/* SPDX-License-Identifier: ISC */
#ifndef PIV_SESSION_H
#define PIV_SESSION_H

#include "pcsc.h"
#include "piv_card.h"
#include "piv_ref.h"

/* A YubiKey that is plugged in, its PIV application chosen, in one
 * transaction. */
struct piv_session {
	struct pcsc *pcsc;
	struct piv_card card;
};

/* The one that the reference names.  ERR_KEY_AMBIGUOUS lists the serial
 * numbers; ERR_DEVICE_MISSING, _BUSY, _GONE, ERR_KEY_LIBRARY.  Close with
 * piv_session_close, also after an error. */
MUST_USE enum err piv_session_open(const struct piv_ref *r,
    struct piv_session *s);
void piv_session_close(struct piv_session *s);

/* Each that is plugged in, one after another, as long as each returns true.  A
 * busy one hides none of the others; its error comes last. */
typedef bool piv_session_fn(void *ctx, struct piv_session *s);
MUST_USE enum err piv_session_each(piv_session_fn *each, void *ctx);

/* "YubiKey 17654321, slot 9c", for people on this machine: the number names a
 * person's device.  Lives as long as the command. */
const char *piv_session_name(const struct piv_session *s, uint8_t slot);

#endif
