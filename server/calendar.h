/* SPDX-License-Identifier: ISC */
#ifndef CALENDAR_H
#define CALENDAR_H

#include "telling.h"

/*
 * A chain as a calendar of RFC 5545: a VEVENT for each of the last stages, from
 * when it could come into force until it expires.  Its UID is the stage's name,
 * its SEQUENCE rises with each entry about it, and it is cancelled when it was
 * revoked, replaced or expired.  t has looked at the entries already.
 */
MUST_USE enum err calendar_write(struct out *o, struct telling *t);

#endif
