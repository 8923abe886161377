/* SPDX-License-Identifier: ISC */
#include "message.h"

#include "chain/checkpoint.h"
#include "nsm.h"

#define LINE_MAX 200

static const char *const NAME[] = {
	[MESSAGE_HELLO] = "hello",
	[MESSAGE_ENTRIES] = "entries",
	[MESSAGE_REVOCATION] = "revocation",
	[MESSAGE_RECEIPT] = "receipt",
	[MESSAGE_LIVE] = "live",
	[MESSAGE_ERROR] = "error",
};

static enum err
take_kind(struct cbor *c, enum message_kind last, enum message_kind *kind)
{
	struct span name;

	TRY(cbor_line(c, 1, LINE_MAX, &name));
	for (enum message_kind k = MESSAGE_HELLO; k <= last; k++)
		if (span_is(name, NAME[k])) {
			*kind = k;
			return OK;
		}
	return ERR_MESSAGE;
}

static void
put_kind(struct out *o, enum message_kind kind, size_t fields)
{
	cbor_put_array(o, 1 + fields);
	cbor_put_text(o, span_str(NAME[kind]));
}

static enum err
take_role(struct cbor *c, enum role *role)
{
	struct span name;

	TRY(cbor_line(c, 1, LINE_MAX, &name));
	TRY(receipt_role(name, role));
	return *role == ROLE_LIVE ? ERR_MESSAGE : OK;
}

static enum err
take_request(struct cbor *c, struct message_request *q)
{
	switch (q->kind) {
	case MESSAGE_HELLO:
		return OK;
	case MESSAGE_ENTRIES:
	case MESSAGE_REVOCATION:
		return cbor_bytes(c, 1, MESSAGE_MAX, &q->body);
	case MESSAGE_RECEIPT:
		TRY(take_role(c, &q->role));
		TRY(cbor_h32(c, &q->prev));
		return cbor_bytes(c, 0, CHECKPOINT_MAX, &q->body);
	case MESSAGE_LIVE:
		return cbor_bytes(c, 1, NSM_FIELD_MAX, &q->body);
	case MESSAGE_ERROR:
		break;
	}
	return ERR_MESSAGE;
}

enum err
message_request_decode(struct span s, struct message_request *q)
{
	static const uint8_t FIELDS[] = { 0, 1, 1, 3, 1 };
	struct cbor c = cbor_of(s);
	size_t n;

	*q = (struct message_request){ 0 };
	TRY(cbor_array(&c, 1, 4, &n));
	TRY(take_kind(&c, MESSAGE_LIVE, &q->kind));
	if (n != 1U + FIELDS[q->kind])
		return ERR_MESSAGE;
	TRY(take_request(&c, q));
	cbor_close(&c);
	return cbor_end(&c);
}

void
message_request_encode(struct out *o, const struct message_request *q)
{
	switch (q->kind) {
	case MESSAGE_HELLO:
	case MESSAGE_ERROR:
		put_kind(o, q->kind, 0);
		break;
	case MESSAGE_ENTRIES:
	case MESSAGE_REVOCATION:
	case MESSAGE_LIVE:
		put_kind(o, q->kind, 1);
		cbor_put_bytes(o, q->body);
		break;
	case MESSAGE_RECEIPT:
		put_kind(o, q->kind, 3);
		cbor_put_text(o, span_str(payload_role_name(q->role)));
		cbor_put_bytes(o, h32_span(&q->prev));
		cbor_put_bytes(o, q->body);
		break;
	}
}

static enum err
take_hello(struct cbor *c, struct message_reply *r)
{
	TRY(cbor_line(c, 1, LINE_MAX, &r->version));
	TRY(cbor_h32(c, &r->chain));
	TRY(cbor_uint(c, &r->next_seq));
	TRY(pcr_decode(c, &r->pcrs));
	return cbor_line(c, 1, LINE_MAX, &r->module_id);
}

/* The sentence is for a person who looks at the wire; ours follows from the
 * code. */
static enum err
take_error(struct cbor *c, struct message_reply *r)
{
	struct span code, sentence;
	char text[LINE_MAX + 1] = "";

	TRY(cbor_line(c, 1, LINE_MAX, &code));
	TRY(cbor_line(c, 0, LINE_MAX, &sentence));
	memcpy(text, code.p, code.n);
	r->err = err_from_code(text);
	if (r->err == OK)
		r->err = ERR_UNKNOWN_CODE;
	return OK;
}

static enum err
take_reply(struct cbor *c, struct message_reply *r)
{
	switch (r->kind) {
	case MESSAGE_HELLO:
		return take_hello(c, r);
	case MESSAGE_ENTRIES:
		return cbor_uint(c, &r->next_seq);
	case MESSAGE_REVOCATION:
		return OK;
	case MESSAGE_RECEIPT:
		TRY(cbor_bytes(c, 1, PAYLOAD_MAX, &r->payload));
		return cbor_bytes(c, 1, ATTEST_DOC_MAX, &r->document);
	case MESSAGE_LIVE:
		return cbor_bytes(c, 1, ATTEST_DOC_MAX, &r->document);
	case MESSAGE_ERROR:
		return take_error(c, r);
	}
	return ERR_MESSAGE;
}

enum err
message_reply_decode(struct span s, struct message_reply *r)
{
	static const uint8_t FIELDS[] = { 5, 1, 0, 2, 1, 2 };
	struct cbor c = cbor_of(s);
	size_t n;

	*r = (struct message_reply){ 0 };
	TRY(cbor_array(&c, 1, 6, &n));
	TRY(take_kind(&c, MESSAGE_ERROR, &r->kind));
	if (n != 1U + FIELDS[r->kind])
		return ERR_MESSAGE;
	TRY(take_reply(&c, r));
	cbor_close(&c);
	return cbor_end(&c);
}

void
message_reply_encode(struct out *o, const struct message_reply *r)
{
	switch (r->kind) {
	case MESSAGE_HELLO:
		put_kind(o, r->kind, 5);
		cbor_put_text(o, r->version);
		cbor_put_bytes(o, h32_span(&r->chain));
		cbor_put_uint(o, r->next_seq);
		pcr_encode(o, &r->pcrs);
		cbor_put_text(o, r->module_id);
		break;
	case MESSAGE_ENTRIES:
		put_kind(o, r->kind, 1);
		cbor_put_uint(o, r->next_seq);
		break;
	case MESSAGE_REVOCATION:
		put_kind(o, r->kind, 0);
		break;
	case MESSAGE_RECEIPT:
		put_kind(o, r->kind, 2);
		cbor_put_bytes(o, r->payload);
		cbor_put_bytes(o, r->document);
		break;
	case MESSAGE_LIVE:
		put_kind(o, r->kind, 1);
		cbor_put_bytes(o, r->document);
		break;
	case MESSAGE_ERROR:
		put_kind(o, r->kind, 2);
		cbor_put_text(o, span_str(err_code(r->err)));
		cbor_put_text(o, span_str(err_sentence(r->err)));
		break;
	}
}

enum err
message_frame(const uint8_t head[MESSAGE_FRAME], size_t *n)
{
	*n = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
	     (size_t)head[2] << 8 | head[3];
	return *n && *n <= MESSAGE_MAX ? OK : ERR_TOO_LARGE;
}

void
message_frame_put(uint8_t head[MESSAGE_FRAME], size_t n)
{
	for (size_t i = 0; i < MESSAGE_FRAME; i++)
		head[i] = (uint8_t)(n >> 8 * (MESSAGE_FRAME - 1 - i));
}
