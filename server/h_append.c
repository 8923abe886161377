/* SPDX-License-Identifier: ISC */
#include "append.h"
#include "handlers.h"
#include "limit.h"
#include "server.h"

enum err
h_append_create(struct req *q, struct reply *r)
{
	struct statement *t = arena_new(q->arena, sizeof *t);
	struct h32 chain;
	enum err e;

	if (t == NULL)
		return ERR_OUT_OF_MEMORY;
	e = entry_statement_decode(q->body, t);
	if (e == OK)
		e = req_arg_h32(q, 0, &chain);
	if (e != OK) {
		TRY(limit_take(q->server->limits, q, LIMIT_WRITE,
		    &r->retry_after));
		return e;
	}
	return append_statement(q, r, &chain, t);
}
