/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "chain/attest.h"
#include "chain/version.h"
#include "checkpoints.h"
#include "handlers.h"
#include "openapi_embed.h"
#include "scope.h"
#include "server.h"
#include "view/view.h"

static json_t *
roots(const struct server *s)
{
	json_t *a = json_array();

	for (size_t i = 0; i < s->root_n; i++)
		if (json_array_append_new(a, view_bytes_h32(&s->root[i])) !=
		    0) {
			json_decref(a);
			return NULL;
		}
	return a;
}

/* What a policy says of the log, or null. */
static json_t *
log_view(const struct server *s)
{
	struct h32 key;

	if (!checkpoints_key(s->checkpoints, &key))
		return json_null();
	return json_pack("{s:s,s:o}", "name", checkpoints_name(s->checkpoints),
	    "key", view_bytes_base64(h32_span(&key)));
}

/* Those that this server can reach. */
static json_t *
witnesses(const struct server *s)
{
	const struct witness_list *l =
	    s->checkpoints ? checkpoints_witnesses(s->checkpoints) : NULL;
	json_t *a = json_array();

	for (size_t i = 0; l && i < l->n; i++)
		(void)json_array_append_new(a, json_string(l->peer[i].vkey));
	return a;
}

enum err
h_meta_discovery(struct req *q, struct reply *r)
{
	const char *url = q->server->settings.public_url;

	r->cache = CACHE_REVALIDATE;
	return reply_json(q, r,
	    json_pack("{s:s,s:s,s:s++,s:s,s:o,s:s++,s:o,s:o}", "name", "encl",
		"version", VERSION, "api", url, "/v1", "", "chain_format",
		"encl/1", "roots", roots(q->server), "openapi", url,
		"/openapi.json", "", "log", log_view(q->server), "witnesses",
		witnesses(q->server)));
}

enum err
h_meta_openapi(struct req *q, struct reply *r)
{
	(void)q;
	r->cache = CACHE_REVALIDATE;
	snprintf(r->etag, sizeof r->etag, "\"%s-%zu\"", VERSION,
	    openapi_embed().n);
	reply_bytes(r, "application/json", openapi_embed());
	return OK;
}

enum err
h_meta_whoami(struct req *q, struct reply *r)
{
	return reply_json(q, r,
	    json_pack("{s:s,s:s,s:o,s:o,s:o}", "organisation", q->who.org_name,
		"member", q->who.name, "token",
		json_sprintf("%lld", (long long)q->who.token), "scopes",
		scope_json(q->who.scopes), "expires",
		view_time(q->who.expires)));
}
