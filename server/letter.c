/* SPDX-License-Identifier: ISC */
#include "letter.h"

#include <sodium.h>
#include <stdio.h>
#include <time.h>

#include "atom.h"
#include "chain/text.h"
#include "notice_key.h"
#include "system/clock.h"
#include "telling.h"

#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define ADDRESS_MAX 254
#define LOCAL_MAX 64
#define LINE 76
#define BODY_MAX ((size_t)32 << 10)

static void
say(struct out *o, const char *text)
{
	out_put(o, text, strlen(text));
}

static bool
is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

/* Dots stand between others. */
static bool
dotted(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '.' &&
		    (i == 0 || i + 1 == s.n || s.p[i + 1] == '.'))
			return false;
	return s.n > 0;
}

bool
letter_is_address(struct span s)
{
	const uint8_t *at = s.n ? memchr(s.p, '@', s.n) : NULL;
	struct span local, host;
	bool dot = false;

	if (!at || s.n > ADDRESS_MAX)
		return false;
	local = span_of(s.p, (size_t)(at - s.p));
	host = span_of(at + 1, s.n - local.n - 1);
	if (local.n > LOCAL_MAX || !dotted(local) || !dotted(host))
		return false;
	for (size_t i = 0; i < local.n; i++)
		if (!is_alnum(local.p[i]) &&
		    (local.p[i] == 0 ||
			!strchr("!#$%&'*+-/=?^_`{|}~.", local.p[i])))
			return false;
	for (size_t i = 0; i < host.n; i++) {
		if (!is_alnum(host.p[i]) && host.p[i] != '-' &&
		    host.p[i] != '.')
			return false;
		dot |= host.p[i] == '.';
	}
	return dot && host.p[0] != '-' && host.p[host.n - 1] != '-';
}

static void
token_bytes(const struct server *s, int64_t id, uint64_t created,
    uint8_t b[8 + NOTICE_KEY_MAC])
{
	uint8_t of[16];

	for (size_t i = 0; i < 8; i++) {
		b[i] = (uint8_t)((uint64_t)id >> (56 - 8 * i));
		of[i] = b[i];
		of[8 + i] = (uint8_t)(created >> (56 - 8 * i));
	}
	notice_key_mac(s->notice_key, "subscription", span_of(of, 16), b + 8);
}

void
letter_token(const struct server *s, int64_t id, uint64_t created,
    char text[LETTER_TOKEN])
{
	uint8_t b[8 + NOTICE_KEY_MAC];

	token_bytes(s, id, created, b);
	sodium_bin2base64(text, LETTER_TOKEN, b, sizeof b, BASE64);
}

enum err
letter_token_find(struct server *s, struct db *db, struct span token,
    struct db_subscription *u)
{
	uint8_t b[8 + NOTICE_KEY_MAC], right[8 + NOTICE_KEY_MAC];
	uint64_t id = 0;
	size_t n;

	if (token.n != LETTER_TOKEN - 1 ||
	    sodium_base642bin(b, sizeof b, (const char *)token.p, token.n, NULL,
		&n, NULL, BASE64) != 0 ||
	    n != sizeof b || b[0] & 0x80)
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < 8; i++)
		id = id << 8 | b[i];
	TRY(db_subscription_get(db, (int64_t)id, u));
	token_bytes(s, (int64_t)id, u->created, right);
	return sodium_memcmp(b, right, sizeof b) == 0 ? OK : ERR_NOT_FOUND;
}

void
letter_quote(struct out *o, struct span s)
{
	size_t at = 0;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		bool last = i + 1 == s.n || s.p[i + 1] == '\n';
		bool plain = c >= ' ' && c <= '~' && c != '=' &&
			     !(c == ' ' && last) && !(c == '.' && at == 0);
		char code[4];

		if (c == '\n') {
			say(o, "\r\n");
			at = 0;
			continue;
		}
		if (at + (plain ? 1 : 3) > LINE - 1) {
			say(o, "=\r\n");
			at = 0;
			plain = plain && c != '.';
		}
		(void)snprintf(code, sizeof code, plain ? "%c" : "=%02X", c);
		say(o, code);
		at += strlen(code);
	}
	say(o, "\r\n");
}

static void
date_line(struct out *o)
{
	static const char *const day[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char *const month[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = (time_t)(clock_unix_ms() / 1000);
	char text[64];
	struct tm t;

	(void)gmtime_r(&now, &t);
	(void)snprintf(text, sizeof text,
	    "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", day[t.tm_wday % 7],
	    t.tm_mday, month[t.tm_mon % 12], t.tm_year + 1900, t.tm_hour,
	    t.tm_min, t.tm_sec);
	say(o, text);
}

/* What is put into a header is of one line, whoever wrote it. */
static void
header(struct out *o, const char *name, struct span value)
{
	say(o, name);
	say(o, ": ");
	for (size_t i = 0; i < value.n; i++) {
		uint8_t c = value.p[i];

		if (c < ' ' || c > '~')
			c = '?';
		out_put(o, &c, 1);
	}
	say(o, "\r\n");
}

/* The links of the mail: where it can be ended with one click, and a page. */
static void
link_headers(struct out *o, const char *link)
{
	say(o, "List-Unsubscribe: <");
	say(o, link);
	say(o, "/unsubscribe>\r\n"
	       "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
}

struct draft {
	struct server *server;
	const struct db_delivery_job *job;
	const char *to, *link;
	struct out subject, body;
};

static enum err
finish(struct arena *a, const struct draft *d, struct span *letter)
{
	struct out o = arena_out(a, 4 * BODY_MAX);
	struct span host = atom_host(d->server->settings.public_url);
	char id[64];

	header(&o, "From", span_str(d->server->settings.smtp_from));
	header(&o, "To", span_str(d->to));
	header(&o, "Subject", out_span(&d->subject));
	date_line(&o);
	(void)snprintf(id, sizeof id, "Message-ID: <encl.%lld@",
	    (long long)d->job->id);
	say(&o, id);
	out_put(&o, host.p, host.n);
	say(&o, ">\r\nAuto-Submitted: auto-generated\r\n");
	link_headers(&o, d->link);
	say(&o, "MIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n");
	letter_quote(&o, out_span(&d->body));
	if (o.full || d->body.full || d->subject.full)
		return ERR_NO_SPACE;
	*letter = out_span(&o);
	return OK;
}

static void
say_chain(struct out *o, const struct server *s, const struct h32 *chain,
    const char *before)
{
	char hex[65];
	struct out h = out_of(hex, sizeof hex);

	text_hex(&h, h32_span(chain));
	say(o, before);
	say(o, s->settings.public_url);
	say(o, "/v1/chains/");
	out_put(o, hex, 64);
}

static enum err
ask(struct draft *d, struct telling *t)
{
	struct span label = span_of(t->st->label, t->st->label_n);

	say(&d->subject, "Do you want mails about upgrades of ");
	out_put(&d->subject, label.p, label.n);
	say(&d->subject, "?");
	say(&d->body, "Somebody, perhaps you, asked that this address is told "
		      "of upgrades of the enclave\n\n    ");
	out_put(&d->body, label.p, label.n);
	say_chain(&d->body, d->server, &t->st->chain, "\n    ");
	say(&d->body,
	    "\n\nIf you want that, open this page and say so:\n\n    ");
	say(&d->body, d->link);
	say(&d->body, "\n\nIf not, do nothing: this is the only mail, and the "
		      "address is forgotten in a day.\n");
	return OK;
}

static void
say_names(struct out *o, const struct key *key, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			say(o, ", ");
		out_put(o, key[i].name.p, key[i].name.n);
	}
}

/* Who may stop it. */
static enum err
revokers(struct draft *d, const struct telling *t)
{
	struct policy p;
	char text[64];

	TRY(state_policy(t->st, &p));
	(void)snprintf(text, sizeof text,
	    "\nIt can be revoked by %llu of the "
	    "keys of: ",
	    (unsigned long long)p.threshold);
	say(&d->body, text);
	say_names(&d->body, p.control.key, p.control.n);
	if (p.guardians.n) {
		say(&d->body, "; or by a guardian: ");
		say_names(&d->body, p.guardians.key, p.guardians.n);
	}
	say(&d->body, ".\n");
	return OK;
}

static bool
ends_here(const uint8_t *p, size_t i, size_t n)
{
	return p[i] == '.' && (i + 1 == n || p[i + 1] == ' ');
}

/* The first sentence of the text says it. */
static void
subject_of(struct draft *d, struct span text)
{
	size_t n = 0;

	while (n < text.n && !ends_here(text.p, n, text.n))
		n++;
	out_put(&d->subject, text.p, n);
}

static enum err
entry_event(const struct draft *d, struct telling *t, struct view_event_of *v)
{
	if (t->n == 0 || t->row[t->n - 1].seq != d->job->seq || t->is_private)
		return ERR_NOT_FOUND;
	return telling_event(t, t->n - 1, v);
}

static enum err
event(struct draft *d, struct telling *t)
{
	struct view_event_of v;
	char text[VIEW_EVENT_TEXT];
	struct out o = out_of(text, sizeof text);

	TRY(d->job->happening ? telling_happening(t, d->job->happening, &v)
			      : entry_event(d, t, &v));
	view_event_text(&o, &v);
	if (o.full)
		return ERR_NO_SPACE;
	subject_of(d, out_span(&o));
	out_put(&d->body, o.p, o.n);
	say(&d->body, "\n");
	if (v.stage && t->st->phase != PHASE_OPEN &&
	    h32_eq(&v.stage_id, &t->st->stage_id))
		TRY(revokers(d, t));
	say_chain(&d->body, d->server, &t->st->chain,
	    "\nThis mail proves nothing. Check the chain yourself, with encl "
	    "or "
	    "another verifier:\n\n    ");
	say(&d->body, "\n\nNo more mails about it:\n\n    ");
	say(&d->body, d->link);
	say(&d->body, "\n");
	return OK;
}

static enum err
link_make(struct server *s, struct arena *a, const struct db_subscription *u,
    const char **link)
{
	char token[LETTER_TOKEN];

	letter_token(s, u->id, u->created, token);
	*link = arena_printf(a, "%s/v1/subscriptions/%s",
	    s->settings.public_url, token);
	return *link ? OK : ERR_OUT_OF_MEMORY;
}

enum err
letter_make(struct server *s, struct db *db, struct arena *a,
    const struct db_delivery_job *j, const char *to, struct span *letter)
{
	struct draft d = { .server = s,
		.job = j,
		.to = to,
		.subject = arena_out(a, 1024),
		.body = arena_out(a, BODY_MAX) };
	struct db_subscription u;
	TELLING_AUTO t = { 0 };

	TRY(db_subscription_get(db, j->subscription, &u));
	if (!j->has_entry && !j->happening && u.confirmed)
		return ERR_NOT_FOUND;
	TRY(link_make(s, a, &u, &d.link));
	TRY(telling_make(&t, s, db, a));
	TRY(telling_look(&t, &u.chain, j->has_entry ? j->seq : 0, 1));
	TRY(j->has_entry || j->happening ? event(&d, &t) : ask(&d, &t));
	return finish(a, &d, letter);
}
