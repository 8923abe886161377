/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include <arpa/inet.h>

#include "access.h"
#include "body.h"
#include "db_event.h"
#include "db_subscription.h"
#include "deliver.h"
#include "handlers.h"
#include "letter.h"
#include "markup.h"
#include "notice_key.h"
#include "server.h"

#define HTML "text/html; charset=utf-8"

/* Whoever asks: an address, or a network where one house has many. */
static void
source_of(const struct req *q, uint8_t source[16])
{
	uint8_t mac[NOTICE_KEY_MAC], six[16];
	struct span of = span_str(q->peer);

	if (inet_pton(AF_INET6, q->peer, six) == 1)
		of = span_of(six, 8);
	notice_key_mac(q->server->notice_key, "source", of, mac);
	memcpy(source, mac, 16);
}

static enum err
read_address(struct req *q, struct reply *r, const char **address)
{
	static const struct shape members[] = { { .name = "email",
						    .type = SHAPE_LINE,
						    .flags = SHAPE_REQUIRED,
						    .min = 3,
						    .max = 254 },
		{ .type = SHAPE_END } };
	static const struct shape shape = { .type = SHAPE_OBJECT,
		.of = members };
	json_auto_t *j = NULL;

	TRY(body_json(q, r, &shape, &j));
	TRY(body_string(q, j, "email", address));
	return letter_is_address(span_str(*address))
		   ? OK
		   : body_fault(r, "/email", "must be one mail address");
}

/* The answer is the same whoever the address is, and whether it was heard of
 * before or too often. */
enum err
h_subscriptions_create(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	const char *address;
	uint8_t source[16];
	bool asked;

	if (!deliver_mails(q->server))
		return ERR_NOTICES_OFF;
	TRY(access_read(q, &a));
	if (a.view->is_private)
		return ERR_NOT_FOUND;
	TRY(read_address(q, r, &address));
	source_of(q, source);
	TRY(db_subscription_ask(q->db, &a.view->chain, address,
	    span_of(source, sizeof source), &asked));
	if (asked)
		deliver_wake(q->server->deliver);
	return reply_json(q, r,
	    json_pack("{s:s}", "text",
		"A mail is on its way that asks whether this address wants "
		"mails about the chain, unless it was asked a short while "
		"ago."));
}

static void
say(struct out *o, const char *text)
{
	out_put(o, text, strlen(text));
}

/* A page of ours: no script, no style, nothing from elsewhere. */
static enum err
page(struct req *q, struct reply *r, const char *text, struct span label,
    const char *action)
{
	struct out o = arena_out(q->arena, 4096);

	if (!o.cap)
		return ERR_OUT_OF_MEMORY;
	say(&o, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
		"charset=\"utf-8\"><meta name=\"viewport\" "
		"content=\"width=device-width\"><meta name=\"robots\" "
		"content=\"noindex\"><title>encl</title></head><body>\n<p>");
	say(&o, text);
	if (label.n) {
		say(&o, " <b>");
		markup_xml(&o, label);
		say(&o, "</b>");
	}
	say(&o, "</p>\n");
	if (action) {
		say(&o, "<form method=\"post\" action=\"");
		markup_xml(&o, span_of(q->path.p, q->path.n));
		say(&o, "/");
		say(&o, action);
		say(&o, "\"><input type=\"hidden\" name=\"sure\" value=\"yes\">"
			"<button>");
		say(&o, strcmp(action, "confirm") == 0 ? "Yes, send mails"
						       : "No more mails");
		say(&o, "</button></form>\n");
	}
	say(&o, "</body></html>\n");
	if (o.full)
		return ERR_NO_SPACE;
	r->cache = CACHE_NONE;
	reply_bytes(r, HTML, out_span(&o));
	return OK;
}

static enum err
over(struct req *q, struct reply *r)
{
	return page(q, r, "No mails are sent to this address about this chain.",
	    span_str(""), NULL);
}

/* *is false: there is none; the page says so. */
static enum err
find(struct req *q, struct db_subscription *u, bool *is)
{
	enum err e;

	*is = false;
	if (!q->server->notice_key)
		return ERR_NOTICES_OFF;
	e = letter_token_find(q->server, q->db, q->arg[0], u);
	*is = e == OK;
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
h_subscriptions_get(struct req *q, struct reply *r)
{
	ACCESS_AUTO struct access a = { 0 };
	struct db_subscription u;
	struct state *st;
	struct span label;
	bool is;

	TRY(find(q, &u, &is));
	if (!is)
		return over(q, r);
	TRY(access_any(q, &u.chain, &a));
	TRY(access_state(q, a.view, &st));
	label = span_of(st->label, st->label_n);
	if (u.confirmed)
		return page(q, r, "Mails are sent about upgrades of", label,
		    "unsubscribe");
	return page(q, r, "Do you want mails about upgrades of", label,
	    "confirm");
}

enum err
h_subscriptions_confirm(struct req *q, struct reply *r)
{
	struct db_subscription u;
	bool is, some;

	TRY(find(q, &u, &is));
	if (!is)
		return over(q, r);
	TRY(db_event_place(q->db, &u.chain, 1, &some));
	TRY(db_subscription_confirm(q->db, u.id));
	return page(q, r,
	    "From now on mails are sent. Each has a link that ends them.",
	    span_str(""), NULL);
}

enum err
h_subscriptions_end(struct req *q, struct reply *r)
{
	struct db_subscription u;
	bool is;

	TRY(find(q, &u, &is));
	if (is)
		TRY(db_subscription_delete(q->db, u.id));
	return over(q, r);
}
