/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "access.h"
#include "audit.h"
#include "body.h"
#include "db_delivery.h"
#include "db_event.h"
#include "db_webhook.h"
#include "deliver.h"
#include "handlers.h"
#include "idem.h"
#include "outside.h"
#include "page.h"
#include "parcel.h"
#include "server.h"
#include "view/view.h"

static json_t *
id_json(int64_t id)
{
	return json_sprintf("%lld", (long long)id);
}

static json_t *
time_or_null(uint64_t ms)
{
	return ms ? view_time(ms) : json_null();
}

static json_t *
webhook_view(const struct server *s, const struct db_webhook *w)
{
	char key[PARCEL_KEY];

	if (parcel_key(s, w->id, w->created, w->generation, key) != OK)
		return NULL;
	return json_pack("{s:o,s:s,s:o,s:s,s:o,s:o,s:o,s:o}", "id",
	    id_json(w->id), "url", w->url, "chain",
	    w->has_chain ? view_bytes_h32(&w->chain) : json_null(), "key", key,
	    "created", view_time(w->created), "rotated",
	    time_or_null(w->rotated), "failing_since", time_or_null(w->failing),
	    "disabled", time_or_null(w->disabled));
}

static json_t *
delivery_view(const struct db_delivery *d)
{
	json_t *j = json_pack("{s:o,s:o,s:o,s:o,s:o,s:i,s:b,s:o,s:i,s:o}", "id",
	    id_json(d->id), "message",
	    json_sprintf("msg_%lld", (long long)d->id), "created",
	    view_time(d->created), "tried", time_or_null(d->tried), "due",
	    time_or_null(d->due), "attempts", (int)d->attempts, "delivered",
	    d->done, "status",
	    d->status ? json_integer(d->status) : json_null(), "took_ms",
	    d->took, "error",
	    d->error[0] ? json_string(d->error) : json_null());

	if (j && d->has_entry &&
	    (json_object_set_new(j, "chain", view_bytes_h32(&d->chain)) ||
		json_object_set_new(j, "seq",
		    json_integer((json_int_t)d->seq)))) {
		json_decref(j);
		return NULL;
	}
	return j;
}

static enum err
number_of(struct req *q, size_t i, int64_t *id)
{
	const char *text = arena_string(q->arena, q->arg[i]);
	uint64_t v;

	if (!q->server->notice_key)
		return ERR_NOTICES_OFF;
	if (!text || !text[0] || page_after_uint(text, &v) != OK ||
	    v > INT64_MAX)
		return ERR_NOT_FOUND;
	*id = (int64_t)v;
	return OK;
}

enum err
h_webhooks_list(struct req *q, struct reply *r)
{
	struct db_webhook *w;
	size_t limit, n;
	json_t *items;
	int64_t after;

	TRY(page_query_id(q, &limit, &after));
	if (!q->server->notice_key)
		return ERR_NOTICES_OFF;
	TRY(db_webhook_list(q->db, q->arena, q->who.org, after, limit + 1, &w,
	    &n));
	items = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		page_add(&items, webhook_view(q->server, &w[i]));
	return page_reply_id(q, r, items, n > limit ? w[limit - 1].id : 0);
}

enum err
h_webhooks_get(struct req *q, struct reply *r)
{
	struct db_webhook w;
	int64_t id;

	TRY(number_of(q, 0, &id));
	TRY(db_webhook_get(q->db, q->arena, q->who.org, id, &w));
	return reply_json(q, r, webhook_view(q->server, &w));
}

/* A chain that the caller may look at. */
static enum err
find_chain(struct req *q, const char *text, struct h32 *chain)
{
	ACCESS_AUTO struct access a = { 0 };

	if (!view_bytes_unh32(text, chain))
		return ERR_NOT_FOUND;
	TRY(access_any(q, chain, &a));
	return !a.view->is_private || access_is_own(q, a.view) ? OK
							       : ERR_NOT_FOUND;
}

static enum err
create(struct req *q, struct reply *r, const char *url, const struct h32 *chain)
{
	struct db_webhook w;

	TRY(db_webhook_create(q->db, q->arena, q->who.org, chain, url, &w));
	TRY(audit_add(q, "webhook.create",
	    arena_printf(q->arena, "%lld", (long long)w.id)));
	return reply_json(q, r, webhook_view(q->server, &w));
}

enum err
h_webhooks_create(struct req *q, struct reply *r)
{
	static const struct shape members[] = { { .name = "url",
						    .type = SHAPE_LINE,
						    .flags = SHAPE_REQUIRED,
						    .min = 1,
						    .max = 2000 },
		{ .name = "chain", .type = SHAPE_HEX, .min = 32 },
		{ .type = SHAPE_END } };
	static const struct shape shape = { .type = SHAPE_OBJECT,
		.of = members };
	json_auto_t *j = NULL;
	const char *url, *text;
	struct h32 chain;
	bool again, some,
	    plain = q->server->settings.webhook_networks[0] != '\0';

	if (!q->server->notice_key)
		return ERR_NOTICES_OFF;
	TRY(body_json(q, r, &shape, &j));
	TRY(body_string(q, j, "url", &url));
	TRY(body_string(q, j, "chain", &text));
	if (!outside_url(span_str(url), plain))
		return body_fault(r, "/url",
		    "must be an https address without a user name");
	if (text)
		TRY(find_chain(q, text, &chain));
	/* "From now on" is after what is there, whether or not its place among
	 * all entries was given already. */
	if (text)
		TRY(db_event_place(q->db, &chain, 1, &some));
	TRY(idem_begin(q, r, &again));
	if (again)
		return OK;
	return idem_end(q, r, create(q, r, url, text ? &chain : NULL));
}

/* What is done to one webhook, and leaves a line. */
static enum err
change(struct req *q, enum err (*act)(struct db *db, int64_t org, int64_t id),
    int64_t id, const char *action)
{
	TRY(act(q->db, q->who.org, id));
	return audit_add(q, action,
	    arena_printf(q->arena, "%lld", (long long)id));
}

static enum err
change_and_show(struct req *q, struct reply *r,
    enum err (*act)(struct db *db, int64_t org, int64_t id), int64_t id,
    const char *action)
{
	struct db_webhook w;

	TRY(change(q, act, id, action));
	TRY(db_webhook_get(q->db, q->arena, q->who.org, id, &w));
	return reply_json(q, r, webhook_view(q->server, &w));
}

static enum err
change_once(struct req *q, struct reply *r,
    enum err (*act)(struct db *db, int64_t org, int64_t id), const char *action)
{
	int64_t id;
	bool again;

	TRY(number_of(q, 0, &id));
	TRY(idem_begin(q, r, &again));
	if (again)
		return OK;
	return idem_end(q, r, change_and_show(q, r, act, id, action));
}

enum err
h_webhooks_delete(struct req *q, struct reply *r)
{
	int64_t id;
	bool again;

	TRY(number_of(q, 0, &id));
	TRY(idem_begin(q, r, &again));
	return idem_end(q, r,
	    change(q, db_webhook_delete, id, "webhook.delete"));
}

enum err
h_webhooks_rotate(struct req *q, struct reply *r)
{
	return change_once(q, r, db_webhook_rotate, "webhook.rotate");
}

enum err
h_webhooks_enable(struct req *q, struct reply *r)
{
	return change_once(q, r, db_webhook_enable, "webhook.enable");
}

/* The log, newest first: after is the id of the last one that was seen. */
enum err
h_webhooks_deliveries(struct req *q, struct reply *r)
{
	struct db_delivery *d;
	struct db_webhook w;
	size_t limit, n;
	json_t *items;
	int64_t id, before;

	TRY(page_query_id(q, &limit, &before));
	TRY(number_of(q, 0, &id));
	TRY(db_webhook_get(q->db, q->arena, q->who.org, id, &w));
	TRY(db_delivery_list(q->db, q->arena, q->who.org, id, before, limit + 1,
	    &d, &n));
	items = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		page_add(&items, delivery_view(&d[i]));
	return page_reply_id(q, r, items, n > limit ? d[limit - 1].id : 0);
}

static enum err
show_delivery(struct req *q, struct reply *r, int64_t webhook, int64_t id)
{
	struct db_delivery *d;
	size_t n;

	TRY(db_delivery_list(q->db, q->arena, q->who.org, webhook, id + 1, 1,
	    &d, &n));
	if (n == 0)
		return ERR_NOT_FOUND;
	return reply_json(q, r, delivery_view(&d[0]));
}

enum err
h_webhooks_test(struct req *q, struct reply *r)
{
	int64_t id, delivery;

	TRY(number_of(q, 0, &id));
	TRY(db_delivery_test(q->db, q->who.org, id, &delivery));
	deliver_wake(q->server->deliver);
	return show_delivery(q, r, id, delivery);
}

enum err
h_webhooks_redeliver(struct req *q, struct reply *r)
{
	int64_t id, delivery;

	TRY(number_of(q, 0, &id));
	TRY(number_of(q, 1, &delivery));
	TRY(db_delivery_again(q->db, q->who.org, id, delivery));
	deliver_wake(q->server->deliver);
	return show_delivery(q, r, id, delivery);
}
