/* SPDX-License-Identifier: ISC */
#include "written.h"

#include <stdio.h>

#include "body.h"
#include "chain/text.h"
#include "definition/definition.h"
#include "definition/json_line.h"
#include "definition/locate.h"

/* Faults of what stands in the body at pointer, as faults of the body. */
static enum err
faults_below(const struct req *q, struct reply *r, const char *pointer,
    struct shape_faults *f)
{
	for (size_t i = 0; i < f->n; i++) {
		char whole[sizeof f->fault[i].pointer];

		if (snprintf(whole, sizeof whole, "%s%s", pointer,
			f->fault[i].pointer) < (int)sizeof whole)
			memcpy(f->fault[i].pointer, whole, sizeof whole);
	}
	locate_faults(q->body, json_line, f);
	return body_faults(r, ERR_DEFINITION_BAD, f);
}

static enum err
json_text(struct req *q, const json_t *j, struct span *text)
{
	size_t n = json_dumpb(j, NULL, 0, JSON_COMPACT);
	char *p = n ? arena_new(q->arena, n) : NULL;

	if (p == NULL || json_dumpb(j, p, n, JSON_COMPACT) != n)
		return ERR_OUT_OF_MEMORY;
	*text = span_of(p, n);
	return OK;
}

enum err
written_definition(struct req *q, struct reply *r, const json_t *j,
    const char *pointer, struct written *w)
{
	struct shape_faults f = { 0 };
	struct out o;
	enum err e;

	if (definition_check(j, &f) != OK)
		return faults_below(q, r, pointer, &f);
	o = arena_out(q->arena, DEFINITION_MAX);
	if (o.cap == 0)
		return ERR_OUT_OF_MEMORY;
	e = definition_canonical(j, &o, &w->sha256);
	if (e == ERR_NO_SPACE && definition_fits(j, &f) != OK)
		return faults_below(q, r, pointer, &f);
	TRY(e);
	w->cbor = out_span(&o);
	return json_text(q, j, &w->json);
}

/* A chain id is longer than any name. */
static enum err
of_chain(struct req *q, const struct h32 *chain, struct db_enclave *e)
{
	int64_t org;

	TRY(db_enclave_of_chain(q->db, q->arena, chain, &org, e));
	return org == q->who.org ? OK : ERR_NOT_FOUND;
}

enum err
written_enclave(struct req *q, struct db_enclave *e)
{
	const char *name;
	struct h32 chain;

	if (text_unhex(q->arg[0], chain.b, sizeof chain.b))
		return of_chain(q, &chain, e);
	if (!body_is_name(q->arg[0]))
		return ERR_NOT_FOUND;
	name = arena_string(q->arena, q->arg[0]);
	if (name == NULL)
		return ERR_OUT_OF_MEMORY;
	return db_enclave_find(q->db, q->arena, q->who.org, name, e);
}
