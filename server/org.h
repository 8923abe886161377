/* SPDX-License-Identifier: ISC */
#ifndef ORG_H
#define ORG_H

#include <stdio.h>

#include "db.h"

/* `encld org`: how the first organisation and its first token come to be.
 * Both open a connection of their own. */

/* Makes the organisation, its owner and a token with all scopes; the token
 * alone goes to out, talk to stderr.  ERR_NAME_TAKEN, ERR_DATABASE. */
MUST_USE enum err org_create(const char *conninfo, const char *name,
    const char *owner, FILE *out);
/* One line an organisation: id, name. */
MUST_USE enum err org_list(const char *conninfo, FILE *out);

#endif
