/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "accept.h"
#include "access.h"
#include "audit.h"
#include "body.h"
#include "db_definition.h"
#include "handlers.h"
#include "idem.h"
#include "page.h"
#include "view/view.h"
#include "written.h"

static json_t *
ref_view(const struct db_definition *d)
{
	return json_pack("{s:I,s:o}", "version", (json_int_t)d->version,
	    "sha256", view_bytes_h32(&d->sha256));
}

static json_t *
item_view(const struct db_definition *d)
{
	return json_pack("{s:I,s:o,s:o}", "version", (json_int_t)d->version,
	    "sha256", view_bytes_h32(&d->sha256), "created",
	    view_time(d->created));
}

enum err
h_definitions_list(struct req *q, struct reply *r)
{
	struct db_definition *d;
	struct db_enclave e;
	const char *after;
	uint64_t from;
	size_t limit, n;
	json_t *items;

	TRY(page_query(q, NULL, &limit, &after));
	TRY(page_after_uint(after, &from));
	if (from > UINT32_MAX)
		return ERR_QUERY_BAD;
	TRY(written_enclave(q, &e));
	TRY(db_definition_list(q->db, q->arena, q->who.org, e.id,
	    (uint32_t)from, limit + 1, &d, &n));
	items = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		page_add(&items, item_view(&d[i]));
	return page_reply(q, r, items,
	    n > limit ? arena_printf(q->arena, "%u", d[limit - 1].version)
		      : NULL);
}

enum err
h_definitions_get(struct req *q, struct reply *r)
{
	const char *text = arena_string(q->arena, q->arg[1]);
	struct db_definition d;
	struct db_enclave e;
	uint64_t version;

	if (text == NULL || page_after_uint(text, &version) != OK ||
	    version == 0 || version > UINT32_MAX || text[0] == '0')
		return ERR_NOT_FOUND;
	TRY(written_enclave(q, &e));
	TRY(db_definition_get(q->db, q->arena, q->who.org, e.id,
	    (uint32_t)version, &d));
	reply_bytes(r, "application/json", d.json);
	return OK;
}

static enum err
add(struct req *q, struct reply *r, const struct written *w)
{
	struct db_definition d;
	struct db_enclave e;
	bool repeated;

	TRY(written_enclave(q, &e));
	TRY(db_definition_add(q->db, q->who.org, e.id, w->cbor, w->json, &d,
	    &repeated));
	if (!repeated)
		TRY(audit_add(q, "definition.create", e.name));
	r->status = repeated ? 200 : 201;
	snprintf(r->location, sizeof r->location,
	    "/v1/enclaves/%s/definitions/%u", e.name, d.version);
	return reply_json(q, r, ref_view(&d));
}

enum err
h_definitions_create(struct req *q, struct reply *r)
{
	static const struct shape shape = { .type = SHAPE_ANY };
	json_auto_t *j = NULL;
	struct written w;
	bool again;

	TRY(body_json(q, r, &shape, &j));
	TRY(written_definition(q, r, j, "", &w));
	TRY(idem_begin(q, r, &again));
	return again ? OK : idem_end(q, r, add(q, r, &w));
}

enum err
h_definitions_of_chain(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	bool json = accept_json(q->accept);
	struct db_definition d;
	struct h32 sha256;

	TRY(access_read(q, &a));
	TRY(req_arg_h32(q, 1, &sha256));
	TRY(db_definition_of_chain(q->db, q->arena, &a.view->chain, &sha256,
	    &d));
	r->cache = access_cache(&a, CACHE_IMMUTABLE);
	snprintf(r->etag, sizeof r->etag, "\"%.*s%s\"", (int)q->arg[1].n,
	    (const char *)q->arg[1].p, json ? ".json" : "");
	if (json)
		reply_bytes(r, "application/json", d.json);
	else
		reply_bytes(r, "application/cbor", d.cbor);
	return OK;
}
