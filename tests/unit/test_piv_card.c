/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "chain/sshsig.h"
#include "cli/fail.h"
#include "cli/keys/piv_card.h"
#include "cli/keys/piv_manage.h"
#include "cli/keys/piv_tlv.h"
#include "tests/lib/forge.h"
#include "tests/lib/same.h"
#include "tests/lib/suite.h"

/* A card that says what it was told to, and hears what it is sent. */
static struct step {
	const char *want; /* hex; NULL: whatever it is */
	const char *give;
} script[16];
static size_t steps, at;
static struct piv_card card;

static enum err
transmit(void *ctx, struct span command, struct out *answer)
{
	struct span want, give;

	(void)ctx;
	ck_assert_uint_lt(at, steps);
	if (script[at].want != NULL) {
		want = forge_hex(script[at].want);
		ck_assert_uint_eq(command.n, want.n);
		ck_assert_mem_eq(command.p, want.p, want.n);
	}
	if (script[at].give == NULL)
		return ERR_DEVICE_GONE;
	give = forge_hex(script[at++].give);
	out_put(answer, give.p, give.n);
	return OK;
}

static void
each(void)
{
	at = steps = 0;
	card = (struct piv_card){ .transmit = transmit };
	memcpy(card.firmware, "\5\7\4", 3);
	same(piv_card_begin(&card), OK);
	fail_forget();
}

static void
after(void)
{
	piv_card_end(&card);
}

static void
expect(const char *want, const char *give)
{
	script[steps++] = (struct step){ want, give };
}

/* TLV: whole values to the last byte, one of them with tag 01. */
static const struct {
	const char *in, *value; /* NULL: refused */
} tlvs[] = {
	{ "0100", "" },
	{ "01020a0b", "0a0b" },
	{ "02010a01010b", "0b" },
	{ "7f49010a01010b", "0b" },
	{ "", NULL },
	{ "0200", NULL },
	{ "01", NULL },
	{ "0101", NULL },
	{ "01020a", NULL },
	{ "01010a00", NULL },
	{ "01010a02", NULL },
	{ "01010a01010a", NULL }, /* twice */
	{ "0181010a", NULL },     /* a length that fits in less */
	{ "018200010a", NULL },
	{ "0180", NULL }, /* an open length */
	{ "0183000001aa", NULL },
	{ "01ff", NULL },
	{ "0181", NULL },
	{ "018201", NULL },
	{ "7f01010a01010b", NULL },     /* a tag that fits in less */
	{ "7f818101010a01010b", NULL }, /* a tag that is too long */
	{ "7f", NULL },
};

START_TEST(reads_values_strictly)
{
	struct span in = forge_hex(tlvs[_i].in), want, v;
	uint8_t *exact = malloc(in.n ? in.n : 1);

	if (in.n)
		memcpy(exact, in.p, in.n);
	if (tlvs[_i].value == NULL) {
		ck_assert(!piv_tlv_get(span_of(exact, in.n), 1, &v));
	} else {
		want = forge_hex(tlvs[_i].value);
		ck_assert(piv_tlv_get(span_of(exact, in.n), 1, &v));
		ck_assert(span_eq(v, want));
	}
	free(exact);
}
END_TEST

START_TEST(reads_back_what_it_writes)
{
	static const size_t sizes[] = { 0, 1, 127, 128, 255, 256, 65535 };
	static const unsigned tags[] = { 0x01, 0x7c, 0x7f49 };
	static uint8_t buf[65600], body[65536];

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		for (size_t j = 0; j < 3; j++) {
			struct out o = out_of(buf, sizeof buf);
			struct span v;

			piv_tlv_put(&o, tags[j], span_of(body, sizes[i]));
			ck_assert(!o.full);
			ck_assert(piv_tlv_get(out_span(&o), tags[j], &v));
			ck_assert_uint_eq(v.n, sizes[i]);
		}
	{
		struct out o = out_of(buf, sizeof buf);

		piv_tlv_put(&o, 1, span_of(body, 65536));
		ck_assert(o.full);
	}
}
END_TEST

/* Commands and answers of any length. */
START_TEST(chains_what_is_long)
{
	static const uint8_t head[3] = { 0xdb, 0x3f, 0xff };
	char first[2 * (5 + 255) + 1] = "10db3fffff";
	uint8_t data[256] = { 0 };
	struct out o;
	uint8_t buf[600];
	unsigned sw;

	memset(first + 10, '0', 510);
	expect(first, "9000");
	expect("00db3fff0100", "0102"
			       "6102");
	expect("00c0000002", "0304"
			     "9000");
	o = out_of(buf, sizeof buf);
	same(piv_card_apdu(&card, head, span_of(data, 256), &o, &sw), OK);
	ck_assert_uint_eq(sw, PIV_CARD_OK);
	ck_assert_uint_eq(o.n, 4);
	ck_assert_mem_eq(buf, "\1\2\3\4", 4);
}
END_TEST

START_TEST(sends_one_command_where_it_fits)
{
	static const uint8_t head[3] = { 0xdb, 0x3f, 0xff };
	char first[2 * (5 + 255) + 1] = "00db3fffff";
	uint8_t data[255] = { 0 };
	unsigned sw;

	memset(first + 10, '0', 510);
	expect(first, "6982");
	same(piv_card_apdu(&card, head, span_of(data, 255), NULL, &sw), OK);
	ck_assert_uint_eq(sw, 0x6982);
	ck_assert_uint_eq(at, 1);
}
END_TEST

START_TEST(stops_a_chain_that_is_refused)
{
	static const uint8_t head[3] = { 0xdb, 0x3f, 0xff };
	uint8_t data[600] = { 0 };
	unsigned sw;

	expect(NULL, "6a84");
	same(piv_card_apdu(&card, head, span_of(data, sizeof data), NULL, &sw),
	    OK);
	ck_assert_uint_eq(sw, 0x6a84);
	ck_assert_uint_eq(at, 1);
}
END_TEST

START_TEST(refuses_answers_that_make_no_sense)
{
	static const uint8_t head[3] = { 0xfd, 0, 0 };
	uint8_t buf[4];
	struct out o = out_of(buf, sizeof buf);
	unsigned sw;

	expect(NULL, "");
	same(piv_card_apdu(&card, head, span_of(NULL, 0), &o, &sw),
	    ERR_DEVICE_GONE);
	expect(NULL, "90");
	same(piv_card_apdu(&card, head, span_of(NULL, 0), &o, &sw),
	    ERR_DEVICE_GONE);
	/* More than there is room for. */
	expect(NULL, "0102030405"
		     "9000");
	same(piv_card_apdu(&card, head, span_of(NULL, 0), &o, &sw),
	    ERR_DEVICE_GONE);
	/* A promise of more, for ever. */
	o = out_of(buf, sizeof buf);
	expect(NULL, "6105");
	expect("00c0000005", "6105");
	same(piv_card_apdu(&card, head, span_of(NULL, 0), &o, &sw),
	    ERR_DEVICE_GONE);
	ck_assert_uint_eq(at, 5);
}
END_TEST

START_TEST(wipes_what_it_sent)
{
	int left;

	expect("002000800831323334"
	       "3536ffff",
	    "9000");
	same(piv_card_pin(&card, span_str("123456"), &left), OK);
	for (size_t i = 0; i < PIV_CARD_COMMAND; i++)
		ck_assert_uint_eq(card.command[i], 0);
}
END_TEST

#define SELECT "00a4040005a000000308"
#define VERSION "00fd000000"
#define SERIAL "00f8000000"

START_TEST(learns_who_the_card_is)
{
	expect(SELECT, "61009000");
	expect(VERSION, "0504039000");
	expect(SERIAL, "010d61719000");
	same(piv_card_select(&card), OK);
	ck_assert(card.has_serial && card.serial == 0x010d6171);
	ck_assert(piv_card_is_at_least(&card, 5, 4, 3));
	ck_assert(piv_card_is_at_least(&card, 4, 9, 9));
	ck_assert(!piv_card_is_at_least(&card, 5, 4, 4));
	ck_assert(!piv_card_is_at_least(&card, 5, 7, 0));
	ck_assert(!piv_card_is_at_least(&card, 6, 0, 0));
}
END_TEST

START_TEST(takes_a_card_without_a_number)
{
	expect(SELECT, "9000");
	expect(VERSION, "0403079000");
	expect(SERIAL, "6d00");
	same(piv_card_select(&card), OK);
	ck_assert(!card.has_serial);
}
END_TEST

static const struct {
	const char *select, *version, *serial;
	enum err want;
} strangers[] = {
	{ "6a82", NULL, NULL, ERR_DEVICE_REFUSED },
	{ "9000", "6d00", NULL, ERR_DEVICE_REFUSED },
	{ "9000", "05049000", NULL, ERR_DEVICE_GONE },
	{ "9000", "050403019000", NULL, ERR_DEVICE_GONE },
	{ "9000", "0504039000", "0102039000", ERR_DEVICE_GONE },
};

START_TEST(passes_over_other_cards)
{
	expect(SELECT, strangers[_i].select);
	if (strangers[_i].version != NULL)
		expect(VERSION, strangers[_i].version);
	if (strangers[_i].serial != NULL)
		expect(SERIAL, strangers[_i].serial);
	same(piv_card_select(&card), strangers[_i].want);
	ck_assert_uint_eq(at, steps);
}
END_TEST

/* The base point of P-256, and Ed25519's of RFC 8032 test 1. */
#define G256 \
	"046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" \
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define ED "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

static const struct {
	const char *give;
	enum err want;
	enum key_type type;
	enum piv_pin pin;
	enum piv_touch touch;
	bool imported;
} keys[] = {
	{ "010111"
	  "02020202"
	  "030101"
	  "0443"
	  "8641" G256 "9000",
	    OK, KEY_P256, PIV_PIN_ONCE, PIV_TOUCH_ALWAYS, false },
	{ "0101e0"
	  "02020301"
	  "030102"
	  "0422"
	  "8620" ED "9000",
	    OK, KEY_ED25519, PIV_PIN_ALWAYS, PIV_TOUCH_NEVER, true },
	{ "0101e0"
	  "02020103"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    OK, KEY_ED25519, PIV_PIN_NEVER, PIV_TOUCH_CACHED, false },
	/* Fingerprints, and what nobody knows yet: the PIN is asked for. */
	{ "0101e0"
	  "02020409"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    OK, KEY_ED25519, PIV_PIN_UNKNOWN, PIV_TOUCH_UNKNOWN, false },
	{ "6a88", ERR_KEY_MISSING, 0, 0, 0, false },
	{ "6a82", ERR_KEY_MISSING, 0, 0, 0, false },
	{ "6a80", ERR_DEVICE_REFUSED, 0, 0, 0, false },
	{ "010107"
	  "02020202"
	  "030101"
	  "0402"
	  "8100"
	  "9000",
	    ERR_KEY_SCHEME, 0, 0, 0, false },
	{ "0101e1"
	  "02020202"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    ERR_KEY_SCHEME, 0, 0, 0, false },
	{ "9000", ERR_DEVICE_GONE, 0, 0, 0, false },
	/* A point of another curve, of another size, on no curve. */
	{ "010114"
	  "02020202"
	  "030101"
	  "0443"
	  "8641" G256 "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "010111"
	  "02020202"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "0101e0"
	  "02020202"
	  "030101"
	  "0422"
	  "8620"
	  "0000000000000000000000000000000000000000000000000000000000000000"
	  "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	/* A field short, missing, twice; bytes after the end. */
	{ "0101e0"
	  "020102"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "0101e0"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "0101e0"
	  "02020202"
	  "0422"
	  "8620" ED "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "0101e0"
	  "02020202"
	  "030101"
	  "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "0101e0"
	  "0101e0"
	  "02020202"
	  "030101"
	  "0422"
	  "8620" ED "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
	{ "0101e0"
	  "02020202"
	  "030101"
	  "0422"
	  "8620" ED "00"
	  "9000",
	    ERR_DEVICE_GONE, 0, 0, 0, false },
};

START_TEST(reads_what_is_in_a_slot)
{
	struct piv_key k;
	enum key_type type;

	expect("00f7009c00", keys[_i].give);
	same(piv_card_key(&card, 0x9c, &k), keys[_i].want);
	if (keys[_i].want != OK)
		return;
	ck_assert_int_eq(k.type, keys[_i].type);
	ck_assert_int_eq(k.pin, keys[_i].pin);
	ck_assert_int_eq(k.touch, keys[_i].touch);
	ck_assert_int_eq(k.imported, keys[_i].imported);
	same(key_parse(k.blob, &type, NULL, NULL), OK);
	ck_assert_int_eq(type, k.type);
}
END_TEST

START_TEST(asks_old_firmware_for_a_certificate)
{
	static const struct {
		uint8_t slot;
		const char *command;
	} row[] = {
		{ 0x9a, "00cb3fff055c035fc105" },
		{ 0x9c, "00cb3fff055c035fc10a" },
		{ 0x9d, "00cb3fff055c035fc10b" },
		{ 0x9e, "00cb3fff055c035fc101" },
		{ 0x82, "00cb3fff055c035fc10d" },
		{ 0x95, "00cb3fff055c035fc120" },
	};
	struct piv_key k;

	memcpy(card.firmware, "\5\2\7", 3);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		expect(row[i].command, "6a82");
		same(piv_card_key(&card, row[i].slot, &k), ERR_KEY_MISSING);
	}
	expect(NULL, "5307"
		     "700230007101"
		     "01"
		     "9000");
	same(piv_card_key(&card, 0x9c, &k), ERR_DEVICE_GONE);
	expect(NULL, "5307"
		     "700230007101"
		     "00"
		     "9000");
	same(piv_card_key(&card, 0x9c, &k), ERR_KEY_SCHEME);
	expect(NULL, "5302"
		     "7100"
		     "9000");
	same(piv_card_key(&card, 0x9c, &k), ERR_DEVICE_GONE);
	expect(NULL, "5202"
		     "7000"
		     "9000");
	same(piv_card_key(&card, 0x9c, &k), ERR_DEVICE_GONE);
}
END_TEST

static const struct {
	const char *give;
	enum err want;
	int left;
} counts[] = {
	{ "63c3", OK, 3 },
	{ "63cf", OK, 15 },
	{ "63c1", OK, 1 },
	{ "63c0", ERR_PIN_BLOCKED, 0 },
	{ "6983", ERR_PIN_BLOCKED, -1 },
	{ "9000", OK, -1 },
	{ "6300", ERR_DEVICE_REFUSED, -1 },
	{ "6a88", ERR_DEVICE_REFUSED, -1 },
};

START_TEST(never_guesses_how_many_tries_are_left)
{
	int left = 77;

	expect("0020008000", counts[_i].give);
	same(piv_card_tries(&card, &left), counts[_i].want);
	ck_assert_int_eq(left, counts[_i].left);
}
END_TEST

static const struct {
	const char *give;
	enum err want;
	int left;
} pins[] = {
	{ "9000", OK, 7 },
	{ "63c2", ERR_PIN, 2 },
	{ "63c0", ERR_PIN_BLOCKED, 0 },
	{ "6983", ERR_PIN_BLOCKED, 0 },
	{ "6a80", ERR_DEVICE_REFUSED, 7 },
	{ "6982", ERR_DEVICE_REFUSED, 7 },
};

START_TEST(hears_whether_a_pin_is_right)
{
	int left = 7;

	expect("0020008008"
	       "3132333435363738",
	    pins[_i].give);
	same(piv_card_pin(&card, span_str("12345678"), &left), pins[_i].want);
	ck_assert_int_eq(left, pins[_i].left);
}
END_TEST

START_TEST(shows_no_card_what_is_no_pin)
{
	int left = 2;

	same(piv_card_pin(&card, span_str(""), &left), ERR_PIN);
	same(piv_card_pin(&card, span_str("12345"), &left), ERR_PIN);
	same(piv_card_pin(&card, span_str("123456789"), &left), ERR_PIN);
	ck_assert_int_eq(left, 2);
	ck_assert_uint_eq(at, 0);
}
END_TEST

/* n - 1 of P-256, the largest s; and n. */
#define N256 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define S256 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
#define ZERO32 \
	"0000000000000000000000000000000000000000000000000000000000000000"
#define ONE32 "0000000000000000000000000000000000000000000000000000000000000001"

static const struct {
	enum key_type type;
	const char *give, *sig;
	enum err want;
} signatures[] = {
	{ KEY_P256,
	    "7c0a"
	    "8208"
	    "3006020101020101"
	    "9000",
	    ONE32 ONE32, OK },
	/* A high s comes out low. */
	{ KEY_P256,
	    "7c2a"
	    "8228"
	    "3026020101022100" S256 "9000",
	    ONE32 ONE32, OK },
	{ KEY_P256,
	    "7c2a"
	    "8228"
	    "3026020101022100" N256 "9000",
	    NULL, ERR_DEVICE_GONE },
	{ KEY_P256,
	    "7c0a"
	    "8208"
	    "3006020100020101"
	    "9000",
	    NULL, ERR_DEVICE_GONE },
	{ KEY_P256,
	    "7c0a"
	    "8208"
	    "3006020101020100"
	    "9000",
	    NULL, ERR_DEVICE_GONE },
	{ KEY_P256,
	    "7c0a"
	    "8208"
	    "3006020101020181"
	    "9000",
	    NULL, ERR_DEVICE_GONE },
	{ KEY_P256,
	    "7c0b"
	    "8209"
	    "300702010102020001"
	    "9000",
	    NULL, ERR_DEVICE_GONE },
	{ KEY_P256,
	    "7c0b"
	    "8209"
	    "300602010102010100"
	    "9000",
	    NULL, ERR_DEVICE_GONE },
	{ KEY_P256,
	    "7c2b"
	    "8229"
	    "3027020101"
	    "022201" S256 "00"
	    "9000",
	    NULL, ERR_DEVICE_GONE },
	{ KEY_P256,
	    "7c0a"
	    "8108"
	    "3006020101020101"
	    "9000",
	    NULL, ERR_DEVICE_GONE },
	{ KEY_P256,
	    "7d0a"
	    "8208"
	    "3006020101020101"
	    "9000",
	    NULL, ERR_DEVICE_GONE },
	{ KEY_P256, "9000", NULL, ERR_DEVICE_GONE },
	{ KEY_P256, "6982", NULL, ERR_TOUCH },
	{ KEY_P256, "6983", NULL, ERR_PIN_BLOCKED },
	{ KEY_P256, "6a80", NULL, ERR_DEVICE_REFUSED },
	{ KEY_P256, "6d00", NULL, ERR_DEVICE_REFUSED },
	{ KEY_P256, NULL, NULL, ERR_DEVICE_GONE },
	{ KEY_ED25519,
	    "7c42"
	    "8240" ZERO32 ONE32 "9000",
	    ZERO32 ONE32, OK },
	{ KEY_ED25519,
	    "7c41"
	    "823f" ZERO32
	    "00000000000000000000000000000000000000000000000000000000000000"
	    "9000",
	    NULL, ERR_DEVICE_GONE },
	{ KEY_ED25519,
	    "7c0a"
	    "8208"
	    "3006020101020101"
	    "9000",
	    NULL, ERR_DEVICE_GONE },
};

START_TEST(takes_only_signatures_of_the_right_form)
{
	struct piv_key k = { .type = signatures[_i].type };
	uint8_t sig[KEY_SIG_MAX];
	struct span want;
	size_t n = 0;

	expect(NULL, signatures[_i].give);
	same(piv_card_sign(&card, 0x9c, &k, span_str("x"), sig, &n),
	    signatures[_i].want);
	if (signatures[_i].want != OK)
		return;
	want = forge_hex(signatures[_i].sig);
	ck_assert(span_eq(span_of(sig, n), want));
}
END_TEST

/* SHA-256 and SHA-384 of "abc" (FIPS 180-4), and the message itself. */
START_TEST(sends_the_hash_or_the_message)
{
	struct piv_key k = { .type = KEY_P256 };
	uint8_t sig[KEY_SIG_MAX];
	size_t n;

	expect("0087119c26"
	       "7c24"
	       "8200"
	       "8120"
	       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015"
	       "ad",
	    "6982");
	same(piv_card_sign(&card, 0x9c, &k, span_str("abc"), sig, &n),
	    ERR_TOUCH);
	k.type = KEY_P384;
	expect("0087149a36"
	       "7c34"
	       "8200"
	       "8130"
	       "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5b"
	       "ed8086072ba1e7cc2358baeca134c825a7",
	    "6982");
	same(piv_card_sign(&card, 0x9a, &k, span_str("abc"), sig, &n),
	    ERR_TOUCH);
	k.type = KEY_ED25519;
	expect("0087e08209"
	       "7c07"
	       "8200"
	       "8103"
	       "616263",
	    "6982");
	same(piv_card_sign(&card, 0x82, &k, span_str("abc"), sig, &n),
	    ERR_TOUCH);
}
END_TEST

/* The message of a chain fits into one short command, so that no card needs
 * to take a chained one. */
START_TEST(signs_with_one_command)
{
	struct piv_key k = { .type = KEY_ED25519 };
	uint8_t tbs[SSHSIG_TBS_SIZE], sig[KEY_SIG_MAX];
	size_t n;

	same(sshsig_tbs(span_str("x"), tbs), OK);
	expect(NULL, "7c42"
		     "8240" ZERO32 ONE32 "9000");
	same(piv_card_sign(&card, 0x9c, &k, span_of(tbs, sizeof tbs), sig, &n),
	    OK);
	ck_assert_uint_eq(at, 1);
}
END_TEST

START_TEST(says_that_an_imported_key_is_not_attested)
{
	static const char *const sw[] = { "6a80", "6a82", "6a88" };
	uint8_t a[64], b[64];
	struct out leaf = out_of(a, sizeof a), device = out_of(b, sizeof b);

	for (size_t i = 0; i < 3; i++) {
		expect("00f99c0000", sw[i]);
		same(piv_card_attest(&card, 0x9c, &leaf, &device),
		    ERR_DEVICE_REFUSED);
	}
	expect(NULL, "6d00");
	same(piv_card_attest(&card, 0x9c, &leaf, &device), ERR_DEVICE_REFUSED);
	expect("00f99c0000", "30009000");
	expect("00cb3fff055c035fff01", "6a82");
	same(piv_card_attest(&card, 0x9c, &leaf, &device), ERR_DEVICE_REFUSED);
	leaf.n = 0;
	expect("00f99c0000", "30009000");
	expect("00cb3fff055c035fff01", "5304"
				       "70023000"
				       "9000");
	same(piv_card_attest(&card, 0x9c, &leaf, &device), OK);
	ck_assert_uint_eq(leaf.n, 2);
	ck_assert_uint_eq(device.n, 2);
}
END_TEST

static const struct {
	uint8_t firmware[3];
	const char *metadata, *admin;
	enum err want;
	struct piv_manage m;
} managements[] = {
	{ { 5, 7, 4 },
	    "01010a"
	    "02020001"
	    "050101"
	    "9000",
	    "6a82", OK, { 0x0a, 24, true, false, false } },
	{ { 5, 7, 4 },
	    "01010c"
	    "02020002"
	    "050100"
	    "9000",
	    "6a82", OK, { 0x0c, 32, false, true, false } },
	{ { 5, 4, 3 },
	    "010108"
	    "02020001"
	    "050100"
	    "9000",
	    "5305"
	    "8003"
	    "810102"
	    "9000",
	    OK, { 0x08, 16, false, false, true } },
	{ { 5, 4, 3 },
	    "010103"
	    "02020001"
	    "050100"
	    "9000",
	    "5305"
	    "8003"
	    "810101"
	    "9000",
	    OK, { 0x03, 24, false, false, false } },
	{ { 5, 2, 7 }, NULL, "6a82", OK, { 0x03, 24, false, false, false } },
	{ { 5, 7, 4 },
	    "010111"
	    "9000",
	    NULL, ERR_DEVICE_GONE, { 0 } },
	{ { 5, 7, 4 }, "9000", NULL, ERR_DEVICE_GONE, { 0 } },
	{ { 5, 7, 4 }, "6a88", NULL, ERR_DEVICE_REFUSED, { 0 } },
};

START_TEST(learns_of_the_management_key)
{
	struct piv_manage m;

	memcpy(card.firmware, managements[_i].firmware, 3);
	if (managements[_i].metadata != NULL)
		expect("00f7009b00", managements[_i].metadata);
	if (managements[_i].admin != NULL)
		expect("00cb3fff055c035fff00", managements[_i].admin);
	same(piv_manage_info(&card, &m), managements[_i].want);
	if (managements[_i].want != OK)
		return;
	ck_assert_uint_eq(m.alg, managements[_i].m.alg);
	ck_assert_uint_eq(m.key_size, managements[_i].m.key_size);
	ck_assert_int_eq(m.is_default, managements[_i].m.is_default);
	ck_assert_int_eq(m.touch, managements[_i].m.touch);
	ck_assert_int_eq(m.in_card, managements[_i].m.in_card);
}
END_TEST

/* FIPS 197 appendix C.1: the card's witness is the closed block, so ours must
 * be the open one.  The card cannot close our challenge, since it is random:
 * whoever does not have the key is found out here. */
START_TEST(proves_the_management_key_and_asks_for_the_same)
{
	static const uint8_t key[PIV_MANAGE_KEY_MAX] = { 0, 1, 2, 3, 4, 5, 6, 7,
		8, 9, 10, 11, 12, 13, 14, 15 };
	const struct piv_manage m = { .alg = 0x08, .key_size = 16 };

	expect("0087089b04"
	       "7c028000",
	    "7c12"
	    "8010"
	    "69c4e0d86a7b0430d8cdb78070b4c55a"
	    "9000");
	expect(NULL, "7c12"
		     "8210"
		     "00000000000000000000000000000000"
		     "9000");
	same(piv_manage_auth(&card, &m, key), ERR_MANAGEMENT_KEY);
	expect(NULL, "7c12"
		     "8010"
		     "69c4e0d86a7b0430d8cdb78070b4c55a"
		     "9000");
	expect(NULL, "6982");
	same(piv_manage_auth(&card, &m, key), ERR_MANAGEMENT_KEY);
	expect(NULL, "7c0a"
		     "8008"
		     "69c4e0d86a7b0430"
		     "9000");
	same(piv_manage_auth(&card, &m, key), ERR_DEVICE_GONE);
	expect(NULL, "6a80");
	same(piv_manage_auth(&card, &m, key), ERR_DEVICE_REFUSED);
}
END_TEST

static uint8_t second[PIV_CARD_COMMAND];
static size_t second_n;

/* A card that has the key of FIPS 197. */
static enum err
honest(void *ctx, struct span command, struct out *answer)
{
	static const uint8_t key[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
		12, 13, 14, 15 };
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	uint8_t block[16];
	struct span open = forge_hex("7c128010"
				     "69c4e0d86a7b0430d8cdb78070b4c55a9000");
	int n;

	(void)ctx;
	if (at++ == 0) {
		out_put(answer, open.p, open.n);
		EVP_CIPHER_CTX_free(aes);
		return OK;
	}
	memcpy(second, command.p, command.n);
	second_n = command.n;
	ck_assert_int_eq(EVP_EncryptInit_ex(aes, EVP_aes_128_ecb(), NULL, key,
			     NULL),
	    1);
	ck_assert_int_eq(EVP_EncryptUpdate(aes, block, &n,
			     command.p + command.n - 16, 16),
	    1);
	EVP_CIPHER_CTX_free(aes);
	out_put(answer, "\x7c\x12\x82\x10", 4);
	out_put(answer, block, 16);
	out_put(answer, "\x90\x00", 2);
	return OK;
}

START_TEST(believes_a_card_that_has_the_key)
{
	static const uint8_t key[PIV_MANAGE_KEY_MAX] = { 0, 1, 2, 3, 4, 5, 6, 7,
		8, 9, 10, 11, 12, 13, 14, 15 };
	const struct piv_manage m = { .alg = 0x08, .key_size = 16 };
	struct span head = forge_hex("0087089b26"
				     "7c24"
				     "8010"
				     "00112233445566778899aabbccddeeff"
				     "8110");

	card.transmit = honest;
	same(piv_manage_auth(&card, &m, key), OK);
	ck_assert_uint_eq(second_n, head.n + 16);
	ck_assert_mem_eq(second, head.p, head.n);
}
END_TEST

START_TEST(makes_a_key_as_it_is_told_to)
{
	uint8_t buf[KEY_BLOB_MAX];
	struct out blob = out_of(buf, sizeof buf);

	expect("0047009c0b"
	       "ac09"
	       "800111"
	       "aa0102"
	       "ab0102",
	    "7f4943"
	    "8641" G256 "9000");
	same(piv_manage_generate(&card, 0x9c, KEY_P256, PIV_PIN_ONCE,
		 PIV_TOUCH_ALWAYS, &blob),
	    OK);
	same(key_parse(out_span(&blob), NULL, NULL, NULL), OK);
	expect("0047008a0b"
	       "ac09"
	       "8001e0"
	       "aa0101"
	       "ab0103",
	    "6982");
	same(piv_manage_generate(&card, 0x8a, KEY_ED25519, PIV_PIN_NEVER,
		 PIV_TOUCH_CACHED, &blob),
	    ERR_DEVICE_REFUSED);
	expect(NULL, "7f4922"
		     "8620" ED "9000");
	same(piv_manage_generate(&card, 0x9c, KEY_P256, PIV_PIN_ONCE,
		 PIV_TOUCH_ALWAYS, &blob),
	    ERR_DEVICE_GONE);
	expect(NULL, "7f4902"
		     "8600"
		     "9000");
	same(piv_manage_generate(&card, 0x9c, KEY_P256, PIV_PIN_ONCE,
		 PIV_TOUCH_ALWAYS, &blob),
	    ERR_DEVICE_GONE);
}
END_TEST

START_TEST(finds_a_management_key_behind_the_pin)
{
	const struct piv_manage m = { .alg = 0x08, .key_size = 16 };
	uint8_t key[PIV_MANAGE_KEY_MAX];

	expect("00cb3fff055c035fc109", "5314"
				       "8812"
				       "8910"
				       "000102030405060708090a0b0c0d0e0f"
				       "9000");
	same(piv_manage_kept(&card, &m, key), OK);
	ck_assert_mem_eq(key, "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 16);
	expect(NULL, "5304"
		     "8802"
		     "8900"
		     "9000");
	same(piv_manage_kept(&card, &m, key), ERR_MANAGEMENT_KEY);
	expect(NULL, "6a82");
	same(piv_manage_kept(&card, &m, key), ERR_MANAGEMENT_KEY);
	expect(NULL, "6982");
	same(piv_manage_kept(&card, &m, key), ERR_DEVICE_REFUSED);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof(t)[0])

int
main(void)
{
	TCase *c = tcase_create("piv_card");
	const TTest *const test[] = { reads_back_what_it_writes,
		chains_what_is_long, sends_one_command_where_it_fits,
		stops_a_chain_that_is_refused,
		refuses_answers_that_make_no_sense, wipes_what_it_sent,
		learns_who_the_card_is, takes_a_card_without_a_number,
		asks_old_firmware_for_a_certificate,
		shows_no_card_what_is_no_pin, sends_the_hash_or_the_message,
		signs_with_one_command,
		says_that_an_imported_key_is_not_attested,
		proves_the_management_key_and_asks_for_the_same,
		believes_a_card_that_has_the_key, makes_a_key_as_it_is_told_to,
		finds_a_management_key_behind_the_pin };
	const struct {
		const TTest *test;
		int rows;
	} loop[] = { { reads_values_strictly, ROWS(tlvs) },
		{ passes_over_other_cards, ROWS(strangers) },
		{ reads_what_is_in_a_slot, ROWS(keys) },
		{ never_guesses_how_many_tries_are_left, ROWS(counts) },
		{ hears_whether_a_pin_is_right, ROWS(pins) },
		{ takes_only_signatures_of_the_right_form, ROWS(signatures) },
		{ learns_of_the_management_key, ROWS(managements) } };

	tcase_add_checked_fixture(c, each, after);
	for (size_t i = 0; i < sizeof test / sizeof test[0]; i++)
		tcase_add_test(c, test[i]);
	for (size_t i = 0; i < sizeof loop / sizeof loop[0]; i++)
		tcase_add_loop_test(c, loop[i].test, 0, loop[i].rows);
	return suite_run_cases("piv_card", &c, 1, CK_FORK_GETENV);
}
