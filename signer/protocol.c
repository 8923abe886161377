/* SPDX-License-Identifier: ISC */
#include "protocol.h"

#include "chain/cbor.h"
#include "chain/payload.h"

#define TAG "encl/signer/1"
#define ANSWER_ITEMS 6

enum field {
	END,
	ORG,
	NAME,
	PAYLOAD,
	CHAIN,
	NEXT,
	HEAD,
	MAYBE_ENTRIES,
	ENTRIES
};

static const struct row {
	const char *name;
	enum field field[7]; /* END after the last */
} rows[PROTOCOL_KINDS] = {
	[PROTOCOL_NEW] = { "new", { ORG, NAME } },
	[PROTOCOL_PUBLIC] = { "public", { ORG, NAME } },
	[PROTOCOL_FEED] = { "entries", { ENTRIES } },
	[PROTOCOL_SIGN] = { "sign",
	    { ORG, NAME, PAYLOAD, NEXT, HEAD, MAYBE_ENTRIES } },
	[PROTOCOL_STATUS] = { "status", { END } },
	[PROTOCOL_LOG] = { "log", { END } },
	[PROTOCOL_CHECKPOINT] = { "checkpoint",
	    { NAME, CHAIN, NEXT, HEAD, MAYBE_ENTRIES } },
};

static size_t
fields(const struct row *r)
{
	size_t n = 0;

	while (r->field[n] != END)
		n++;
	return n;
}

static void
put(struct out *o, enum field f, const struct protocol_request *q)
{
	switch (f) {
	case ORG:
		cbor_put_uint(o, q->org);
		break;
	case NAME:
		cbor_put_text(o, q->name);
		break;
	case PAYLOAD:
		cbor_put_bytes(o, q->payload);
		break;
	case CHAIN:
		cbor_put_bytes(o, h32_span(&q->chain));
		break;
	case NEXT:
		cbor_put_uint(o, q->next);
		break;
	case HEAD:
		cbor_put_bytes(o, h32_span(&q->head));
		break;
	case MAYBE_ENTRIES:
	case ENTRIES:
		cbor_put_bytes(o, q->entries);
		break;
	case END:
		break;
	}
}

void
protocol_request_encode(struct out *o, const struct protocol_request *q)
{
	const struct row *r = &rows[q->kind];

	cbor_put_array(o, 2 + fields(r));
	cbor_put_key(o, TAG);
	cbor_put_key(o, r->name);
	for (size_t i = 0; r->field[i] != END; i++)
		put(o, r->field[i], q);
}

static enum err
get(struct cbor *c, enum field f, struct protocol_request *q)
{
	switch (f) {
	case ORG:
		return cbor_uint(c, &q->org);
	case NAME:
		return cbor_line(c, 1, PROTOCOL_NAME, &q->name);
	case PAYLOAD:
		return cbor_bytes(c, 1, PAYLOAD_MAX, &q->payload);
	case CHAIN:
		return cbor_h32(c, &q->chain);
	case NEXT:
		return cbor_uint(c, &q->next);
	case HEAD:
		return cbor_h32(c, &q->head);
	case MAYBE_ENTRIES:
		return cbor_bytes(c, 0, PROTOCOL_ENTRIES, &q->entries);
	case ENTRIES:
		return cbor_bytes(c, 1, PROTOCOL_ENTRIES, &q->entries);
	case END:
		break;
	}
	return ERR_INTERNAL;
}

static enum err
tag(struct cbor *c)
{
	struct span v;

	TRY(cbor_line(c, 0, 64, &v));
	return span_is(v, TAG) ? OK : ERR_ENTRY_VERSION;
}

static enum err
kind(struct span name, enum protocol_kind *k)
{
	for (size_t i = 0; i < PROTOCOL_KINDS; i++) {
		if (span_is(name, rows[i].name)) {
			*k = (enum protocol_kind)i;
			return OK;
		}
	}
	return ERR_KIND_UNKNOWN;
}

enum err
protocol_request_decode(struct span s, struct protocol_request *q)
{
	struct cbor c = cbor_of(s);
	struct span name;
	size_t n;

	memset(q, 0, sizeof *q);
	if (s.n > PROTOCOL_MAX)
		return ERR_TOO_LARGE;
	TRY(cbor_array(&c, 2, 8, &n));
	TRY(tag(&c));
	TRY(cbor_line(&c, 0, 64, &name));
	TRY(kind(name, &q->kind));
	if (n != 2 + fields(&rows[q->kind]))
		return ERR_ENTRY_SHAPE;
	for (size_t i = 0; i < n - 2; i++)
		TRY(get(&c, rows[q->kind].field[i], q));
	cbor_close(&c);
	return cbor_end(&c);
}

void
protocol_answer_encode(struct out *o, const struct protocol_answer *a)
{
	cbor_put_array(o, ANSWER_ITEMS);
	cbor_put_key(o, TAG);
	cbor_put_key(o, err_code(a->code));
	cbor_put_uint(o, a->next);
	cbor_put_uint(o, a->wait);
	cbor_put_bytes(o, a->key);
	cbor_put_bytes(o, a->sig);
}

static enum err
code(struct cbor *c, enum err *e)
{
	char text[65];
	struct span v;

	TRY(cbor_line(c, 1, sizeof text - 1, &v));
	memcpy(text, v.p, v.n);
	text[v.n] = '\0';
	*e = err_from_code(text);
	return OK;
}

enum err
protocol_answer_decode(struct span s, struct protocol_answer *a)
{
	struct cbor c = cbor_of(s);
	size_t n;

	memset(a, 0, sizeof *a);
	TRY(cbor_array(&c, ANSWER_ITEMS, ANSWER_ITEMS, &n));
	TRY(tag(&c));
	TRY(code(&c, &a->code));
	TRY(cbor_uint(&c, &a->next));
	TRY(cbor_uint(&c, &a->wait));
	TRY(cbor_bytes(&c, 0, KEY_BLOB_MAX, &a->key));
	TRY(cbor_bytes(&c, 0, KEY_SIG_MAX, &a->sig));
	cbor_close(&c);
	return cbor_end(&c);
}

const char *
protocol_kind_name(enum protocol_kind k)
{
	return rows[k].name;
}
