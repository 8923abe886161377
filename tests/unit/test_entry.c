/* SPDX-License-Identifier: ISC */
#include "chain/entry.h"
#include "chain/evidence.h"
#include "chain/hash.h"
#include "tests/lib/forge.h"
#include "tests/lib/suite.h"

static uint8_t buf[ENTRY_MAX + 64];

static struct h32
h(uint8_t v)
{
	struct h32 r;

	memset(r.b, v, sizeof r.b);
	return r;
}

static struct proof
key_proof(uint8_t kid, const char *sig)
{
	return (struct proof){ PROOF_KEY, h(kid), span_str(sig) };
}

static struct proof
document(const char *doc)
{
	return (struct proof){ .kind = PROOF_DOCUMENT, .body = span_str(doc) };
}

static struct span
encode(bool genesis, uint64_t seq, struct span payload, struct proof *p,
    size_t n)
{
	struct h32 chain = h(1), prev = h(2);
	struct out o = out_of(buf, sizeof buf);

	ck_assert_int_eq(entry_encode(&o, genesis ? NULL : &chain, seq,
			     genesis ? NULL : &prev, payload, p, n),
	    OK);
	return out_span(&o);
}

static enum err
decode(struct span s)
{
	static struct entry e;

	return entry_decode(s, &e);
}

START_TEST(an_entry_comes_back)
{
	struct proof p[] = { key_proof(9, "b"), document("doc"),
		key_proof(8, "c"), key_proof(9, "a") };
	struct span s = encode(false, 7, span_str("payload"), p, 4);
	static struct entry e;
	struct h32 one = h(1), two = h(2);

	ck_assert_int_eq(entry_decode(s, &e), OK);
	ck_assert(!e.genesis && e.seq == 7 && h32_eq(&e.chain, &one));
	ck_assert(h32_eq(&e.prev, &two) && span_is(e.payload, "payload"));
	ck_assert_uint_eq(e.proof_n, 4);
	ck_assert(e.proof[0].kind == PROOF_DOCUMENT);
	ck_assert(span_is(e.proof[0].body, "doc"));
	ck_assert(e.proof[1].kid.b[0] == 8);
	ck_assert(span_is(e.proof[2].body, "a"));
	ck_assert(span_is(e.proof[3].body, "b"));
}
END_TEST

START_TEST(the_id_is_the_leaf_hash)
{
	struct span s = encode(true, 0, span_str("p"), NULL, 0);
	static struct entry e;
	struct h32 want;
	struct span leaf = forge_cat(2, forge_hex("00"), s);

	ck_assert_int_eq(hash_sha256(leaf, &want), OK);
	ck_assert_int_eq(entry_decode(s, &e), OK);
	ck_assert(e.genesis && h32_eq(&e.id, &want));
	ck_assert(h32_eq(&e.chain, &want));
}
END_TEST

START_TEST(only_genesis_has_no_chain)
{
	struct h32 chain = h(1), prev = h(2);
	struct out o;

	ck_assert_int_eq(decode(encode(true, 0, span_str("p"), NULL, 0)), OK);
	ck_assert_int_eq(decode(encode(true, 1, span_str("p"), NULL, 0)),
	    ERR_ENTRY_SHAPE);
	ck_assert_int_eq(decode(encode(false, 1, span_str("p"), NULL, 0)), OK);
	ck_assert_int_eq(decode(encode(false, 0, span_str("p"), NULL, 0)),
	    ERR_ENTRY_SHAPE);
	o = out_of(buf, sizeof buf);
	ck_assert_int_eq(entry_encode(&o, &chain, 1, NULL, span_str("p"), NULL,
			     0),
	    OK);
	ck_assert_int_eq(decode(out_span(&o)), ERR_ENTRY_SHAPE);
	o = out_of(buf, sizeof buf);
	ck_assert_int_eq(entry_encode(&o, NULL, 0, &prev, span_str("p"), NULL,
			     0),
	    OK);
	ck_assert_int_eq(decode(out_span(&o)), ERR_ENTRY_SHAPE);
}
END_TEST

START_TEST(every_shorter_entry_is_refused)
{
	struct proof p[] = { key_proof(9, "b"), document("doc") };
	struct span s = encode(false, 7, span_str("payload"), p, 2);

	ck_assert_int_eq(decode(s), OK);
	for (size_t n = 0; n < s.n; n++)
		ck_assert(decode(span_of(s.p, n)) != OK);
	buf[s.n] = 0;
	ck_assert_int_eq(decode(span_of(s.p, s.n + 1)), ERR_CBOR_TRAILING);
}
END_TEST

/* The entry around the proofs in hex, as they stand. */
static enum err
with_proofs(const char *hex)
{
	struct span head = encode(false, 7, span_str("p"), NULL, 0);

	return decode(
	    forge_cat(2, span_of(head.p, head.n - 1), forge_hex(hex)));
}

#define KID \
	"58200909090909090909090909090909090909090909090909090909090909090909"
#define KID8 \
	"58200808080808080808080808080808080808080808080808080808080808080808"

START_TEST(proofs_are_sorted_and_unique)
{
	ck_assert_int_eq(with_proofs("80"), OK);
	ck_assert_int_eq(with_proofs("82"
				     "8301" KID8 "41aa"
				     "8301" KID "41aa"),
	    OK);
	ck_assert_int_eq(with_proofs("82"
				     "8301" KID "41aa"
				     "8301" KID8 "41aa"),
	    ERR_PROOF_ORDER);
	ck_assert_int_eq(with_proofs("82"
				     "8301" KID "41aa"
				     "8301" KID "41aa"),
	    ERR_PROOF_ORDER);
	ck_assert_int_eq(with_proofs("82"
				     "8301" KID "41aa"
				     "8301" KID "41ab"),
	    OK);
	ck_assert_int_eq(with_proofs("82"
				     "8202"
				     "41aa"
				     "8301" KID "41aa"),
	    OK);
	ck_assert_int_eq(with_proofs("82"
				     "8301" KID "41aa"
				     "8202"
				     "41aa"),
	    ERR_PROOF_ORDER);
	ck_assert_int_eq(with_proofs("82"
				     "8202"
				     "41ff"
				     "8202"
				     "420000"),
	    OK);
	ck_assert_int_eq(with_proofs("82"
				     "8202"
				     "420000"
				     "8202"
				     "41ff"),
	    ERR_PROOF_ORDER);
}
END_TEST

START_TEST(proofs_have_their_shapes)
{
	ck_assert_int_eq(with_proofs("81"
				     "8202"
				     "41aa"),
	    OK);
	ck_assert_int_eq(with_proofs("81"
				     "8203"
				     "41aa"),
	    OK);
	ck_assert_int_eq(with_proofs("81"
				     "8204"
				     "41aa"),
	    ERR_PROOF_KIND);
	ck_assert_int_eq(with_proofs("81"
				     "8200"
				     "41aa"),
	    ERR_PROOF_KIND);
	ck_assert_int_eq(with_proofs("81"
				     "8201"
				     "41aa"),
	    ERR_PROOF_KIND);
	ck_assert_int_eq(with_proofs("81"
				     "8302" KID "41aa"),
	    ERR_PROOF_KIND);
	ck_assert_int_eq(with_proofs("81"
				     "8202"
				     "40"),
	    ERR_CBOR_RANGE);
	ck_assert_int_eq(with_proofs("81"
				     "8301" KID "40"),
	    ERR_CBOR_RANGE);
	ck_assert_int_eq(with_proofs("81"
				     "8101"),
	    ERR_PROOF_KIND);
}
END_TEST

/* A random enough list, in every order: the writer sorts as bytes do. */
START_TEST(the_writer_sorts_as_the_reader_asks)
{
	static char sig[70000];
	struct proof p[6];
	unsigned seed = 1;

	memset(sig, 's', sizeof sig);
	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < 6; i++) {
			seed = seed * 1103515245 + 12345;
			p[i] = key_proof((uint8_t)(seed >> 28), "x");
			p[i].body = span_of(sig, 1 + (seed >> 16) % 100);
			if (seed >> 20 & 1) {
				p[i].kind = PROOF_DOCUMENT;
				p[i].body.n *= 30;
			}
		}
		struct out o = out_of(buf, sizeof buf);
		enum err e =
		    entry_encode(&o, NULL, 0, NULL, span_str("p"), p, 6);

		if (e == OK)
			ck_assert_int_eq(decode(out_span(&o)), OK);
		else
			ck_assert_int_eq(e, ERR_PROOF_ORDER);
	}
}
END_TEST

START_TEST(limits_hold_on_both_sides)
{
	static uint8_t big[ENTRY_MAX];
	static struct proof many[ENTRY_PROOFS + 1];
	struct proof docs[2] = { document("x"), document("x") };
	struct out o = out_of(buf, sizeof buf);
	struct span s;

	ck_assert_int_eq(decode(encode(true, 0, span_of(big, PAYLOAD_MAX), NULL,
			     0)),
	    OK);
	ck_assert_int_eq(decode(encode(true, 0, span_of(big, PAYLOAD_MAX + 1),
			     NULL, 0)),
	    ERR_TOO_LARGE);
	ck_assert_int_eq(decode(encode(true, 0, span_str(""), NULL, 0)),
	    ERR_CBOR_RANGE);
	docs[0].body = span_of(big, ATTEST_DOC_MAX);
	ck_assert_int_eq(decode(encode(true, 0, span_str("p"), docs, 1)), OK);
	docs[0].body = span_of(big, ATTEST_DOC_MAX + 1);
	ck_assert_int_eq(decode(encode(true, 0, span_str("p"), docs, 1)),
	    ERR_CBOR_RANGE);
	/* 40,000 + 20,000 bytes are more than an entry may have */
	docs[0].body = span_of(big, ATTEST_DOC_MAX);
	s = encode(true, 0, span_of(big, PAYLOAD_MAX), docs, 1);
	ck_assert(s.n > ENTRY_MAX);
	ck_assert_int_eq(decode(s), ERR_TOO_LARGE);
	docs[0].body.n -= s.n - ENTRY_MAX;
	s = encode(true, 0, span_of(big, PAYLOAD_MAX), docs, 1);
	ck_assert_uint_eq(s.n, ENTRY_MAX);
	ck_assert_int_eq(decode(s), OK);
	for (size_t i = 0; i < ENTRY_PROOFS + 1; i++)
		many[i] = key_proof((uint8_t)i, "sig");
	ck_assert_int_eq(decode(encode(true, 0, span_str("p"), many,
			     ENTRY_PROOFS)),
	    OK);
	ck_assert_int_eq(entry_encode(&o, NULL, 0, NULL, span_str("p"), many,
			     ENTRY_PROOFS + 1),
	    ERR_TOO_LARGE);
}
END_TEST

START_TEST(another_version_is_named)
{
	struct span s = encode(true, 0, span_str("p"), NULL, 0);

	buf[7] = '2'; /* "encl/2" */
	ck_assert_int_eq(decode(s), ERR_ENTRY_VERSION);
	buf[7] = '1';
	buf[0] = 0x85;
	ck_assert_int_eq(decode(s), ERR_ENTRY_SHAPE);
	buf[0] = 0x87;
	ck_assert_int_eq(decode(s), ERR_ENTRY_SHAPE);
	ck_assert_int_eq(decode(forge_hex("80")), ERR_ENTRY_SHAPE);
	ck_assert_int_eq(decode(forge_hex("a0")), ERR_CBOR_TYPE);
}
END_TEST

START_TEST(a_statement_comes_back)
{
	static struct statement t;
	struct proof p[] = { key_proof(2, "b"), key_proof(1, "a") };
	struct out o = out_of(buf, sizeof buf);

	ck_assert_int_eq(entry_statement_encode(&o, span_str("payload"), p, 2),
	    OK);
	ck_assert_int_eq(entry_statement_decode(out_span(&o), &t), OK);
	ck_assert(span_is(t.payload, "payload") && t.proof_n == 2);
	ck_assert(t.proof[0].kid.b[0] == 1);
	for (size_t n = 0; n < o.n; n++)
		ck_assert(entry_statement_decode(span_of(buf, n), &t) != OK);
	ck_assert_int_eq(decode(out_span(&o)), ERR_ENTRY_VERSION);
	ck_assert_int_eq(entry_statement_decode(encode(true, 0, span_str("p"),
						    NULL, 0),
			     &t),
	    ERR_ENTRY_VERSION);
}
END_TEST

START_TEST(a_file_is_a_sequence_of_items)
{
	static uint8_t file[4096];
	struct out o = out_of(file, sizeof file);
	struct span s, item, body;
	enum item kind;

	ck_assert_int_eq(entry_statement_encode(&o, span_str("r"), NULL, 0),
	    OK);
	ck_assert_int_eq(entry_encode(&o, NULL, 0, NULL, span_str("p"), NULL,
			     0),
	    OK);
	entry_checkpoint_encode(&o, span_str("note"));
	entry_definition_encode(&o, span_str("def"));
	entry_evidence_encode(&o, span_str("pem"));
	s = out_span(&o);
	ck_assert_int_eq(entry_item(&s, &kind, &item), OK);
	ck_assert(kind == ITEM_STATEMENT);
	ck_assert_int_eq(entry_item(&s, &kind, &item), OK);
	ck_assert(kind == ITEM_ENTRY && decode(item) == OK);
	ck_assert_int_eq(entry_item(&s, &kind, &item), OK);
	ck_assert(kind == ITEM_CHECKPOINT);
	ck_assert_int_eq(entry_checkpoint_decode(item, &body), OK);
	ck_assert(span_is(body, "note"));
	ck_assert_int_eq(entry_definition_decode(item, &body),
	    ERR_ENTRY_VERSION);
	ck_assert_int_eq(entry_item(&s, &kind, &item), OK);
	ck_assert(kind == ITEM_DEFINITION);
	ck_assert_int_eq(entry_definition_decode(item, &body), OK);
	ck_assert(span_is(body, "def"));
	ck_assert_int_eq(entry_evidence_decode(item, &body), ERR_ENTRY_VERSION);
	ck_assert_int_eq(entry_item(&s, &kind, &item), OK);
	ck_assert(kind == ITEM_EVIDENCE && s.n == 0);
	ck_assert_int_eq(entry_evidence_decode(item, &body), OK);
	ck_assert(span_is(body, "pem"));
	ck_assert_int_eq(entry_item(&s, &kind, &item), ERR_CBOR_TRUNCATED);
}
END_TEST

START_TEST(items_of_each_kind_stand_together)
{
	static const enum item all[] = { ITEM_STATEMENT, ITEM_ENTRY,
		ITEM_CHECKPOINT, ITEM_DEFINITION, ITEM_EVIDENCE };

	for (size_t i = 0; i < 5; i++)
		for (size_t k = 0; k < 5; k++) {
			bool twice = i == k && all[i] == ITEM_CHECKPOINT;
			enum item last = all[i];

			ck_assert_int_eq(entry_order(&last, all[k]),
			    k < i || twice ? ERR_ITEM_ORDER : OK);
			ck_assert_int_eq(last, k < i ? all[i] : all[k]);
		}
}
END_TEST

START_TEST(evidence_is_one_byte_string_of_its_size)
{
	static uint8_t bytes[EVIDENCE_MAX + 64], large[EVIDENCE_MAX + 1];
	struct span body;

	for (size_t n = EVIDENCE_MAX; n <= EVIDENCE_MAX + 1; n++) {
		struct out o = out_of(bytes, sizeof bytes);

		entry_evidence_encode(&o, span_of(large, n));
		ck_assert_int_eq(entry_evidence_decode(out_span(&o), &body),
		    n <= EVIDENCE_MAX ? OK : ERR_CBOR_RANGE);
	}
	/* ["encl/1/evidence", h''], without the bytes, with a text, with one
	 * item more, with a byte more */
	ck_assert_int_eq(entry_evidence_decode(forge_hex("826f656e636c2f312f657"
							 "66964656e636540"),
			     &body),
	    ERR_CBOR_RANGE);
	ck_assert_int_eq(entry_evidence_decode(forge_hex("816f656e636c2f312f657"
							 "66964656e6365"),
			     &body),
	    ERR_ENTRY_SHAPE);
	ck_assert_int_eq(entry_evidence_decode(forge_hex("826f656e636c2f312f657"
							 "66964656e63656161"),
			     &body),
	    ERR_CBOR_TYPE);
	ck_assert_int_eq(entry_evidence_decode(forge_hex("836f656e636c2f312f657"
							 "66964656e63654161f5"),
			     &body),
	    ERR_ENTRY_SHAPE);
	ck_assert_int_eq(entry_evidence_decode(forge_hex("826f656e636c2f312f657"
							 "66964656e6365416100"),
			     &body),
	    ERR_CBOR_TRAILING);
}
END_TEST

START_TEST(a_stream_waits_for_a_whole_item_but_not_for_ever)
{
	static uint8_t big[ENTRY_MAX + 64];
	struct span s = encode(true, 0, span_str("payload"), NULL, 0), part;
	struct span item;
	enum item kind;

	for (size_t n = 0; n < s.n; n++) {
		part = span_of(s.p, n);
		ck_assert_int_eq(entry_item(&part, &kind, &item),
		    ERR_CBOR_TRUNCATED);
		ck_assert_uint_eq(part.n, n);
	}
	memcpy(big, "\x5a\x7f\xff\xff\xff", 5);
	part = span_of(big, ENTRY_MAX);
	ck_assert_int_eq(entry_item(&part, &kind, &item), ERR_CBOR_TRUNCATED);
	part = span_of(big, ENTRY_MAX + 1);
	ck_assert_int_eq(entry_item(&part, &kind, &item), ERR_TOO_LARGE);
	part = forge_hex("816161");
	ck_assert_int_eq(entry_item(&part, &kind, &item), ERR_ITEM_UNKNOWN);
	part = forge_hex("00");
	ck_assert_int_eq(entry_item(&part, &kind, &item), ERR_ITEM_UNKNOWN);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { an_entry_comes_back, the_id_is_the_leaf_hash,
		only_genesis_has_no_chain, every_shorter_entry_is_refused,
		proofs_are_sorted_and_unique, proofs_have_their_shapes,
		the_writer_sorts_as_the_reader_asks, limits_hold_on_both_sides,
		another_version_is_named, a_statement_comes_back,
		a_file_is_a_sequence_of_items,
		items_of_each_kind_stand_together,
		evidence_is_one_byte_string_of_its_size,
		a_stream_waits_for_a_whole_item_but_not_for_ever };

	return SUITE_RUN("entry", t);
}
