/* SPDX-License-Identifier: ISC */
#include "service.h"

#include <stdio.h>

#include "chain/text.h"
#include "system/event.h"

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
	struct vault_key *k = vault_find(s->vault, q->org, q->name);
	enum err e = OK;

	if (k == NULL) {
		/* Each takes memory and disk for good. */
		if (!bucket_take(&s->keys, &s->key_rate, now, &j->answer.wait))
			e = ERR_RATE_LIMITED;
		note(j, e == OK ? "key" : "refused", e);
		TRY(e);
		TRY(vault_new(s->vault, q->org, q->name, &k));
	}
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

/* Made on first use. */
static enum err
log_key(struct service *s, struct vault_key **k, struct h32 *public)
{
	struct span p;
	enum key_type type;

	TRY(vault_new(s->vault, PROTOCOL_OWN, span_str("log"), k));
	TRY(key_parse(span_of((*k)->blob, VAULT_BLOB), &type, &p, NULL));
	if (p.n != sizeof public->b)
		return ERR_INTERNAL;
	memcpy(public->b, p.p, p.n);
	return OK;
}

static void
answer_log_key(struct service_job *j, const struct vault_key *k)
{
	j->answer.key = span_of(k->blob + VAULT_BLOB - 32, 32);
}

static enum err
log_public(struct service *s, struct service_job *j, uint64_t now)
{
	struct vault_key *k;
	struct h32 public;

	(void)now;
	TRY(log_key(s, &k, &public));
	answer_log_key(j, k);
	return OK;
}

static enum err
judge_checkpoint(struct service *s, struct service_job *j, struct vault_key **k)
{
	const struct protocol_request *q = &j->request;
	struct decide_log w = { .name = q->name,
		.chain = q->chain,
		.next_seq = q->next,
		.head = q->head };
	struct out text = out_of(j->text, sizeof j->text);

	TRY(log_key(s, k, &w.key));
	if (q->entries.n > 0)
		TRY(decide_feed(s->decide, q->entries, &q->chain,
		    &j->answer.next));
	TRY(decide_checkpoint(s->decide, &w, &text, &j->answer.next));
	j->text_n = text.n;
	return OK;
}

/* No line in the log for one that is signed: there is one for every entry. */
static enum err
checkpoint(struct service *s, struct service_job *j, uint64_t now)
{
	struct vault_key *k;
	char chain[65], next[24];
	enum err e = judge_checkpoint(s, j, &k);

	(void)now;
	if (e == OK) {
		j->key = k;
		j->is_log = true;
	} else if (e != ERR_SIGNER_BEHIND) {
		(void)snprintf(next, sizeof next, "%llu",
		    (unsigned long long)j->request.next);
		(void)hex(&j->request.chain, chain);
		EVENT(PROGRAM, "refused", "kind", "checkpoint", "chain", chain,
		    "next", next, "code", err_code(e));
	}
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
	[PROTOCOL_LOG] = log_public,
	[PROTOCOL_CHECKPOINT] = checkpoint,
};

/* What works with keys by name knows nothing of the signer's own. */
static bool
is_own(const struct protocol_request *q)
{
	return q->org == PROTOCOL_OWN &&
	       (q->kind == PROTOCOL_NEW || q->kind == PROTOCOL_PUBLIC ||
		   q->kind == PROTOCOL_SIGN);
}

void
service_begin(struct service *s, struct span packet, uint64_t now,
    struct service_job *j)
{
	enum err e;

	memset(&j->answer, 0, sizeof j->answer);
	memset(&j->found, 0, sizeof j->found);
	j->key = NULL;
	j->is_log = false;
	e = protocol_request_decode(packet, &j->request);
	if (e == OK && is_own(&j->request))
		e = ERR_SIGNER_REFUSED;
	else if (e == OK)
		e = handlers[j->request.kind](s, j, now);
	else
		EVENT(PROGRAM, "malformed", "code", err_code(e));
	j->answer.code = e;
}

static void
finish_checkpoint(struct service_job *j)
{
	enum err e = vault_sign(j->key, span_of(j->text, j->text_n), j->sig);

	j->answer.code = e;
	if (e != OK)
		return;
	answer_log_key(j, j->key);
	j->answer.sig = span_of(j->sig, 64);
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
	if (j->is_log) {
		finish_checkpoint(j);
		return;
	}
	vault_signer(j->key, &signer);
	e = signer_sign(&signer, j->request.payload, j->sig, &n);
	j->answer.code = e;
	note(j, e == OK ? "signed" : "failed", e);
	if (e != OK)
		return;
	j->answer.key = span_of(j->key->blob, VAULT_BLOB);
	j->answer.sig = span_of(j->sig, n);
}
