/* SPDX-License-Identifier: ISC */
#ifndef AUDIT_H
#define AUDIT_H

#include "reply.h"

/* A row of the audit log in the transaction that is open: what q's caller did
 * to object.  action: "token.create". */
MUST_USE enum err audit_add(struct req *q, const char *action,
    const char *object);

#endif
