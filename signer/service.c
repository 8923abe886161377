/* SPDX-License-Identifier: ISC */
#include "service.h"

#include <stdio.h>

#include "chain/text.h"
#include "enclave/event.h"

#define PROGRAM "encl-signer"

/* For a log line: hex of a hash, "" for zero. */
static const char *
hex(const struct h32 *h, char text[65])
{
	static const struct h32 zero;
	struct out o = out_of(text, 65);

	text[0] = '\0';
	if (!h32_eq(h, &zero))
		text_hex(&o, h32_span(h));
	return text[0] ? text : NULL;
}

/* One line for each decision about a signature. */
static void
note(const struct service_job *j, const char *event, enum err e)
{
	const struct decide_found *f = &j->found;
	const struct h32 *chain = payload_chain(&f->payload);
	char org[24], name[PROTOCOL_NAME + 1], of[65], payload[65], other[65];

	if (f->payload.bytes.p == NULL)
		chain = NULL;
	(void)snprintf(org, sizeof org, "%llu",
	    (unsigned long long)j->request.org);
	(void)snprintf(name, sizeof name, "%.*s", (int)j->request.name.n,
	    (const char *)j->request.name.p);
	EVENT(PROGRAM, event, "org", org, "key", name, "kind",
	    f->payload.bytes.p ? payload_kind_name(f->payload.kind) : "unknown",
	    "chain", chain ? hex(chain, of) : "", "payload",
	    hex(&f->hash, payload) ? payload : "", "code", err_code(e),
	    hex(&f->other, other) ? "other" : NULL, other);
}

static enum err
key_new(struct service *s, struct service_job *j, uint64_t now)
{
	const struct protocol_request *q = &j->request;
	struct vault_key *k;

	(void)now;
	if (vault_find(s->vault, q->org, q->name) == NULL)
		note(j, "key", OK);
	TRY(vault_new(s->vault, q->org, q->name, &k));
	j->answer.key = span_of(k->blob, VAULT_BLOB);
	return OK;
}

static enum err
key_public(struct service *s, struct service_job *j, uint64_t now)
{
	const struct vault_key *k =
	    vault_find(s->vault, j->request.org, j->request.name);

	(void)now;
	if (k == NULL)
		return ERR_KEY_MISSING;
	j->answer.key = span_of(k->blob, VAULT_BLOB);
	return OK;
}

static enum err
feed(struct service *s, struct service_job *j, uint64_t now)
{
	(void)now;
	return decide_feed(s->decide, j->request.entries, NULL,
	    &j->answer.next);
}

/* Entries that came along are taken before the statement is judged. */
static enum err
feed_along(struct service *s, struct service_job *j)
{
	struct payload p;

	if (j->request.entries.n == 0)
		return OK;
	TRY(payload_decode(j->request.payload, &p));
	if (p.kind == KIND_GENESIS)
		return ERR_CHAIN_FOREIGN;
	return decide_feed(s->decide, j->request.entries, payload_chain(&p),
	    &j->answer.next);
}

static enum err
take_token(struct service *s, struct service_job *j, struct vault_key *k,
    uint64_t now)
{
	return bucket_take(&k->bucket, &s->rate, now, &j->answer.wait)
		   ? OK
		   : ERR_RATE_LIMITED;
}

static enum err
judge(struct service *s, struct service_job *j, struct vault_key *k,
    uint64_t now)
{
	const struct protocol_request *q = &j->request;
	const struct decide_wanted w = { .payload = q->payload,
		.blob = span_of(k->blob, VAULT_BLOB),
		.kid = &k->kid,
		.next_seq = q->next,
		.head = q->head };
	enum err e;

	TRY(feed_along(s, j));
	e = decide_sign(s->decide, &w, &j->found);
	j->answer.next = q->next;
	if (e == ERR_SIGNER_BEHIND || e == ERR_SIGNER_AHEAD)
		j->answer.next = j->found.next;
	TRY(e);
	TRY(take_token(s, j, k, now));
	return decide_record(s->decide, &w, &j->found);
}

static enum err
sign(struct service *s, struct service_job *j, uint64_t now)
{
	struct vault_key *k =
	    vault_find(s->vault, j->request.org, j->request.name);
	enum err e;

	if (k == NULL)
		return ERR_KEY_MISSING;
	e = judge(s, j, k, now);
	if (e == OK)
		j->key = k;
	else if (e != ERR_SIGNER_BEHIND)
		note(j, "refused", e);
	return e;
}

static enum err
status(struct service *s, struct service_job *j, uint64_t now)
{
	(void)now;
	j->answer.next = ledger_count(s->ledger);
	return OK;
}

/* All that can be asked for. */
static enum err (*const handlers[PROTOCOL_KINDS])(struct service *s,
    struct service_job *j, uint64_t now) = {
	[PROTOCOL_NEW] = key_new,
	[PROTOCOL_PUBLIC] = key_public,
	[PROTOCOL_FEED] = feed,
	[PROTOCOL_SIGN] = sign,
	[PROTOCOL_STATUS] = status,
};

void
service_begin(struct service *s, struct span packet, uint64_t now,
    struct service_job *j)
{
	enum err e;

	memset(&j->answer, 0, sizeof j->answer);
	memset(&j->found, 0, sizeof j->found);
	j->key = NULL;
	e = protocol_request_decode(packet, &j->request);
	if (e == OK)
		e = handlers[j->request.kind](s, j, now);
	else
		EVENT(PROGRAM, "malformed", "code", err_code(e));
	j->answer.code = e;
}

void
service_finish(struct service *s, struct service_job *j)
{
	struct signer signer;
	size_t n;
	enum err e;

	(void)s;
	if (j->key == NULL)
		return;
	vault_signer(j->key, &signer);
	e = signer_sign(&signer, j->request.payload, j->sig, &n);
	j->answer.code = e;
	note(j, e == OK ? "signed" : "failed", e);
	if (e != OK)
		return;
	j->answer.key = span_of(j->key->blob, VAULT_BLOB);
	j->answer.sig = span_of(j->sig, n);
}
