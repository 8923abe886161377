/* SPDX-License-Identifier: ISC */
#ifndef ACT_HELD_H
#define ACT_HELD_H

#include "act.h"

/* Has the server sign with the keys that it holds, and takes what they made
 * into a->proof, so that it can go elsewhere: through a draft on the chain's
 * server, which is ended again.  Each signature is verified with the key that
 * the screen showed.  Nothing is asked where no such key is among a's.
 * ERR_ANSWER_BAD, and what act_draft says. */
MUST_USE enum err act_held_sign(struct act *a);

#endif
