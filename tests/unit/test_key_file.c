/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <stdio.h>

#include "cli/keys/key_file.h"
#include "tests/lib/suite.h"

static const struct span pass = { (const uint8_t *)"correct horse", 13 };

static struct key_file
made(void)
{
	struct key_file k = { .name = "ops 1",
		.kdf = { .ops = 1, .mem = UINT64_C(8) << 20 } };

	ck_assert_int_eq(key_file_make(&k, pass, NULL), OK);
	return k;
}

static struct out
rendered(const struct key_file *k, uint8_t buf[KEY_FILE_MAX])
{
	struct out o = out_of(buf, KEY_FILE_MAX);

	key_file_render(&o, k);
	ck_assert(!o.full);
	return o;
}

START_TEST(a_key_comes_back_with_its_passphrase)
{
	struct key_file k = made(), again;
	uint8_t buf[KEY_FILE_MAX], secret[64], sig[64];
	struct out o = rendered(&k, buf);

	ck_assert_int_eq(key_file_parse(out_span(&o), &again), OK);
	ck_assert_mem_eq(k.public, again.public, 32);
	ck_assert_str_eq(again.name, "ops 1");
	ck_assert_int_eq(key_file_unlock(&again, pass, secret), OK);
	ck_assert_int_eq(crypto_sign_detached(sig, NULL, buf, 10, secret), 0);
	ck_assert_int_eq(crypto_sign_verify_detached(sig, buf, 10, k.public),
	    0);
}
END_TEST

START_TEST(a_wrong_passphrase_opens_nothing)
{
	struct key_file k = made();
	uint8_t secret[64];

	ck_assert_int_eq(key_file_unlock(&k, span_str("correct horsf"), secret),
	    ERR_PASSPHRASE);
	ck_assert_int_eq(key_file_unlock(&k, span_str("correct hors"), secret),
	    ERR_PASSPHRASE);
	ck_assert_int_eq(key_file_unlock(&k, span_of(NULL, 0), secret),
	    ERR_PASSPHRASE);
}
END_TEST

START_TEST(two_files_of_one_passphrase_differ)
{
	struct key_file a = made(), b = made();

	ck_assert_mem_ne(a.kdf.salt, b.kdf.salt, 16);
	ck_assert_mem_ne(a.public, b.public, 32);
	ck_assert_mem_ne(a.box, b.box, 24);
}
END_TEST

/* The header is bound to the secret: whoever swaps the public key or the name
 * in a stolen file makes it useless, and is not believed. */
START_TEST(an_altered_header_opens_nothing)
{
	struct key_file k = made(), bad;
	uint8_t secret[64];

	bad = k;
	bad.name[0] = 'O';
	ck_assert_int_eq(key_file_unlock(&bad, pass, secret), ERR_PASSPHRASE);
	bad = k;
	bad.public[0] ^= 1;
	ck_assert_int_eq(key_file_unlock(&bad, pass, secret), ERR_PASSPHRASE);
	bad = k;
	bad.kdf.ops = 2;
	ck_assert_int_eq(key_file_unlock(&bad, pass, secret), ERR_PASSPHRASE);
	bad = k;
	bad.box[KEY_FILE_BOX - 1] ^= 1;
	ck_assert_int_eq(key_file_unlock(&bad, pass, secret), ERR_PASSPHRASE);
	ck_assert_int_eq(key_file_unlock(&k, pass, secret), OK);
}
END_TEST

/* Any byte changed gives another key file or none, never the same one. */
START_TEST(a_file_has_one_spelling)
{
	struct key_file k = made(), again;
	uint8_t buf[KEY_FILE_MAX], spoilt[KEY_FILE_MAX];
	struct out o = rendered(&k, buf);

	for (size_t i = 0; i < o.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(spoilt, buf, o.n);
			spoilt[i] ^= (uint8_t)(1U << bit);
			if (key_file_parse(span_of(spoilt, o.n), &again) == OK)
				ck_assert_mem_ne(&again, &k, sizeof k);
		}
	for (size_t n = 0; n < o.n; n++)
		ck_assert_int_eq(key_file_parse(span_of(buf, n), &again),
		    ERR_KEY_FILE_BAD);
	buf[o.n] = '\n';
	ck_assert_int_eq(key_file_parse(span_of(buf, o.n + 1), &again),
	    ERR_KEY_FILE_BAD);
}
END_TEST

static enum err
with_cost(const char *cost)
{
	struct key_file k = made(), again;
	uint8_t buf[KEY_FILE_MAX];
	char text[KEY_FILE_MAX];
	struct out o = rendered(&k, buf);
	const char *at;

	buf[o.n] = '\0';
	at = strstr((const char *)buf, "ops=1 mem=8388608");
	ck_assert_ptr_nonnull(at);
	(void)snprintf(text, sizeof text, "%.*s%s%s",
	    (int)(at - (const char *)buf), (const char *)buf, cost,
	    at + strlen("ops=1 mem=8388608"));
	return key_file_parse(span_str(text), &again);
}

/* A hostile file must not be able to eat the machine. */
START_TEST(the_cost_has_bounds)
{
	ck_assert_int_eq(with_cost("ops=1 mem=8388608"), OK);
	ck_assert_int_eq(with_cost("ops=16 mem=1073741824"), OK);
	ck_assert_int_eq(with_cost("ops=17 mem=8388608"), ERR_KEY_FILE_BAD);
	ck_assert_int_eq(with_cost("ops=0 mem=8388608"), ERR_KEY_FILE_BAD);
	ck_assert_int_eq(with_cost("ops=1 mem=1073741825"), ERR_KEY_FILE_BAD);
	ck_assert_int_eq(with_cost("ops=1 mem=8388607"), ERR_KEY_FILE_BAD);
	ck_assert_int_eq(with_cost("ops=01 mem=8388608"), ERR_KEY_FILE_BAD);
	ck_assert_int_eq(with_cost("ops=1  mem=8388608"), ERR_KEY_FILE_BAD);
	ck_assert_int_eq(with_cost("ops= mem=8388608"), ERR_KEY_FILE_BAD);
	ck_assert_int_eq(with_cost("ops=1 mem=99999999999999999999"),
	    ERR_KEY_FILE_BAD);
}
END_TEST

START_TEST(a_name_is_one_printable_line)
{
	struct key_file k = { .name = "", .kdf = { .ops = 1, .mem = 8 << 20 } };

	ck_assert_int_eq(key_file_make(&k, pass, NULL), ERR_TEXT_BAD);
	(void)snprintf(k.name, sizeof k.name, "a\npublic: x");
	ck_assert_int_eq(key_file_make(&k, pass, NULL), ERR_TEXT_BAD);
	(void)snprintf(k.name, sizeof k.name, "a\033[2J");
	ck_assert_int_eq(key_file_make(&k, pass, NULL), ERR_TEXT_BAD);
	memset(k.name, 'a', 64);
	ck_assert_int_eq(key_file_make(&k, pass, NULL), OK);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_key_comes_back_with_its_passphrase,
		a_wrong_passphrase_opens_nothing,
		two_files_of_one_passphrase_differ,
		an_altered_header_opens_nothing, a_file_has_one_spelling,
		the_cost_has_bounds, a_name_is_one_printable_line };

	if (sodium_init() < 0)
		return 1;
	return SUITE_RUN("key_file", t);
}
