/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "audit.h"
#include "auth.h"
#include "body.h"
#include "db_member.h"
#include "handlers.h"
#include "idem.h"
#include "page.h"
#include "server.h"
#include "view/view.h"

static json_t *
member_view(const struct db_member *m)
{
	return json_pack("{s:s,s:s,s:o}", "name", m->name, "role",
	    db_member_roles[m->role], "created", view_time(m->created));
}

enum err
h_members_list(struct req *q, struct reply *r)
{
	struct db_member *m;
	size_t limit, n;
	json_t *items;
	int64_t after;

	TRY(page_query_id(q, &limit, &after));
	TRY(db_member_list(q->db, q->arena, q->who.org, after, limit + 1, &m,
	    &n));
	items = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		page_add(&items, member_view(&m[i]));
	return page_reply_id(q, r, items, n > limit ? m[limit - 1].id : 0);
}

static enum err
create(struct req *q, struct reply *r, const char *name, enum db_role role)
{
	struct db_member m;
	int64_t id;

	TRY(db_member_create(q->db, q->who.org, name, role, &id));
	TRY(db_member_find(q->db, q->arena, q->who.org, name, &m));
	TRY(audit_add(q, "member.create", name));
	return reply_json(q, r, member_view(&m));
}

enum err
h_members_create(struct req *q, struct reply *r)
{
	static const struct shape members[] = { BODY_NAME("name",
						    SHAPE_REQUIRED),
		{ .name = "role",
		    .type = SHAPE_CHOICE,
		    .flags = SHAPE_REQUIRED,
		    .choice = db_member_roles },
		{ .type = SHAPE_END } };
	static const struct shape shape = { .type = SHAPE_OBJECT,
		.of = members };
	json_auto_t *j = NULL;
	const char *name, *text;
	enum db_role role;
	bool again;

	TRY(body_json(q, r, &shape, &j));
	TRY(body_string(q, j, "name", &name));
	TRY(body_string(q, j, "role", &text));
	if (!db_member_role(span_str(text), &role))
		return ERR_INTERNAL;
	TRY(idem_begin(q, r, &again));
	return again ? OK : idem_end(q, r, create(q, r, name, role));
}

static enum err
end(struct req *q, const char *name)
{
	TRY(db_member_end(q->db, q->who.org, name));
	return audit_add(q, "member.end", name);
}

enum err
h_members_delete(struct req *q, struct reply *r)
{
	const char *name = arena_string(q->arena, q->arg[0]);
	bool again;

	if (!body_is_name(q->arg[0]))
		return ERR_NOT_FOUND;
	if (name == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(idem_begin(q, r, &again));
	TRY(idem_end(q, r, end(q, name)));
	auth_forget(q->server->auth);
	return OK;
}
