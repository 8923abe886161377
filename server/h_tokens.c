/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit.h"
#include "auth.h"
#include "body.h"
#include "db_token.h"
#include "handlers.h"
#include "idem.h"
#include "page.h"
#include "scope.h"
#include "server.h"
#include "token.h"
#include "view/view.h"

#define LIFE_MS (UINT64_C(90) * 86400000)
#define LIFE_MIN_MS 60000
#define LIFE_MAX_MS (UINT64_C(3660) * 86400000)

static json_t *
token_view(const struct db_token *t)
{
	return json_pack("{s:o,s:s,s:s,s:o,s:o,s:o,s:o}", "id",
	    json_sprintf("%lld", (long long)t->id), "name", t->name, "member",
	    t->member, "scopes", scope_json(t->scopes), "created",
	    view_time(t->created), "expires", view_time(t->expires),
	    "last_used", t->last_used ? view_time(t->last_used) : json_null());
}

enum err
h_tokens_list(struct req *q, struct reply *r)
{
	struct db_token *t;
	size_t limit, n;
	json_t *items;
	int64_t after;

	TRY(page_query_id(q, &limit, &after));
	TRY(db_token_list(q->db, q->arena, q->who.org, after, limit + 1, &t,
	    &n));
	items = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		page_add(&items, token_view(&t[i]));
	return page_reply_id(q, r, items, n > limit ? t[limit - 1].id : 0);
}

/* Nobody hands on more than they have, nor more than the bearer's role. */
static enum err
may_give(struct req *q, struct reply *r, const struct db_member *m,
    uint32_t scopes)
{
	if (m->id != q->who.member && !(q->who.scopes & SCOPE_MEMBER_MANAGE))
		return reply_problem(r, ERR_SCOPE,
		    "A token of another member needs the scope member:manage.");
	if (scopes & ~q->who.scopes)
		return reply_problem(r, ERR_SCOPE,
		    "A token cannot have scopes that its maker lacks.");
	if (scopes & ~scope_of_role(m->role))
		return reply_problem(r, ERR_SCOPE,
		    "The role %s cannot have all of these scopes.",
		    db_member_roles[m->role]);
	return OK;
}

static enum err
create(struct req *q, struct reply *r, struct db_token *t)
{
	char text[TOKEN_TEXT + 1];
	struct db_member m;
	struct h32 hash;
	json_t *j;
	enum err e;

	TRY(db_member_find(q->db, q->arena, q->who.org, t->member, &m));
	TRY(may_give(q, r, &m, t->scopes));
	TRY(token_make(text, &hash));
	TRY(db_token_create(q->db, q->who.org, m.id, t->name, &hash, t->scopes,
	    t->expires, &t->id));
	TRY(audit_add(q, "token.create", t->name));
	j = token_view(t);
	if (j && json_object_set_new(j, "token", json_string(text)) != 0) {
		json_decref(j);
		j = NULL;
	}
	sodium_memzero(text, sizeof text);
	e = reply_json(q, r, j);
	return e;
}

enum err
h_tokens_create(struct req *q, struct reply *r)
{
	static const struct shape scope = { .type = SHAPE_CHOICE,
		.choice = scope_names };
	static const struct shape members[] = { BODY_NAME("name",
						    SHAPE_REQUIRED),
		{ .name = "scopes",
		    .type = SHAPE_ARRAY,
		    .flags = SHAPE_REQUIRED | SHAPE_UNIQUE,
		    .min = 1,
		    .max = 8,
		    .of = &scope },
		{ .name = "expires_in_ms",
		    .type = SHAPE_UINT,
		    .min = LIFE_MIN_MS,
		    .max = LIFE_MAX_MS },
		BODY_NAME("member", 0), { .type = SHAPE_END } };
	static const struct shape shape = { .type = SHAPE_OBJECT,
		.of = members };
	json_auto_t *j = NULL;
	struct db_token t = { .member = q->who.name, .created = q->now };
	const char *member;
	bool again;

	TRY(body_json(q, r, &shape, &j));
	TRY(body_string(q, j, "name", &t.name));
	TRY(body_string(q, j, "member", &member));
	if (member)
		t.member = member;
	t.scopes = scope_of_json(json_object_get(j, "scopes"));
	t.expires = q->now + body_uint(j, "expires_in_ms", LIFE_MS);
	TRY(idem_begin(q, r, &again));
	return idem_end(q, r, create(q, r, &t));
}

/* One's own, or anybody's with member:manage. */
static enum err
may_end(struct req *q, struct reply *r, int64_t id)
{
	struct db_token *t;
	size_t n;

	TRY(db_token_list(q->db, q->arena, q->who.org, id - 1, 1, &t, &n));
	if (n == 0 || t[0].id != id)
		return ERR_NOT_FOUND;
	if (strcmp(t[0].member, q->who.name) == 0 ||
	    (q->who.scopes & SCOPE_MEMBER_MANAGE))
		return OK;
	return reply_problem(r, ERR_SCOPE,
	    "A token of another member needs the scope member:manage.");
}

static enum err
end(struct req *q, struct reply *r, int64_t id, const char *text)
{
	TRY(may_end(q, r, id));
	TRY(db_token_end(q->db, q->who.org, id));
	return audit_add(q, "token.end", text);
}

enum err
h_tokens_delete(struct req *q, struct reply *r)
{
	const char *text = arena_string(q->arena, q->arg[0]);
	uint64_t id;
	bool again;

	if (text == NULL || text[0] == '\0' || page_after_uint(text, &id) != OK)
		return ERR_NOT_FOUND;
	TRY(idem_begin(q, r, &again));
	TRY(idem_end(q, r, end(q, r, (int64_t)id, text)));
	auth_forget(q->server->auth);
	return OK;
}
