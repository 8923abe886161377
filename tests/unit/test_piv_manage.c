/* SPDX-License-Identifier: ISC */
/* The management key, and keys that are made with it. */
#include <check.h>

#include <openssl/evp.h>

#include "cli/keys/piv_manage.h"
#include "tests/lib/card_script.h"
#include "tests/lib/forge.h"
#include "tests/lib/same.h"
#include "tests/lib/suite.h"

static struct piv_card card;

static void
each(void)
{
	card_script_begin(&card);
}

static void
after(void)
{
	piv_card_end(&card);
}

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
		card_script_expect("00f7009b00", managements[_i].metadata);
	if (managements[_i].admin != NULL)
		card_script_expect("00cb3fff055c035fff00",
		    managements[_i].admin);
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

	card_script_expect("0087089b04"
			   "7c028000",
	    "7c12"
	    "8010"
	    "69c4e0d86a7b0430d8cdb78070b4c55a"
	    "9000");
	card_script_expect(NULL, "7c12"
				 "8210"
				 "00000000000000000000000000000000"
				 "9000");
	same(piv_manage_auth(&card, &m, key), ERR_MANAGEMENT_KEY);
	card_script_expect(NULL, "7c12"
				 "8010"
				 "69c4e0d86a7b0430d8cdb78070b4c55a"
				 "9000");
	card_script_expect(NULL, "6982");
	same(piv_manage_auth(&card, &m, key), ERR_MANAGEMENT_KEY);
	card_script_expect(NULL, "7c0a"
				 "8008"
				 "69c4e0d86a7b0430"
				 "9000");
	same(piv_manage_auth(&card, &m, key), ERR_DEVICE_GONE);
	card_script_expect(NULL, "6a80");
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
	static unsigned heard;
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	uint8_t block[16];
	struct span open = forge_hex("7c128010"
				     "69c4e0d86a7b0430d8cdb78070b4c55a9000");
	int n;

	(void)ctx;
	if (heard++ == 0) {
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

	card_script_expect("0047009c0b"
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
	card_script_expect("0047008a0b"
			   "ac09"
			   "8001e0"
			   "aa0101"
			   "ab0103",
	    "6982");
	same(piv_manage_generate(&card, 0x8a, KEY_ED25519, PIV_PIN_NEVER,
		 PIV_TOUCH_CACHED, &blob),
	    ERR_DEVICE_REFUSED);
	card_script_expect(NULL, "7f4922"
				 "8620" ED "9000");
	same(piv_manage_generate(&card, 0x9c, KEY_P256, PIV_PIN_ONCE,
		 PIV_TOUCH_ALWAYS, &blob),
	    ERR_DEVICE_GONE);
	card_script_expect(NULL, "7f4902"
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

	card_script_expect("00cb3fff055c035fc109",
	    "5314"
	    "8812"
	    "8910"
	    "000102030405060708090a0b0c0d0e0f"
	    "9000");
	same(piv_manage_kept(&card, &m, key), OK);
	ck_assert_mem_eq(key, "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 16);
	card_script_expect(NULL, "5304"
				 "8802"
				 "8900"
				 "9000");
	same(piv_manage_kept(&card, &m, key), ERR_MANAGEMENT_KEY);
	card_script_expect(NULL, "6a82");
	same(piv_manage_kept(&card, &m, key), ERR_MANAGEMENT_KEY);
	card_script_expect(NULL, "6982");
	same(piv_manage_kept(&card, &m, key), ERR_DEVICE_REFUSED);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof(t)[0])

int
main(void)
{
	const TTest *const t[] = {
		proves_the_management_key_and_asks_for_the_same,
		believes_a_card_that_has_the_key, makes_a_key_as_it_is_told_to,
		finds_a_management_key_behind_the_pin
	};
	TCase *c = tcase_create("piv_manage");

	tcase_add_checked_fixture(c, each, after);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tcase_add_test(c, t[i]);
	tcase_add_loop_test(c, learns_of_the_management_key, 0,
	    ROWS(managements));
	return suite_run_cases("piv_manage", &c, 1, CK_FORK_GETENV);
}
