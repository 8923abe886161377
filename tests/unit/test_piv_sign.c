/* SPDX-License-Identifier: ISC */
/* What a card signs, and what it says of its keys. */
#include <check.h>

#include "chain/sshsig.h"
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

	card_script_expect(NULL, signatures[_i].give);
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

	card_script_expect("0087119c26"
			   "7c24"
			   "8200"
			   "8120"
			   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb41"
			   "0ff61f20015"
			   "ad",
	    "6982");
	same(piv_card_sign(&card, 0x9c, &k, span_str("abc"), sig, &n),
	    ERR_TOUCH);
	k.type = KEY_P384;
	card_script_expect("0087149a36"
			   "7c34"
			   "8200"
			   "8130"
			   "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8"
			   "b605a43ff5b"
			   "ed8086072ba1e7cc2358baeca134c825a7",
	    "6982");
	same(piv_card_sign(&card, 0x9a, &k, span_str("abc"), sig, &n),
	    ERR_TOUCH);
	k.type = KEY_ED25519;
	card_script_expect("0087e08209"
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
	card_script_expect(NULL, "7c42"
				 "8240" ZERO32 ONE32 "9000");
	same(piv_card_sign(&card, 0x9c, &k, span_of(tbs, sizeof tbs), sig, &n),
	    OK);
	ck_assert_uint_eq(card_script_left(), 0);
}
END_TEST

START_TEST(says_that_an_imported_key_is_not_attested)
{
	static const char *const sw[] = { "6a80", "6a82", "6a88" };
	uint8_t a[64], b[64];
	struct out leaf = out_of(a, sizeof a), device = out_of(b, sizeof b);

	for (size_t i = 0; i < 3; i++) {
		card_script_expect("00f99c0000", sw[i]);
		same(piv_card_attest(&card, 0x9c, &leaf, &device),
		    ERR_DEVICE_REFUSED);
	}
	card_script_expect(NULL, "6d00");
	same(piv_card_attest(&card, 0x9c, &leaf, &device), ERR_DEVICE_REFUSED);
	card_script_expect("00f99c0000", "30009000");
	card_script_expect("00cb3fff055c035fff01", "6a82");
	same(piv_card_attest(&card, 0x9c, &leaf, &device), ERR_DEVICE_REFUSED);
	leaf.n = 0;
	card_script_expect("00f99c0000", "30009000");
	card_script_expect("00cb3fff055c035fff01", "5304"
						   "70023000"
						   "9000");
	same(piv_card_attest(&card, 0x9c, &leaf, &device), OK);
	ck_assert_uint_eq(leaf.n, 2);
	ck_assert_uint_eq(device.n, 2);
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof(t)[0])

int
main(void)
{
	const TTest *const t[] = { sends_the_hash_or_the_message,
		signs_with_one_command,
		says_that_an_imported_key_is_not_attested };
	TCase *c = tcase_create("piv_sign");

	tcase_add_checked_fixture(c, each, after);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tcase_add_test(c, t[i]);
	tcase_add_loop_test(c, takes_only_signatures_of_the_right_form, 0,
	    ROWS(signatures));
	return suite_run_cases("piv_sign", &c, 1, CK_FORK_GETENV);
}
