/* SPDX-License-Identifier: ISC */
#include "audit.h"

#include "db_audit.h"

enum err
audit_add(struct req *q, const char *action, const char *object)
{
	return db_audit_add(q->db, q->who.org, q->who.token, q->who.name,
	    action, object, q->request_id);
}
