/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "audit.h"
#include "body.h"
#include "db_key.h"
#include "handlers.h"
#include "idem.h"
#include "page.h"
#include "server.h"
#include "signer_call.h"
#include "view/view.h"

static json_t *
key_view(const struct db_key *k)
{
	char line[KEY_LINE_MAX], fingerprint[51];
	struct out o = out_of(line, sizeof line);

	key_line_encode(&o, k->blob, span_str(k->name));
	if (o.full)
		return NULL;
	key_fingerprint(&k->kid, fingerprint);
	return json_pack("{s:s,s:s%,s:s,s:o,s:o}", "name", k->name, "key", line,
	    o.n, "fingerprint", fingerprint, "kid", view_bytes_h32(&k->kid),
	    "created", view_time(k->created));
}

enum err
h_keys_list(struct req *q, struct reply *r)
{
	struct db_key *k;
	const char *after;
	size_t limit, n;
	json_t *items;

	TRY(page_query(q, NULL, &limit, &after));
	TRY(db_key_list(q->db, q->arena, q->who.org, after, limit + 1, &k, &n));
	items = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		page_add(&items, key_view(&k[i]));
	return page_reply(q, r, items, n > limit ? k[limit - 1].name : NULL);
}

enum err
h_keys_get(struct req *q, struct reply *r)
{
	const char *name = arena_string(q->arena, q->arg[0]);
	struct db_key k;

	if (!body_is_name(q->arg[0]))
		return ERR_NOT_FOUND;
	if (name == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(db_key_find(q->db, q->arena, q->who.org, name, &k));
	return reply_json(q, r, key_view(&k));
}

static enum err
create(struct req *q, struct reply *r, const char *name)
{
	const struct protocol_request ask = { .kind = PROTOCOL_NEW,
		.org = (uint64_t)q->who.org,
		.name = span_str(name) };
	struct signer_call_answer a;
	struct db_key k = { 0 };
	enum err e = db_key_find(q->db, q->arena, q->who.org, name, &k);

	if (e != ERR_NOT_FOUND)
		return e == OK ? ERR_NAME_TAKEN : e;
	/* A key that an earlier try left with the signer is this one. */
	e = signer_call_ask(q->server->signer, &ask, &a);
	if (e == ERR_RATE_LIMITED)
		r->retry_after = (unsigned)(a.wait / 1000 + 1);
	TRY(e);
	TRY(db_key_create(q->db, q->who.org, name, span_of(a.key, a.key_n),
	    &k));
	TRY(audit_add(q, "key.create", name));
	snprintf(r->location, sizeof r->location, "/v1/keys/%s", name);
	k.name = name;
	k.blob = span_of(a.key, a.key_n);
	return reply_json(q, r, key_view(&k));
}

enum err
h_keys_create(struct req *q, struct reply *r)
{
	static const struct shape members[] = {
		BODY_NAME("name", SHAPE_REQUIRED), { .type = SHAPE_END }
	};
	static const struct shape shape = { .type = SHAPE_OBJECT,
		.of = members };
	json_auto_t *j = NULL;
	const char *name;
	bool again;

	TRY(body_json(q, r, &shape, &j));
	TRY(body_string(q, j, "name", &name));
	TRY(idem_begin(q, r, &again));
	return again ? OK : idem_end(q, r, create(q, r, name));
}
