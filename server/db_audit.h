/* SPDX-License-Identifier: ISC */
#ifndef DB_AUDIT_H
#define DB_AUDIT_H

#include "db.h"

/*
 * What operators did.  Appended entries stand in the log by themselves: their
 * rows carry who and when.  Everything else is written with db_audit_add in
 * the transaction of what it describes.
 */
struct db_audit {
	uint64_t at;        /* Unix microseconds */
	const char *id;     /* with at, the place in the log */
	const char *actor;  /* the member's name, "" nobody in particular */
	const char *action; /* "token.create" */
	const char *object; /* "ci-bot", a chain id, ... */
	const char *request_id;
};

/* token 0: the server's own command line, and actor says who. */
MUST_USE enum err db_audit_add(struct db *db, int64_t org, int64_t token,
    const char *actor, const char *action, const char *object,
    const char *request_id);
/* Newest first, those older than (before_at, before_id); before_at 0: from
 * the newest. */
MUST_USE enum err db_audit_list(struct db *db, struct arena *a, int64_t org,
    uint64_t before_at, const char *before_id, size_t limit,
    struct db_audit **l, size_t *n);

#endif
