/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <stdio.h>

#include "cli/keys/recovery.h"
#include "cli/keys/sealed_file.h"
#include "tests/lib/suite.h"

static const struct span pass = { (const uint8_t *)"correct horse", 13 };

/* A sealed key with all that opens it. */
struct made {
	struct sealed_file f;
	struct sealed_secret s;
	uint8_t k[64], c[64], r[20], recovery[32];
};

static void
seal(struct made *m)
{
	sealed_file_challenge(&m->f, m->k, m->c);
	ck_assert_int_eq(sealed_file_answer(&m->s, m->c, m->r), OK);
	ck_assert_int_eq(sealed_file_seal(&m->f, m->k, m->r, &m->s), OK);
}

static struct made
made(void)
{
	struct made m = { 0 };
	uint8_t secret[64];

	m.f = (struct sealed_file){ .name = "ops 1",
		.kdf = { .ops = 1, .mem = UINT64_C(8) << 20 },
		.slot = 2,
		.serial_n = 2,
		.serial = { 17654321, 17654322 } };
	randombytes_buf(m.s.seed, sizeof m.s.seed);
	randombytes_buf(m.s.slot, sizeof m.s.slot);
	m.s.over = 63;
	(void)crypto_sign_seed_keypair(m.f.public, secret, m.s.seed);
	randombytes_buf(m.recovery, sizeof m.recovery);
	(void)crypto_scalarmult_base(m.f.recovery, m.recovery);
	randombytes_buf(m.f.kdf.salt, sizeof m.f.kdf.salt);
	ck_assert_int_eq(sealed_file_next(&m.f, 0), OK);
	ck_assert_int_eq(sealed_file_stretch(&m.f, pass, m.k), OK);
	seal(&m);
	return m;
}

static size_t
rendered(const struct sealed_file *f, char text[SEALED_FILE_MAX + 1])
{
	struct out o = out_of(text, SEALED_FILE_MAX);

	sealed_file_render(&o, f);
	ck_assert(!o.full);
	text[o.n] = '\0';
	return o.n;
}

START_TEST(a_key_comes_back_with_passphrase_and_answer)
{
	struct made m = made();
	struct sealed_file again;
	struct sealed_secret s;
	uint8_t k[64], c[64];
	char text[SEALED_FILE_MAX + 1];
	size_t n = rendered(&m.f, text);

	ck_assert_int_eq(sealed_file_parse(span_of(text, n), &again), OK);
	ck_assert_mem_eq(&again, &m.f, sizeof again);
	ck_assert_int_eq(sealed_file_stretch(&again, pass, k), OK);
	sealed_file_challenge(&again, k, c);
	ck_assert_mem_eq(c, m.c, sizeof c);
	ck_assert_int_eq(sealed_file_open(&again, k, m.r, &s), OK);
	ck_assert_mem_eq(&s, &m.s, sizeof s);
}
END_TEST

START_TEST(neither_passphrase_nor_answer_opens_alone)
{
	struct made m = made();
	struct sealed_secret s;
	uint8_t k[64], c[64];

	ck_assert_int_eq(sealed_file_stretch(&m.f, span_str("correct horsf"),
			     k),
	    OK);
	ck_assert_int_eq(sealed_file_open(&m.f, k, m.r, &s), ERR_PASSPHRASE);
	/* It does not even ask the YubiKey the same. */
	sealed_file_challenge(&m.f, k, c);
	ck_assert_mem_ne(c, m.c, sizeof c);
	for (size_t i = 0; i < sizeof m.r; i++) {
		m.r[i] ^= 1;
		ck_assert_int_eq(sealed_file_open(&m.f, m.k, m.r, &s),
		    ERR_PASSPHRASE);
		m.r[i] ^= 1;
	}
	ck_assert_int_eq(sealed_file_open(&m.f, m.k, m.r, &s), OK);
}
END_TEST

/* Every bit of the file counts: it is refused as it stands, or does not open
 * with what opens the whole one. */
START_TEST(no_byte_can_be_changed)
{
	struct made m = made();
	struct sealed_secret s;
	struct sealed_file bad;
	char text[SEALED_FILE_MAX + 1];
	size_t n = rendered(&m.f, text), parsed = 0;

	for (size_t i = 0; i < n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			text[i] ^= (char)(1U << bit);
			if (sealed_file_parse(span_of(text, n), &bad) == OK) {
				parsed++;
				ck_assert_int_eq(sealed_file_open(&bad, m.k,
						     m.r, &s),
				    ERR_PASSPHRASE);
			}
			text[i] ^= (char)(1U << bit);
		}
	ck_assert_uint_gt(parsed, 1000);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(sealed_file_parse(span_of(text, i), &bad),
		    ERR_KEY_FILE_BAD);
	text[n] = '\n';
	ck_assert_int_eq(sealed_file_parse(span_of(text, n + 1), &bad),
	    ERR_KEY_FILE_BAD);
}
END_TEST

static enum err
with(const char *from, const char *to)
{
	struct made m = made();
	struct sealed_file f;
	char text[SEALED_FILE_MAX + 1], bad[2 * SEALED_FILE_MAX];
	const char *at;

	(void)rendered(&m.f, text);
	at = strstr(text, from);
	ck_assert_msg(at != NULL, "%s", from);
	(void)snprintf(bad, sizeof bad, "%.*s%s%s", (int)(at - text), text, to,
	    at + strlen(from));
	return sealed_file_parse(span_str(bad), &f);
}

START_TEST(what_is_refused)
{
	static const struct {
		const char *from, *to;
		enum err want;
	} rows[] = {
		{ "key/v1", "key/v1", OK },
		{ "key/v1", "key/v2", ERR_KEY_FILE_BAD },
		{ "encl-sealed-key", "encl-key", ERR_KEY_FILE_BAD },
		{ "ed25519", "ed448", ERR_KEY_FILE_BAD },
		{ "ops 1", "", ERR_KEY_FILE_BAD },
		{ "ops 1", "ops\t1", ERR_KEY_FILE_BAD },
		{ "ops 1", "ops 1\nname: x", ERR_KEY_FILE_BAD },
		{ "ops=1 ", "ops=16 ", OK },
		{ "ops=1 ", "ops=17 ", ERR_KEY_FILE_BAD },
		{ "ops=1 ", "ops=0 ", ERR_KEY_FILE_BAD },
		{ "mem=8388608", "mem=1073741824", OK },
		{ "mem=8388608", "mem=1073741825", ERR_KEY_FILE_BAD },
		{ "mem=8388608", "mem=8388607", ERR_KEY_FILE_BAD },
		{ "slot=2", "slot=1", OK },
		{ "slot=2", "slot=0", ERR_KEY_FILE_BAD },
		{ "slot=2", "slot=3", ERR_KEY_FILE_BAD },
		{ "slot=2", "slot=02", ERR_KEY_FILE_BAD },
		{ "slot=2", "slot=", ERR_KEY_FILE_BAD },
		{ "renew=1", "renew=0", OK },
		{ "renew=1", "renew=2", ERR_KEY_FILE_BAD },
		{ "17654321,17654322", "17654321", OK },
		{ "17654321,17654322", "", ERR_KEY_FILE_BAD },
		{ "17654321,17654322", "17654322,17654321", ERR_KEY_FILE_BAD },
		{ "17654321,17654322", "17654321,17654321", ERR_KEY_FILE_BAD },
		{ "17654321,17654322", "17654321,", ERR_KEY_FILE_BAD },
		{ "17654321,17654322", "0", ERR_KEY_FILE_BAD },
		{ "17654321,17654322", "017", ERR_KEY_FILE_BAD },
		{ "17654321,17654322", "4294967295", OK },
		{ "17654321,17654322", "4294967296", ERR_KEY_FILE_BAD },
		{ "17654321,17654322", "1,2,3,4,5,6,7,8", OK },
		{ "17654321,17654322", "1,2,3,4,5,6,7,8,9", ERR_KEY_FILE_BAD },
		{ "epoch: 1", "epoch: 4294967295", OK },
		{ "epoch: 1", "epoch: 4294967296", ERR_KEY_FILE_BAD },
		{ "epoch: 1", "epoch: 0", ERR_KEY_FILE_BAD },
		{ "epoch: 1", "epoch: 01", ERR_KEY_FILE_BAD },
		{ "epoch: 1", "epoch: +1", ERR_KEY_FILE_BAD },
		{ "epoch: 1", "epoch: 1 ", ERR_KEY_FILE_BAD },
		{ "recovery: x25519", "recovery: none", ERR_KEY_FILE_BAD },
		{ "=\nepoch", "\nepoch", ERR_KEY_FILE_BAD },
		{ "---\n", "--\n", ERR_KEY_FILE_BAD },
		{ "---\n", "---\n\n", ERR_KEY_FILE_BAD },
		{ "nonce", "\nnonce", ERR_KEY_FILE_BAD },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_msg(with(rows[i].from, rows[i].to) == rows[i].want,
		    "%s -> %s", rows[i].from, rows[i].to);
}
END_TEST

/* Whoever can write the file puts a recovery key of his own into it, and waits
 * for the renewal that would seal the secret to it.  It is not opened; were it
 * sealed all the same, he would have the secret. */
START_TEST(a_foreign_recovery_key_is_not_sealed_to)
{
	struct made m = made();
	struct sealed_secret s;
	uint8_t his[32];

	randombytes_buf(his, sizeof his);
	(void)crypto_scalarmult_base(m.f.recovery, his);
	ck_assert_int_eq(sealed_file_open(&m.f, m.k, m.r, &s), ERR_PASSPHRASE);
	ck_assert_int_eq(sealed_file_next(&m.f, 0), OK);
	seal(&m);
	ck_assert_int_eq(sealed_file_recover(&m.f, his, &s), OK);
	ck_assert_mem_eq(s.seed, m.s.seed, sizeof s.seed);
}
END_TEST

START_TEST(the_recovery_key_opens_it_and_no_other)
{
	struct made m = made();
	struct sealed_secret s;

	ck_assert_int_eq(sealed_file_recover(&m.f, m.recovery, &s), OK);
	ck_assert_mem_eq(&s, &m.s, sizeof s);
	m.recovery[0] ^= 8;
	ck_assert_int_eq(sealed_file_recover(&m.f, m.recovery, &s),
	    ERR_PASSPHRASE);
	m.recovery[0] ^= 8;
	m.f.recovery_box[50] ^= 1;
	ck_assert_int_eq(sealed_file_recover(&m.f, m.recovery, &s),
	    ERR_KEY_FILE_BAD);
	/* That it was spoilt is noticed at the next use. */
	ck_assert_int_eq(sealed_file_open(&m.f, m.k, m.r, &s), ERR_PASSPHRASE);
}
END_TEST

START_TEST(what_was_sealed_is_what_the_lines_say)
{
	struct made m = made();
	struct sealed_secret s;

	m.s.zero[10] = 1;
	seal(&m);
	ck_assert_int_eq(sealed_file_open(&m.f, m.k, m.r, &s),
	    ERR_KEY_FILE_BAD);
	m.s.zero[10] = 0;
	m.f.public[0] ^= 1;
	seal(&m);
	ck_assert_int_eq(sealed_file_open(&m.f, m.k, m.r, &s),
	    ERR_KEY_FILE_BAD);
	m.f.public[0] ^= 1;
	for (unsigned over = 0; over <= 64; over++) {
		m.s.over = (uint8_t)over;
		seal(&m);
		ck_assert_int_eq(sealed_file_open(&m.f, m.k, m.r, &s),
		    over == 0 || over >= 63 ? OK : ERR_KEY_FILE_BAD);
		ck_assert_int_eq(m.f.renew, over != 0);
	}
}
END_TEST

/* Renewal: the next file has another challenge and another key, and what was
 * overheard opens only the file of its day, which it does for ever. */
START_TEST(what_was_overheard_opens_no_later_file)
{
	struct made old = made(), m = old;
	struct sealed_secret s;

	ck_assert_int_eq(sealed_file_next(&m.f, 0), OK);
	ck_assert_uint_eq(m.f.epoch, 2);
	seal(&m);
	ck_assert_mem_ne(m.c, old.c, sizeof m.c);
	ck_assert_mem_ne(m.r, old.r, sizeof m.r);
	ck_assert_int_eq(sealed_file_open(&m.f, m.k, m.r, &s), OK);
	ck_assert_int_eq(sealed_file_open(&m.f, m.k, old.r, &s),
	    ERR_PASSPHRASE);
	ck_assert_int_eq(sealed_file_open(&old.f, m.k, old.r, &s), OK);
	/* Nor can the old lines be put before the new box. */
	memcpy(old.f.box, m.f.box, sizeof old.f.box);
	ck_assert_int_eq(sealed_file_open(&old.f, m.k, m.r, &s),
	    ERR_PASSPHRASE);
}
END_TEST

START_TEST(epochs_only_rise)
{
	struct sealed_file f = { .epoch = 5 };

	ck_assert_int_eq(sealed_file_next(&f, 0), OK);
	ck_assert_uint_eq(f.epoch, 6);
	ck_assert_int_eq(sealed_file_next(&f, 9), OK);
	ck_assert_uint_eq(f.epoch, 10);
	f.epoch = SEALED_FILE_EPOCHS - 1;
	ck_assert_int_eq(sealed_file_next(&f, 9), OK);
	ck_assert_int_eq(sealed_file_next(&f, 9), ERR_KEY_FILE_BAD);
}
END_TEST

/* HMAC_LT64 strips the last byte and all equal ones before it: exactly one
 * here, so that 63 bytes are what is computed. */
START_TEST(a_challenge_has_one_byte_of_padding)
{
	struct made m = made();

	for (int i = 0; i < 300; i++) {
		ck_assert_int_eq(sealed_file_next(&m.f, 0), OK);
		sealed_file_challenge(&m.f, m.k, m.c);
		ck_assert_uint_ne(m.c[62], m.c[63]);
	}
}
END_TEST

/* NIST, HMAC-SHA1 examples (after PUB 198), sample 2. */
START_TEST(an_answer_is_hmac_sha1)
{
	static const uint8_t want[20] = { 0x09, 0x22, 0xd3, 0x40, 0x5f, 0xaa,
		0x3d, 0x19, 0x4f, 0x82, 0xa4, 0x58, 0x30, 0x73, 0x7d, 0x5c,
		0xc6, 0xc7, 0x5d, 0x24 };
	struct sealed_secret s = { .over = 9 };
	uint8_t c[64] = "Sample #2", r[20];

	for (uint8_t i = 0; i < sizeof s.slot; i++)
		s.slot[i] = (uint8_t)(0x30 + i);
	ck_assert_int_eq(sealed_file_answer(&s, c, r), OK);
	ck_assert_mem_eq(r, want, sizeof want);
}
END_TEST

START_TEST(a_recovery_key_survives_paper)
{
	uint8_t key[RECOVERY_KEY], again[RECOVERY_KEY];
	char text[RECOVERY_TEXT];
	struct out o = out_of(text, sizeof text);
	static const char typed[] = "0001 0203-0405 0607 0809 0A0B 0c0d 0e0f\t"
				    "1011121314151617 1819 1a1b 1c1d 1e1f\r\n";

	for (uint8_t i = 0; i < sizeof key; i++)
		key[i] = i;
	recovery_render(&o, key);
	ck_assert(!o.full);
	ck_assert_uint_eq(o.n, RECOVERY_TEXT - 1);
	ck_assert_str_eq(text, "0001 0203 0405 0607 0809 0a0b 0c0d 0e0f "
			       "1011 1213 1415 1617 1819 1a1b 1c1d 1e1f\n");
	ck_assert_int_eq(recovery_parse(out_span(&o), again), OK);
	ck_assert_mem_eq(again, key, sizeof key);
	ck_assert_int_eq(recovery_parse(span_str(typed), again), OK);
	ck_assert_mem_eq(again, key, sizeof key);
	ck_assert_int_eq(recovery_parse(span_of(text, 78), again),
	    ERR_PASSPHRASE);
	text[3] = 'O';
	ck_assert_int_eq(recovery_parse(out_span(&o), again), ERR_PASSPHRASE);
	ck_assert_int_eq(recovery_parse(span_of(NULL, 0), again),
	    ERR_PASSPHRASE);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_key_comes_back_with_passphrase_and_answer,
		neither_passphrase_nor_answer_opens_alone,
		no_byte_can_be_changed, what_is_refused,
		a_foreign_recovery_key_is_not_sealed_to,
		the_recovery_key_opens_it_and_no_other,
		what_was_sealed_is_what_the_lines_say,
		what_was_overheard_opens_no_later_file, epochs_only_rise,
		a_challenge_has_one_byte_of_padding, an_answer_is_hmac_sha1,
		a_recovery_key_survives_paper };

	if (sodium_init() < 0)
		return 1;
	return SUITE_RUN("sealed_file", t);
}
