/* SPDX-License-Identifier: ISC */
#include <check.h>

#include "enclave/message.h"
#include "enclave/nsm.h"
#include "tests/lib/suite.h"

static uint8_t BUF[MESSAGE_MAX + 64];

static struct span
request(const struct message_request *q)
{
	struct out o = out_of(BUF, sizeof BUF);

	message_request_encode(&o, q);
	ck_assert(!o.full);
	return out_span(&o);
}

static struct span
reply(const struct message_reply *r)
{
	struct out o = out_of(BUF, sizeof BUF);

	message_reply_encode(&o, r);
	ck_assert(!o.full);
	return out_span(&o);
}

/* Every prefix and every longer form of a good message is refused. */
static void
only_whole(struct span s, enum err (*decode)(struct span))
{
	static uint8_t copy[sizeof BUF + 1];

	memcpy(copy, s.p, s.n);
	copy[s.n] = 0;
	ck_assert_int_eq(decode(span_of(copy, s.n)), OK);
	ck_assert_int_eq(decode(span_of(copy, s.n + 1)), ERR_CBOR_TRAILING);
	for (size_t n = 0; n < s.n; n++)
		ck_assert_int_ne(decode(span_of(copy, n)), OK);
}

static enum err
decode_request(struct span s)
{
	struct message_request q;

	return message_request_decode(s, &q);
}

static enum err
decode_reply(struct span s)
{
	struct message_reply r;

	return message_reply_decode(s, &r);
}

START_TEST(requests_come_back)
{
	struct message_request q = { .kind = MESSAGE_HELLO }, b;

	ck_assert(span_is(request(&q), "\x81\x65hello"));
	only_whole(request(&q), decode_request);
	q.kind = MESSAGE_ENTRIES;
	q.body = span_str("entries");
	ck_assert_int_eq(message_request_decode(request(&q), &b), OK);
	ck_assert_int_eq(b.kind, MESSAGE_ENTRIES);
	ck_assert(span_eq(b.body, q.body));
	only_whole(request(&q), decode_request);
	q.kind = MESSAGE_REVOCATION;
	ck_assert_int_eq(message_request_decode(request(&q), &b), OK);
	ck_assert_int_eq(b.kind, MESSAGE_REVOCATION);
	q = (struct message_request){ .kind = MESSAGE_RECEIPT,
		.role = ROLE_RELEASED };
	memset(q.prev.b, 9, sizeof q.prev.b);
	ck_assert_int_eq(message_request_decode(request(&q), &b), OK);
	ck_assert_int_eq(b.role, ROLE_RELEASED);
	ck_assert(h32_eq(&b.prev, &q.prev));
	ck_assert_uint_eq(b.body.n, 0);
	only_whole(request(&q), decode_request);
	q.body = span_str("a checkpoint");
	ck_assert_int_eq(message_request_decode(request(&q), &b), OK);
	ck_assert(span_eq(b.body, q.body));
}
END_TEST

/* `live` says whatever a caller likes in its nonce: it must never pass for a
 * receipt of the chain. */
START_TEST(live_is_no_role_of_a_receipt)
{
	struct message_request q = { .kind = MESSAGE_RECEIPT };

	for (enum role r = ROLE_SEEN; r < ROLE_LIVE; r++) {
		q.role = r;
		ck_assert_int_eq(decode_request(request(&q)), OK);
	}
	q.role = ROLE_LIVE;
	ck_assert_int_eq(decode_request(request(&q)), ERR_MESSAGE);
}
END_TEST

START_TEST(live_nonce_is_1_to_1024)
{
	static const uint8_t nonce[NSM_FIELD_MAX + 1];
	struct message_request q = { .kind = MESSAGE_LIVE };

	for (size_t n = 0; n <= sizeof nonce; n++) {
		q.body = span_of(nonce, n);
		ck_assert_int_eq(decode_request(request(&q)),
		    n >= 1 && n <= NSM_FIELD_MAX ? OK : ERR_CBOR_RANGE);
	}
}
END_TEST

START_TEST(foreign_requests_are_refused)
{
	static const struct {
		const char *bytes;
		enum err want;
	} ROW[] = {
		{ "\x81\x65hello", OK },
		{ "\x81\x65Hello", ERR_MESSAGE },
		{ "\x81\x66hello ", ERR_MESSAGE },
		{ "\x81\x65"
		  "error",
		    ERR_MESSAGE },
		{ "\x82\x65hello\xf6", ERR_MESSAGE },
		{ "\x81\x67"
		  "entries",
		    ERR_MESSAGE },
		{ "\x82\x67"
		  "entries\x61x",
		    ERR_CBOR_TYPE },
		{ "\x82\x67"
		  "entries\x40",
		    ERR_CBOR_RANGE },
		{ "\x9f\x65hello\xff", ERR_CBOR_INDEFINITE },
		{ "\x81\x78\x05hello", ERR_CBOR_NOT_SHORTEST },
		{ "\xa1\x65hello\xf6", ERR_CBOR_TYPE },
		{ "\x81\x45hello", ERR_CBOR_TYPE },
	};

	for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++)
		ck_assert_msg(decode_request(span_str(ROW[i].bytes)) ==
				  ROW[i].want,
		    "row %zu: %s", i,
		    err_code(decode_request(span_str(ROW[i].bytes))));
}
END_TEST

static void
fill_pcrs(struct pcrs *p)
{
	static uint8_t value[3][PCR_SIZE];

	for (unsigned i = 0; i < 3; i++) {
		memset(value[i], (int)i + 1, PCR_SIZE);
		p->value[i] = value[i];
		p->mask |= UINT32_C(1) << i;
	}
}

START_TEST(replies_come_back)
{
	struct message_reply r = { .kind = MESSAGE_HELLO,
		.version = span_str("1"),
		.module_id = span_str("i-1-enc2"),
		.next_seq = 7 };
	struct message_reply b;

	fill_pcrs(&r.pcrs);
	ck_assert_int_eq(message_reply_decode(reply(&r), &b), OK);
	ck_assert_uint_eq(b.next_seq, 7);
	ck_assert(span_is(b.module_id, "i-1-enc2"));
	ck_assert(pcr_eq(&b.pcrs, &r.pcrs));
	only_whole(reply(&r), decode_reply);
	r = (struct message_reply){ .kind = MESSAGE_RECEIPT,
		.payload = span_str("payload"),
		.document = span_str("document") };
	ck_assert_int_eq(message_reply_decode(reply(&r), &b), OK);
	ck_assert(span_is(b.payload, "payload"));
	ck_assert(span_is(b.document, "document"));
	only_whole(reply(&r), decode_reply);
	r.kind = MESSAGE_LIVE;
	only_whole(reply(&r), decode_reply);
	r.kind = MESSAGE_REVOCATION;
	only_whole(reply(&r), decode_reply);
	r.kind = MESSAGE_ENTRIES;
	only_whole(reply(&r), decode_reply);
}
END_TEST

START_TEST(every_error_comes_back)
{
	struct message_reply r = { .kind = MESSAGE_ERROR }, b;

	for (int e = OK + 1; e < ERR_COUNT; e++) {
		r.err = (enum err)e;
		ck_assert_int_eq(message_reply_decode(reply(&r), &b), OK);
		ck_assert_int_eq(b.err, e);
	}
	ck_assert_int_eq(message_reply_decode(span_str("\x83\x65"
						       "error\x62ok\x61s"),
			     &b),
	    OK);
	ck_assert_int_eq(b.err, ERR_UNKNOWN_CODE);
}
END_TEST

START_TEST(frame_is_1_to_1_mib)
{
	static const struct {
		uint8_t head[MESSAGE_FRAME];
		enum err want;
	} ROW[] = {
		{ { 0, 0, 0, 0 }, ERR_TOO_LARGE },
		{ { 0, 0, 0, 1 }, OK },
		{ { 0, 0x10, 0, 0 }, OK },
		{ { 0, 0x10, 0, 1 }, ERR_TOO_LARGE },
		{ { 0xff, 0xff, 0xff, 0xff }, ERR_TOO_LARGE },
	};
	uint8_t head[MESSAGE_FRAME];
	size_t n;

	for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++) {
		ck_assert_int_eq(message_frame(ROW[i].head, &n), ROW[i].want);
		message_frame_put(head, n);
		ck_assert_mem_eq(head, ROW[i].head, sizeof head);
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { requests_come_back,
		live_is_no_role_of_a_receipt, live_nonce_is_1_to_1024,
		foreign_requests_are_refused, replies_come_back,
		every_error_comes_back, frame_is_1_to_1_mib };

	return SUITE_RUN("message", t);
}
