/* SPDX-License-Identifier: ISC */
#include "parcel.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "notice_key.h"
#include "system/clock.h"
#include "telling.h"

#define OLD_KEY_MS UINT64_C(86400000) /* so long the one before still signs */
#define BASE64 sodium_base64_VARIANT_ORIGINAL

static enum err
dump(struct arena *a, json_t *j, struct span *text)
{
	char *s = j ? json_dumps(j, JSON_COMPACT) : NULL;

	json_decref(j);
	if (!s)
		return ERR_OUT_OF_MEMORY;
	*text = arena_copy(a, span_str(s));
	free(s);
	return text->p ? OK : ERR_OUT_OF_MEMORY;
}

static enum err
test_body(struct arena *a, const struct db_delivery_job *j, struct span *body)
{
	char id[24];

	(void)snprintf(id, sizeof id, "%lld", (long long)j->webhook);
	return dump(a,
	    json_pack("{s:s,s:o,s:{s:s,s:s}}", "type", "webhook.test",
		"timestamp", view_time(j->created), "data", "webhook", id,
		"text", "This is a test."),
	    body);
}

static enum err
happening_body(struct server *s, struct db *db, struct arena *a,
    const struct db_delivery_job *j, struct span *body)
{
	struct view_event_of v;
	TELLING_AUTO t = { 0 };

	TRY(telling_make(&t, s, db, a));
	TRY(telling_happening(&t, j->happening, &v));
	if (t.is_private && t.org != j->org)
		return ERR_NOT_FOUND;
	return dump(a, view_event_json(&v), body);
}

static enum err
event_body(struct server *s, struct db *db, struct arena *a,
    const struct db_delivery_job *j, struct span *body)
{
	struct view_event_of v;
	TELLING_AUTO t = { 0 };

	TRY(telling_make(&t, s, db, a));
	TRY(telling_look(&t, &j->chain, j->seq, 1));
	if (t.n == 0 || t.row[t.n - 1].seq != j->seq ||
	    (t.is_private && t.org != j->org))
		return ERR_NOT_FOUND;
	TRY(telling_event(&t, t.n - 1, &v));
	return dump(a, view_event_json(&v), body);
}

/* "v1a,SIGNATURE" of one key, and a space before what is not the first. */
static enum err
put_signature(const struct server *s, const struct notice_key_of *of,
    struct span text, struct out *o)
{
	char b64[sodium_base64_ENCODED_LEN(NOTICE_KEY_SIG, BASE64)];
	uint8_t sig[NOTICE_KEY_SIG];

	TRY(notice_key_sign(s->notice_key, of, text, sig));
	sodium_bin2base64(b64, sizeof b64, sig, sizeof sig, BASE64);
	if (o->n)
		out_put(o, " ", 1);
	out_put(o, "v1a,", 4);
	out_put(o, b64, strlen(b64));
	return OK;
}

static enum err
signatures(const struct server *s, const struct db_delivery_job *j,
    struct span text, char line[256])
{
	struct notice_key_of of = { j->webhook, j->made, j->generation };
	struct out o = out_of(line, 255);

	TRY(put_signature(s, &of, text, &o));
	if (j->rotated && clock_unix_ms() - j->rotated < OLD_KEY_MS) {
		of.generation--;
		TRY(put_signature(s, &of, text, &o));
	}
	line[o.n] = '\0';
	return o.full ? ERR_NO_SPACE : OK;
}

static enum err
dress(const struct server *s, struct arena *a, const struct db_delivery_job *j,
    struct parcel *p)
{
	unsigned long long now = clock_unix_ms() / 1000;
	struct out text = arena_out(a, p->body.n + 64);
	char head[64], line[256];

	(void)snprintf(head, sizeof head, "msg_%lld.%llu.", (long long)j->id,
	    now);
	out_put(&text, head, strlen(head));
	out_put(&text, p->body.p, p->body.n);
	if (text.full)
		return ERR_OUT_OF_MEMORY;
	TRY(signatures(s, j, out_span(&text), line));
	p->header[0] = "Content-Type: application/json";
	p->header[1] =
	    arena_printf(a, "webhook-id: msg_%lld", (long long)j->id);
	p->header[2] = arena_printf(a, "webhook-timestamp: %llu", now);
	p->header[3] = arena_printf(a, "webhook-signature: %s", line);
	p->header[4] = "Expect:";
	p->header[5] = NULL;
	return p->header[1] && p->header[2] && p->header[3] ? OK
							    : ERR_OUT_OF_MEMORY;
}

enum err
parcel_make(struct server *s, struct db *db, struct arena *a,
    const struct db_delivery_job *j, struct parcel *p)
{
	*p = (struct parcel){ 0 };
	TRY(j->has_entry   ? event_body(s, db, a, j, &p->body)
	    : j->happening ? happening_body(s, db, a, j, &p->body)
			   : test_body(a, j, &p->body));
	return dress(s, a, j, p);
}

enum err
parcel_key(const struct server *s, int64_t id, uint64_t created,
    uint32_t generation, char text[PARCEL_KEY])
{
	const struct notice_key_of of = { id, created, generation };
	uint8_t pk[32];

	TRY(notice_key_public(s->notice_key, &of, pk));
	memcpy(text, "whpk_", 5);
	sodium_bin2base64(text + 5, PARCEL_KEY - 5, pk, sizeof pk, BASE64);
	return OK;
}
