/* SPDX-License-Identifier: ISC */
#include "chain/attest.h"
#include "chain/payload.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/forge.h"
#include "tests/lib/suite.h"

static struct chain_builder *b;
static uint8_t buf[PAYLOAD_MAX + 8192];

static void
setup(void)
{
	struct chain_builder_opts o = chain_builder_plain;

	o.endorsers = 2;
	o.endorser_threshold = 1;
	b = chain_builder_new(&o);
	chain_builder_first(b, 1);
}

static struct span
encode_stage(const struct stage *g)
{
	struct out o = out_of(buf, sizeof buf);

	stage_encode(&o, g);
	ck_assert(!o.full);
	return out_span(&o);
}

static enum err
try_stage(const struct stage *g)
{
	static struct payload p;

	return payload_decode(encode_stage(g), &p);
}

static struct h32
h(uint8_t v)
{
	struct h32 r;

	memset(r.b, v, sizeof r.b);
	return r;
}

static void
fill_release(struct release *r)
{
	r->image = span_str("registry/app@sha256:00");
	r->has_eif = r->has_kms = r->has_svn = true;
	r->eif = h(1);
	r->kms = h(2);
	r->svn = 7;
	r->repo = span_str("https://example.org/app.git");
	r->commit = span_str("0123abcd");
	r->build = span_str("nix build .#eif");
}

START_TEST(every_kind_comes_back_byte_for_byte)
{
	static struct payload p;
	uint8_t again[PAYLOAD_MAX];
	struct policy policy;
	struct stage g;
	struct span s;
	struct out o;

	setup();
	policy = chain_builder_policy(b);
	g = chain_builder_stage_of(b, 2);
	fill_release(&g.release);
	g.notes = span_str("");
	s = encode_stage(&g);
	ck_assert_int_eq(payload_decode(s, &p), OK);
	ck_assert(p.kind == KIND_STAGE && p.u.stage.has_release);
	ck_assert(p.u.stage.notes.p && p.u.stage.notes.n == 0);
	ck_assert_uint_eq(p.u.stage.release.svn, 7);
	o = out_of(again, sizeof again);
	stage_encode(&o, &p.u.stage);
	ck_assert(span_eq(out_span(&o), s));

	g = chain_builder_policy_stage(b, &policy);
	s = encode_stage(&g);
	ck_assert_int_eq(payload_decode(s, &p), OK);
	ck_assert(p.kind == KIND_STAGE && !p.u.stage.has_release);
	o = out_of(again, sizeof again);
	stage_encode(&o, &p.u.stage);
	ck_assert(span_eq(out_span(&o), s));
	chain_builder_free(b);
}
END_TEST

START_TEST(witnesses_have_their_place)
{
	struct policy p, q;
	struct cbor c;
	struct out o = out_of(buf, sizeof buf);
	uint8_t again[POLICY_MAX];
	struct out o2 = out_of(again, sizeof again);

	setup();
	p = chain_builder_policy(b);
	p.has_witnesses = true;
	p.log_name = span_str("log.example.org");
	p.log_key = h(3);
	p.witness_n = 2;
	p.witness[0] = span_str("w1+0badcafe+AQID");
	p.witness[1] = span_str("w2+0badcafe+AQID");
	p.witness_threshold = 2;
	policy_encode(&o, &p);
	c = cbor_of(out_span(&o));
	ck_assert_int_eq(policy_decode(&c, &q), OK);
	ck_assert(q.has_witnesses && q.witness_n == 2);
	policy_encode(&o2, &q);
	ck_assert(span_eq(out_span(&o), out_span(&o2)));
	p.witness_threshold = 3;
	o = out_of(buf, sizeof buf);
	policy_encode(&o, &p);
	c = cbor_of(out_span(&o));
	ck_assert_int_eq(policy_decode(&c, &q), ERR_POLICY_THRESHOLD);
	chain_builder_free(b);
}
END_TEST

START_TEST(a_stage_has_a_window)
{
	struct stage g;

	setup();
	g = chain_builder_stage_of(b, 2);
	g.not_before = 1000;
	g.expires = 1001;
	ck_assert_int_eq(try_stage(&g), OK);
	g.expires = 1000;
	ck_assert_int_eq(try_stage(&g), ERR_STAGE_WINDOW);
	g.expires = 999;
	ck_assert_int_eq(try_stage(&g), ERR_STAGE_WINDOW);
	chain_builder_free(b);
}
END_TEST

START_TEST(times_and_durations_have_a_range)
{
	struct stage g;

	setup();
	g = chain_builder_stage_of(b, 2);
	g.expires = TIME_MAX;
	g.delay = DURATION_MAX;
	ck_assert_int_eq(try_stage(&g), OK);
	g.expires = TIME_MAX + 1;
	ck_assert_int_eq(try_stage(&g), ERR_TIME_RANGE);
	g.expires = TIME_MAX;
	g.delay = DURATION_MAX + 1;
	ck_assert_int_eq(try_stage(&g), ERR_TIME_RANGE);
	chain_builder_free(b);
}
END_TEST

/* A stage with the two fields that exclude each other, by hand: the encoder
 * cannot write it. */
static struct span
stage_with(const struct stage *g, bool policy, bool release,
    const struct policy *p)
{
	struct out o = out_of(buf, sizeof buf);

	cbor_put_map(&o, 6U + policy + release);
	cbor_put_key(&o, "from");
	cbor_put_bytes(&o, h32_span(&g->from));
	payload_kind_encode(&o, KIND_STAGE);
	cbor_put_key(&o, "chain");
	cbor_put_bytes(&o, h32_span(&g->chain));
	cbor_put_key(&o, "delay");
	cbor_put_uint(&o, g->delay);
	if (policy) {
		cbor_put_key(&o, "policy");
		policy_encode(&o, p);
	}
	cbor_put_key(&o, "expires");
	cbor_put_uint(&o, g->expires);
	if (release) {
		cbor_put_key(&o, "release");
		release_encode(&o, &g->release);
	}
	cbor_put_key(&o, "not_before");
	cbor_put_uint(&o, g->not_before);
	return out_span(&o);
}

START_TEST(a_stage_has_a_release_or_a_policy)
{
	static struct payload p;
	struct policy policy;
	struct stage g;

	setup();
	policy = chain_builder_policy(b);
	g = chain_builder_stage_of(b, 2);
	ck_assert_int_eq(payload_decode(stage_with(&g, false, true, &policy),
			     &p),
	    OK);
	ck_assert_int_eq(payload_decode(stage_with(&g, true, false, &policy),
			     &p),
	    OK);
	ck_assert_int_eq(payload_decode(stage_with(&g, true, true, &policy),
			     &p),
	    ERR_STAGE_CONTENT);
	ck_assert_int_eq(payload_decode(stage_with(&g, false, false, &policy),
			     &p),
	    ERR_STAGE_CONTENT);
	chain_builder_free(b);
}
END_TEST

START_TEST(lines_and_texts_have_limits)
{
	static char text[5000];
	struct stage g;

	setup();
	memset(text, 'x', sizeof text);
	g = chain_builder_stage_of(b, 2);
	g.release.version = span_of(text, 64);
	g.release.image = span_of(text, 200);
	g.notes = span_of(text, 4000);
	ck_assert_int_eq(try_stage(&g), OK);
	g.release.version = span_of(text, 65);
	ck_assert_int_eq(try_stage(&g), ERR_TEXT_BAD);
	g.release.version = span_str("");
	ck_assert_int_eq(try_stage(&g), ERR_TEXT_BAD);
	g.release.version = span_str("v2");
	g.release.image = span_of(text, 201);
	ck_assert_int_eq(try_stage(&g), ERR_TEXT_BAD);
	g.release.image = span_str("a\tb");
	ck_assert_int_eq(try_stage(&g), ERR_TEXT_BAD);
	g.release.image = span_str("r\xc3\xa9publique");
	ck_assert_int_eq(try_stage(&g), ERR_TEXT_BAD);
	g.release.image = span_str("x");
	g.notes = span_of(text, 4001);
	ck_assert_int_eq(try_stage(&g), ERR_TEXT_BAD);
	g.notes = span_str("r\xc3\xa9publique");
	ck_assert_int_eq(try_stage(&g), OK);
	g.notes = span_str("\xe2\x80\xae");
	ck_assert_int_eq(try_stage(&g), ERR_TEXT_BAD);
	chain_builder_free(b);
}
END_TEST

static enum err
try_policy(const struct policy *p)
{
	static struct policy q;
	struct out o = out_of(buf, sizeof buf);
	struct cbor c;

	policy_encode(&o, p);
	ck_assert(!o.full);
	c = cbor_of(out_span(&o));
	return policy_decode(&c, &q);
}

START_TEST(thresholds_are_within_their_keys)
{
	struct policy p;

	setup();
	p = chain_builder_policy(b);
	p.threshold = 3;
	ck_assert_int_eq(try_policy(&p), OK);
	p.threshold = 4;
	ck_assert_int_eq(try_policy(&p), ERR_POLICY_THRESHOLD);
	p.threshold = 0;
	ck_assert_int_eq(try_policy(&p), ERR_POLICY_THRESHOLD);
	p.threshold = 1;
	p.endorser_threshold = 2;
	ck_assert_int_eq(try_policy(&p), OK);
	p.endorser_threshold = 3;
	ck_assert_int_eq(try_policy(&p), ERR_POLICY_THRESHOLD);
	p.endorser_threshold = 0;
	ck_assert_int_eq(try_policy(&p), ERR_POLICY_THRESHOLD);
	chain_builder_free(b);
}
END_TEST

START_TEST(one_key_has_one_role)
{
	struct policy p;

	setup();
	p = chain_builder_policy(b);
	ck_assert_int_eq(try_policy(&p), OK);
	p.guardians.key[0] = p.control.key[2];
	ck_assert_int_eq(try_policy(&p), ERR_POLICY_ROLES);
	p = chain_builder_policy(b);
	p.endorsers.key[1] = p.guardians.key[2];
	ck_assert_int_eq(try_policy(&p), ERR_POLICY_ROLES);
	p = chain_builder_policy(b);
	p.endorsers.key[1] = p.control.key[0];
	ck_assert_int_eq(try_policy(&p), ERR_POLICY_ROLES);
	p = chain_builder_policy(b);
	p.control.key[1] = p.control.key[0];
	p.control.key[1].name = span_str("the same under another name");
	ck_assert_int_eq(try_policy(&p), ERR_POLICY_ROLES);
	chain_builder_free(b);
}
END_TEST

START_TEST(roles_hold_up_to_16_keys)
{
	struct policy p;

	setup();
	p = chain_builder_policy(b);
	p.has_endorsers = false;
	p.control.n = 16;
	for (unsigned i = 0; i < 16; i++)
		p.control.key[i] = b->key[48 + i].key;
	ck_assert_int_eq(try_policy(&p), OK);
	p.control.n = 0;
	ck_assert_int_eq(try_policy(&p), ERR_CBOR_RANGE);
	p.control.n = 1;
	p.guardians.n = 0;
	p.threshold = 1;
	ck_assert_int_eq(try_policy(&p), OK);
	ck_assert_uint_eq(policy_majority(&p), 0);
	chain_builder_free(b);
}
END_TEST

START_TEST(policy_majority_is_more_than_half)
{
	struct policy p = { .guardians.n = 1 };

	ck_assert_uint_eq(policy_majority(&p), 1);
	p.guardians.n = 2;
	ck_assert_uint_eq(policy_majority(&p), 2);
	p.guardians.n = 3;
	ck_assert_uint_eq(policy_majority(&p), 2);
	p.guardians.n = 4;
	ck_assert_uint_eq(policy_majority(&p), 3);
}
END_TEST

static enum err
try_pcrs(const char *hex)
{
	struct cbor c = cbor_of(forge_hex(hex));
	struct pcrs p;

	TRY(pcr_decode(&c, &p));
	return cbor_end(&c);
}

#define V \
	"5830000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f" \
	"000102030405060708090a0b0c0d0e0f"
#define ZERO \
	"583000000000000000000000000000000000000000000000000000000000000000" \
	"00000000000000000000000000000000000000"
#define SHORT \
	"582f000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f" \
	"000102030405060708090a0b0c0d0e"

START_TEST(pcr_lists_rise_from_0_1_2)
{
	ck_assert_int_eq(try_pcrs("83"
				  "8200" V "8201" V "8202" V),
	    OK);
	ck_assert_int_eq(try_pcrs("84"
				  "8200" V "8201" V "8202" V "82181f" V),
	    OK);
	ck_assert_int_eq(try_pcrs("84"
				  "8200" V "8201" V "8202" V "821820" V),
	    ERR_PCRS_BAD);
	ck_assert_int_eq(try_pcrs("82"
				  "8200" V "8201" V),
	    ERR_CBOR_RANGE);
	ck_assert_int_eq(try_pcrs("83"
				  "8200" V "8201" V "8203" V),
	    ERR_PCRS_BAD);
	ck_assert_int_eq(try_pcrs("83"
				  "8200" V "8202" V "8201" V),
	    ERR_PCRS_BAD);
	ck_assert_int_eq(try_pcrs("84"
				  "8200" V "8201" V "8202" V "8202" V),
	    ERR_PCRS_BAD);
	ck_assert_int_eq(try_pcrs("83"
				  "8200" V "8201" ZERO "8202" V),
	    ERR_PCRS_BAD);
	ck_assert_int_eq(try_pcrs("83"
				  "8200" V "8201" SHORT "8202" V),
	    ERR_PCRS_BAD);
}
END_TEST

START_TEST(unknown_kinds_and_fields_are_refused)
{
	static struct payload p;

	/* {"kind": "gossip"} */
	ck_assert_int_eq(payload_decode(forge_hex("a1646b696e6466676f73736970"),
			     &p),
	    ERR_KIND_UNKNOWN);
	ck_assert_int_eq(payload_decode(forge_hex("a0"), &p),
	    ERR_FIELD_MISSING);
	ck_assert_int_eq(payload_decode(forge_hex("80"), &p), ERR_CBOR_TYPE);
	/* {"kind": "revoke"} and {"a": 0, "kind": "revoke"} */
	ck_assert_int_eq(payload_decode(forge_hex("a1646b696e64667265766f6b65"),
			     &p),
	    ERR_FIELD_MISSING);
	ck_assert_int_eq(payload_decode(forge_hex(
					    "a2616100646b696e64667265766f6b65"),
			     &p),
	    ERR_FIELD_UNKNOWN);
}
END_TEST

START_TEST(a_payload_ends_where_it_ends)
{
	static struct payload p;
	struct span s;
	struct stage g;

	setup();
	g = chain_builder_stage_of(b, 2);
	s = encode_stage(&g);
	ck_assert_int_eq(payload_decode(s, &p), OK);
	buf[s.n] = 0;
	ck_assert_int_eq(payload_decode(span_of(s.p, s.n + 1), &p),
	    ERR_CBOR_TRAILING);
	for (size_t n = 0; n < s.n; n++)
		ck_assert(payload_decode(span_of(s.p, n), &p) != OK);
	ck_assert_int_eq(payload_decode(span_of(buf, PAYLOAD_MAX + 1), &p),
	    ERR_TOO_LARGE);
	chain_builder_free(b);
}
END_TEST

START_TEST(live_is_no_receipt)
{
	static struct payload p;
	struct receipt r = { h(1), ROLE_LIVE };
	struct out o = out_of(buf, sizeof buf);

	receipt_encode(&o, &r);
	ck_assert_int_eq(payload_decode(out_span(&o), &p), ERR_KIND_UNKNOWN);
	r.role = ROLE_LAPSED;
	o = out_of(buf, sizeof buf);
	receipt_encode(&o, &r);
	ck_assert_int_eq(payload_decode(out_span(&o), &p), OK);
}
END_TEST

START_TEST(user_data_has_one_form)
{
	struct h32 chain = h(0xab), prev = h(0xcd), chain2, prev2;
	uint8_t text[RECEIPT_USER_DATA_MAX + 1];
	enum role role;

	for (enum role r = ROLE_SEEN; r <= ROLE_LIVE; r++) {
		struct out o = out_of(text, sizeof text);

		receipt_user_data(&o, r, &chain, &prev);
		ck_assert_int_eq(receipt_user_data_parse(out_span(&o), &role,
				     &chain2, &prev2),
		    OK);
		ck_assert(role == r && h32_eq(&chain, &chain2) &&
			  h32_eq(&prev, &prev2));
		for (size_t i = 0; i < o.n; i++) {
			uint8_t old = text[i];

			text[i] = old == 'a' ? 'A' : (uint8_t)(old ^ 0x60);
			ck_assert_msg(receipt_user_data_parse(out_span(&o),
					  &role, &chain2,
					  &prev2) == ERR_RECEIPT_USER_DATA,
			    "byte %zu", i);
			text[i] = old;
		}
		ck_assert_int_eq(receipt_user_data_parse(span_of(text, o.n - 1),
				     &role, &chain2, &prev2),
		    ERR_RECEIPT_USER_DATA);
		text[o.n] = '\n';
		ck_assert_int_eq(receipt_user_data_parse(span_of(text, o.n + 1),
				     &role, &chain2, &prev2),
		    ERR_RECEIPT_USER_DATA);
	}
}
END_TEST

/* A document with this user_data and nonce; NULL: it has none. */
static enum err
live_says(const char *text, const char *nonce)
{
	const struct h32 chain = h(0xab), head = h(0xcd);
	struct attest a = { 0 };

	a.user_data.present = text != NULL;
	a.user_data.v = span_str(text ? text : "");
	a.nonce.present = nonce != NULL;
	a.nonce.v = span_str(nonce ? nonce : "");
	return receipt_live_check(&a, &chain, &head, span_str("abc"));
}

#define LIVE(chain, head) "encl/receipt/1 live " chain " " head
#define X16(x) x x x x x x x x x x x x x x x x
#define AB X16("abab")
#define CD X16("cdcd")

START_TEST(a_challenge_is_answered_in_one_of_two_places)
{
	static const struct {
		const char *text, *nonce;
		enum err e;
	} row[] = {
		{ LIVE(AB, CD), "abc", OK },
		{ LIVE(AB, CD) " 616263", NULL, OK },
		/* an older document */
		{ LIVE(AB, CD), NULL, ERR_LIVE_NONCE },
		{ LIVE(AB, CD), "abd", ERR_LIVE_NONCE },
		{ LIVE(AB, CD), "", ERR_LIVE_NONCE },
		{ LIVE(AB, CD), "abcd", ERR_LIVE_NONCE },
		{ LIVE(AB, CD) " 616263", "abd", ERR_LIVE_NONCE },
		{ LIVE(AB, CD) " 616264", NULL, ERR_RECEIPT_USER_DATA },
		{ LIVE(AB, CD) " 61626", NULL, ERR_RECEIPT_USER_DATA },
		{ LIVE(AB, CD) " ", NULL, ERR_RECEIPT_USER_DATA },
		/* another chain, another head, another role, nothing */
		{ LIVE(CD, CD), "abc", ERR_RECEIPT_USER_DATA },
		{ LIVE(AB, AB), "abc", ERR_RECEIPT_USER_DATA },
		{ LIVE(CD, CD) " 616263", NULL, ERR_RECEIPT_USER_DATA },
		{ LIVE(AB, AB) " 616263", NULL, ERR_RECEIPT_USER_DATA },
		{ "encl/receipt/1 seen " AB " " CD, "abc",
		    ERR_RECEIPT_USER_DATA },
		{ "encl/receipt/1 seen " AB " " CD " 616263", NULL,
		    ERR_RECEIPT_USER_DATA },
		{ NULL, "abc", ERR_RECEIPT_USER_DATA },
		{ NULL, NULL, ERR_RECEIPT_USER_DATA },
		/* in both: a text that nobody writes */
		{ LIVE(AB, CD) " 616263", "abc", ERR_RECEIPT_USER_DATA },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		ck_assert_msg(live_says(row[i].text, row[i].nonce) == row[i].e,
		    "%zu: %s", i, row[i].text ? row[i].text : "");
}
END_TEST

START_TEST(a_challenge_in_a_text_has_a_limit)
{
	static const uint8_t challenge[RECEIPT_CHALLENGE_MAX + 1] = { 7 };
	const struct h32 chain = h(0xab), head = h(0xcd);
	uint8_t text[RECEIPT_LIVE_MAX + 10];
	struct out o = out_of(text, sizeof text);
	struct attest a = { 0 };

	receipt_live(&o, &chain, &head,
	    span_of(challenge, RECEIPT_CHALLENGE_MAX));
	ck_assert(!o.full && o.n <= RECEIPT_LIVE_MAX);
	a.user_data.present = true;
	a.user_data.v = out_span(&o);
	ck_assert_int_eq(receipt_live_check(&a, &chain, &head,
			     span_of(challenge, RECEIPT_CHALLENGE_MAX)),
	    OK);
	o = out_of(text, sizeof text);
	receipt_live(&o, &chain, &head,
	    span_of(challenge, RECEIPT_CHALLENGE_MAX + 1));
	ck_assert(o.full);
	ck_assert_int_eq(receipt_live_check(&a, &chain, &head,
			     span_of(challenge, RECEIPT_CHALLENGE_MAX + 1)),
	    ERR_RECEIPT_USER_DATA);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_challenge_is_answered_in_one_of_two_places,
		a_challenge_in_a_text_has_a_limit,
		every_kind_comes_back_byte_for_byte, witnesses_have_their_place,
		a_stage_has_a_window, times_and_durations_have_a_range,
		a_stage_has_a_release_or_a_policy, lines_and_texts_have_limits,
		thresholds_are_within_their_keys, one_key_has_one_role,
		roles_hold_up_to_16_keys, policy_majority_is_more_than_half,
		pcr_lists_rise_from_0_1_2, unknown_kinds_and_fields_are_refused,
		a_payload_ends_where_it_ends, live_is_no_receipt,
		user_data_has_one_form };

	return SUITE_RUN("payload", t);
}
