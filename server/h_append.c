/* SPDX-License-Identifier: ISC */
#include "append.h"
#include "handlers.h"

enum err
h_append_create(struct req *q, struct reply *r)
{
	struct statement *t = arena_new(q->arena, sizeof *t);
	struct h32 chain;

	if (t == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(entry_statement_decode(q->body, t));
	TRY(req_arg_h32(q, 0, &chain));
	return append_statement(q, r, &chain, t);
}
