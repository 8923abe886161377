/* SPDX-License-Identifier: ISC */
#include "idem.h"

#include <stdio.h>

#include "chain/hash.h"
#include "db_idempotency.h"
#include "route.h"

#define KEY_MAX 128
#define STATEMENT_TYPE "application/cbor"

static bool
wanted(const struct req *q)
{
	return q->route->idempotent_key && q->idempotency_key.p != NULL;
}

static enum err
check_key(struct span key)
{
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] <= ' ' || key.p[i] > '~')
			return ERR_HTTP_HEADER;
	return key.n >= 1 && key.n <= KEY_MAX ? OK : ERR_HTTP_HEADER;
}

/* SHA-256 of method, path and body, each with its length. */
static enum err
fingerprint(struct req *q, struct h32 *h)
{
	const struct span part[] = { q->method, q->path, q->body };
	size_t n = sizeof part + q->method.n + q->path.n + q->body.n;
	struct out o = arena_out(q->arena, n);

	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
		uint64_t length = part[i].n;

		out_put(&o, &length, sizeof length);
		out_put(&o, part[i].p, part[i].n);
	}
	return o.full ? ERR_OUT_OF_MEMORY : hash_sha256(out_span(&o), h);
}

static enum err
look(struct req *q, bool *again, struct db_idempotency *was)
{
	struct h32 request;

	TRY(check_key(q->idempotency_key));
	TRY(fingerprint(q, &request));
	return db_idempotency_begin(q->db, q->arena, q->who.org,
	    q->idempotency_key, &request, again, was);
}

static void
replay(struct reply *r, const struct db_idempotency *was)
{
	r->status = was->status;
	snprintf(r->location, sizeof r->location, "%s", was->location);
	reply_bytes(r, was->type, was->body);
}

enum err
idem_begin(struct req *q, struct reply *r, bool *again)
{
	struct db_idempotency was;
	enum err e;

	*again = false;
	TRY(db_begin(q->db));
	if (!wanted(q))
		return OK;
	e = look(q, again, &was);
	if (e != OK || *again)
		db_rollback(q->db);
	if (e == OK && *again)
		replay(r, &was);
	return e;
}

static enum err
keep(struct req *q, const struct reply *r)
{
	const struct db_idempotency is = { .status = r->status
							 ? r->status
							 : q->route->status,
		.type = r->type ? r->type : "",
		.location = r->location,
		.body = r->body };

	return wanted(q) ? db_idempotency_store(q->db, q->who.org,
			       q->idempotency_key, &is)
			 : OK;
}

enum err
idem_end(struct req *q, struct reply *r, enum err e)
{
	if (e == OK)
		e = keep(q, r);
	if (e == OK)
		return db_commit(q->db);
	db_rollback(q->db);
	return e;
}

enum err
idem_statement(struct req *q, struct span *statement)
{
	struct db_idempotency is = { .status = q->route->status,
		.type = STATEMENT_TYPE,
		.location = "",
		.body = *statement };
	bool again = false;
	enum err e;

	if (!wanted(q))
		return OK;
	TRY(db_begin(q->db));
	e = look(q, &again, &is);
	if (e == OK && !again)
		e = db_idempotency_store(q->db, q->who.org, q->idempotency_key,
		    &is);
	if (e == OK && !again)
		return db_commit(q->db);
	db_rollback(q->db);
	if (e == OK)
		*statement = is.body;
	return e;
}

enum err
idem_earlier(struct req *q, bool *is, struct span *statement)
{
	struct db_idempotency was;
	enum err e;

	*is = false;
	if (!wanted(q))
		return OK;
	TRY(db_begin(q->db));
	e = look(q, is, &was);
	db_rollback(q->db);
	if (e == OK && *is)
		*statement = was.body;
	return e;
}
