/* SPDX-License-Identifier: ISC */
#ifndef EVIDENCE_SAY_H
#define EVIDENCE_SAY_H

#include "chain/hardware.h"

/* What is said to people of where a key lives, verified here.  The texts live
 * as long as the command. */

/* "held in hardware (verified here): touch always, PIN once, firmware 5.7.4";
 * "evidence HEX, not at hand"; "evidence HEX does not show hardware: CODE";
 * NULL where the policy names no evidence. */
const char *evidence_say_text(const struct key *k, const struct hardware *h);

/* The same of the bundle that is at hand here (evidence_store.h), with the
 * roots that evidence_trust_get found. */
const char *evidence_say_key(const struct key *k);

#endif
