/* SPDX-License-Identifier: ISC */
#include "access.h"

#include "server.h"

void
access_drop(struct access *a)
{
	if (a->view)
		chains_drop(a->chains, a->view);
	a->view = NULL;
}

enum err
access_any(struct req *q, const struct h32 *chain, struct access *a)
{
	a->chains = q->server->chains;
	a->view = NULL;
	return chains_get(a->chains, q->db, chain, &a->view);
}

bool
access_is_own(const struct req *q, const struct chain_view *v)
{
	return q->who.known && q->who.org == v->org;
}

enum err
access_read(struct req *q, struct access *a)
{
	struct h32 chain;

	TRY(req_arg_h32(q, 0, &chain));
	TRY(access_any(q, &chain, a));
	if (!a->view->is_private)
		return OK;
	if (!access_is_own(q, a->view))
		return ERR_NOT_FOUND;
	return q->who.scopes & (SCOPE_ENCLAVE_READ | SCOPE_AGENT) ? OK
								  : ERR_SCOPE;
}

enum err
access_own(struct req *q, const struct h32 *chain, struct access *a)
{
	TRY(access_any(q, chain, a));
	return access_is_own(q, a->view) ? OK : ERR_NOT_FOUND;
}

enum err
access_state(struct req *q, const struct chain_view *v, struct state **st)
{
	*st = arena_new(q->arena, sizeof **st);
	return *st ? state_decode(v->state, *st) : ERR_OUT_OF_MEMORY;
}

enum cache
access_cache(const struct access *a, enum cache c)
{
	return a->view->is_private ? CACHE_NONE : c;
}
