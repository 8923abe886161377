/* SPDX-License-Identifier: ISC */
#ifndef PIV_MAKE_H
#define PIV_MAKE_H

#include "holder.h"
#include "piv_ref.h"

/*
 * Makes a key in a slot of a YubiKey, asking for what that needs: whether a
 * key that is there may go, and the management key or the PIN that keeps it.
 * --pin-policy and --touch-policy of the command say how it may be used.  The
 * public half goes to blob.  ERR_DECLINED, ERR_MANAGEMENT_KEY, ERR_PIN,
 * ERR_DEVICE_*.
 */
MUST_USE enum err piv_make_key(const struct ui *ui, const struct piv_ref *ref,
    const struct holder_make *make, struct out *blob);

#endif
