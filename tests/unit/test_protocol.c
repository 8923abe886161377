/* SPDX-License-Identifier: ISC */
#include "chain/payload.h"
#include "signer/protocol.h"
#include "tests/lib/suite.h"

#define B(text) span_of(text, sizeof(text) - 1)

/* What is not exactly a request is refused, by its own name. */
START_TEST(requests_are_refused)
{
	const struct {
		const char *what;
		struct span bytes;
		enum err e;
	} table[] = {
		{ "right",
		    B("\x84mencl/signer/1cnew\x07"
		      "ddemo"),
		    OK },
		{ "right", B("\x82mencl/signer/1fstatus"), OK },
		{ "nothing", B(""), ERR_CBOR_TRUNCATED },
		{ "bytes", B("\xff\xff\xff"), ERR_CBOR_NOT_WELL_FORMED },
		{ "a map", B("\xa0"), ERR_CBOR_TYPE },
		{ "another version", B("\x82mencl/signer/2fstatus"),
		    ERR_ENTRY_VERSION },
		{ "an unknown kind", B("\x82mencl/signer/1fexport"),
		    ERR_KIND_UNKNOWN },
		{ "a kind of other case", B("\x82mencl/signer/1fStatus"),
		    ERR_KIND_UNKNOWN },
		{ "a field too many", B("\x83mencl/signer/1fstatus\x07"),
		    ERR_ENTRY_SHAPE },
		{ "a field too few", B("\x83mencl/signer/1cnew\x07"),
		    ERR_ENTRY_SHAPE },
		{ "bytes after it", B("\x82mencl/signer/1fstatus\x00"),
		    ERR_CBOR_TRAILING },
		{ "an end too early",
		    B("\x84mencl/signer/1cnew\x07"
		      "dde"),
		    ERR_CBOR_TRUNCATED },
		{ "a long number",
		    B("\x84mencl/signer/1cnew\x18\x07"
		      "ddemo"),
		    ERR_CBOR_NOT_SHORTEST },
		{ "a negative organisation",
		    B("\x84mencl/signer/1cnew\x26"
		      "ddemo"),
		    ERR_CBOR_TYPE },
		{ "no name", B("\x84mencl/signer/1cnew\x07`"), ERR_TEXT_BAD },
		{ "a name with a newline",
		    B("\x84mencl/signer/1cnew\x07"
		      "dde\no"),
		    ERR_TEXT_BAD },
		{ "no entries", B("\x83mencl/signer/1gentries\x40"),
		    ERR_CBOR_RANGE },
		{ "an endless array", B("\x9fmencl/signer/1fstatus\xff"),
		    ERR_CBOR_INDEFINITE },
	};
	struct protocol_request q;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		enum err e = protocol_request_decode(table[i].bytes, &q);

		ck_assert_msg(err_class(e) == err_class(table[i].e) &&
				  (e == OK) == (table[i].e == OK),
		    "%s: %s", table[i].what, err_code(e));
		ck_assert_msg(e == table[i].e, "%s: %s", table[i].what,
		    err_code(e));
	}
}
END_TEST

static uint8_t packet[PROTOCOL_MAX];

static struct span
encoded(const struct protocol_request *q)
{
	struct out o = out_of(packet, sizeof packet);

	protocol_request_encode(&o, q);
	ck_assert(!o.full);
	return out_span(&o);
}

START_TEST(what_is_written_is_read)
{
	static uint8_t payload[PAYLOAD_MAX], entries[PROTOCOL_ENTRIES];
	const struct protocol_request q = { .kind = PROTOCOL_SIGN,
		.org = 7,
		.name = span_str("deploy"),
		.payload = span_of(payload, sizeof payload),
		.next = 12,
		.head = { { 1, 2 } },
		.entries = span_of(entries, sizeof entries) };
	struct protocol_request r;

	/* The largest of all fits in a packet. */
	ck_assert_int_eq(protocol_request_decode(encoded(&q), &r), OK);
	ck_assert(r.kind == q.kind && r.org == 7 && r.next == 12 &&
		  h32_eq(&r.head, &q.head));
	ck_assert(span_eq(r.name, q.name) && span_eq(r.payload, q.payload) &&
		  span_eq(r.entries, q.entries));
}
END_TEST

START_TEST(a_checkpoint_is_asked_for_by_its_chain)
{
	static uint8_t entries[PROTOCOL_ENTRIES];
	struct protocol_request q = { .kind = PROTOCOL_CHECKPOINT,
		.org = 7,
		.name = span_str("log.example"),
		.chain = { { 3, 4 } },
		.next = 12,
		.head = { { 1, 2 } },
		.entries = span_of(entries, sizeof entries) };
	struct protocol_request r;

	ck_assert_int_eq(protocol_request_decode(encoded(&q), &r), OK);
	ck_assert(r.kind == q.kind && r.next == 12 && r.org == 0 &&
		  h32_eq(&r.head, &q.head) && h32_eq(&r.chain, &q.chain));
	ck_assert(span_eq(r.name, q.name) && span_eq(r.entries, q.entries));
	q.entries.n = 0;
	ck_assert_int_eq(protocol_request_decode(encoded(&q), &r), OK);
	q.name = span_str("");
	ck_assert_int_eq(protocol_request_decode(encoded(&q), &r),
	    ERR_TEXT_BAD);
	q = (struct protocol_request){ .kind = PROTOCOL_LOG };
	ck_assert_int_eq(protocol_request_decode(encoded(&q), &r), OK);
	ck_assert(r.kind == PROTOCOL_LOG);
}
END_TEST

START_TEST(a_payload_or_entries_too_long_are_refused)
{
	static uint8_t much[PROTOCOL_ENTRIES + 1];
	struct protocol_request q = { .kind = PROTOCOL_SIGN,
		.name = span_str("k"),
		.payload = span_of(much, PAYLOAD_MAX) },
				r;

	ck_assert_int_eq(protocol_request_decode(encoded(&q), &r), OK);
	q.payload.n++;
	ck_assert_int_eq(protocol_request_decode(encoded(&q), &r),
	    ERR_CBOR_RANGE);
	q.payload.n = 0;
	ck_assert_int_eq(protocol_request_decode(encoded(&q), &r),
	    ERR_CBOR_RANGE);
	q = (struct protocol_request){ .kind = PROTOCOL_FEED };
	q.entries = span_of(much, PROTOCOL_ENTRIES);
	ck_assert_int_eq(protocol_request_decode(encoded(&q), &r), OK);
	q.entries.n++;
	ck_assert_int_eq(protocol_request_decode(encoded(&q), &r),
	    ERR_CBOR_RANGE);
}
END_TEST

START_TEST(answers_carry_their_code)
{
	uint8_t buf[1024];
	struct protocol_answer a = { .code = ERR_RATE_LIMITED, .wait = 900 }, b;
	struct out o = out_of(buf, sizeof buf);

	protocol_answer_encode(&o, &a);
	ck_assert_int_eq(protocol_answer_decode(out_span(&o), &b), OK);
	ck_assert(b.code == ERR_RATE_LIMITED && b.wait == 900);
	o.n--;
	ck_assert_int_ne(protocol_answer_decode(out_span(&o), &b), OK);
	/* A code of a later version is one that is not known. */
	ck_assert_int_eq(
	    protocol_answer_decode(B("\x86mencl/signer/1dlate\x00\x00@@"), &b),
	    OK);
	ck_assert_int_eq(b.code, ERR_UNKNOWN_CODE);
	ck_assert_int_eq(
	    protocol_answer_decode(B("\x86mencl/signer/1bok\x00\x00@@"), &b),
	    OK);
	ck_assert_int_eq(b.code, OK);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { requests_are_refused,
		what_is_written_is_read, a_checkpoint_is_asked_for_by_its_chain,
		a_payload_or_entries_too_long_are_refused,
		answers_carry_their_code };

	return SUITE_RUN("protocol", t);
}
