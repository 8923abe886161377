/* SPDX-License-Identifier: ISC */
#include <sodium/crypto_sign.h>

#include "chain/hash.h"
#include "chain/key.h"
#include "chain/wire.h"
#include "tests/lib/ecdsa.h"
#include "tests/lib/forge.h"
#include "tests/lib/suite.h"

static uint8_t public[32];

static void
setup(void)
{
	uint8_t secret[64], seed[32] = { 42 };

	crypto_sign_seed_keypair(public, secret, seed);
}

static struct span
string(struct span v)
{
	static uint8_t buf[8][512];
	static unsigned next;
	struct out o = out_of(buf[next++ % 8], 512);

	wire_put_string(&o, v);
	return out_span(&o);
}

static struct span
ed25519(struct span point)
{
	return forge_cat(2, string(span_str("ssh-ed25519")), string(point));
}

static struct span
sk_ed25519(struct span point, const char *application)
{
	return forge_cat(3, string(span_str("sk-ssh-ed25519@openssh.com")),
	    string(point), string(span_str(application)));
}

static enum err
parse(struct span blob)
{
	return key_parse(blob, NULL, NULL, NULL);
}

START_TEST(every_type_is_read)
{
	struct ecdsa p256 = ecdsa_new(CURVE_P256);
	struct ecdsa p384 = ecdsa_new(CURVE_P384);
	uint8_t buf[KEY_BLOB_MAX];
	struct span point, app;
	enum key_type t;

	setup();
	ck_assert_int_eq(key_parse(ed25519(span_of(public, 32)), &t, &point,
			     &app),
	    OK);
	ck_assert(t == KEY_ED25519 && point.n == 32 && app.n == 0);
	ck_assert_int_eq(key_parse(sk_ed25519(span_of(public, 32), "ssh:x"), &t,
			     &point, &app),
	    OK);
	ck_assert(t == KEY_SK_ED25519 && span_is(app, "ssh:x"));
	ck_assert_int_eq(key_parse(ecdsa_blob(&p256, KEY_P256, "", buf), &t,
			     &point, &app),
	    OK);
	ck_assert(t == KEY_P256 && point.n == 65);
	ck_assert_int_eq(key_parse(ecdsa_blob(&p384, KEY_P384, "", buf), &t,
			     &point, &app),
	    OK);
	ck_assert(t == KEY_P384 && point.n == 97);
	ck_assert_int_eq(key_parse(ecdsa_blob(&p256, KEY_SK_P256, "ssh:", buf),
			     &t, &point, &app),
	    OK);
	ck_assert(t == KEY_SK_P256 && span_is(app, "ssh:"));
	ecdsa_free(&p256);
	ecdsa_free(&p384);
}
END_TEST

START_TEST(blobs_are_exact)
{
	struct span good, bad;

	setup();
	good = ed25519(span_of(public, 32));
	ck_assert_uint_eq(good.n, 51);
	ck_assert_int_eq(parse(good), OK);
	ck_assert_int_eq(parse(span_of(good.p, good.n - 1)), ERR_KEY_BAD);
	bad = forge_cat(2, good, forge_hex("00"));
	ck_assert_int_eq(parse(bad), ERR_KEY_BAD);
	ck_assert_int_eq(parse(ed25519(span_of(public, 31))), ERR_KEY_BAD);
	ck_assert_int_eq(parse(span_str("")), ERR_KEY_BAD);
	bad = forge_cat(2, string(span_str("ssh-rsa")),
	    string(span_of(public, 32)));
	ck_assert_int_eq(parse(bad), ERR_KEY_BAD);
	bad = forge_cat(2, string(span_of("ssh-ed25519\0", 12)),
	    string(span_of(public, 32)));
	ck_assert_int_eq(parse(bad), ERR_KEY_BAD);
}
END_TEST

START_TEST(tokens_sign_for_ssh_only)
{
	setup();
	ck_assert_int_eq(parse(sk_ed25519(span_of(public, 32), "ssh:")), OK);
	ck_assert_int_eq(parse(sk_ed25519(span_of(public, 32), "ssh")),
	    ERR_KEY_BAD);
	ck_assert_int_eq(parse(sk_ed25519(span_of(public, 32),
			     "https://example.org")),
	    ERR_KEY_BAD);
	ck_assert_int_eq(parse(sk_ed25519(span_of(public, 32), "ssh:\n")),
	    ERR_KEY_BAD);
}
END_TEST

START_TEST(points_are_on_the_curve)
{
	struct ecdsa k = ecdsa_new(CURVE_P256);
	uint8_t buf[KEY_BLOB_MAX], point[32] = { 0 };
	struct span blob = ecdsa_blob(&k, KEY_P256, "", buf);

	ck_assert_int_eq(parse(blob), OK);
	buf[blob.n - 1] ^= 1;
	ck_assert_int_eq(parse(blob), ERR_KEY_BAD);
	buf[blob.n - 1] ^= 1;
	buf[blob.n - 65] = 3; /* not 04: uncompressed */
	ck_assert_int_eq(parse(blob), ERR_KEY_BAD);
	/* the neutral element, its twin of order 2, and y >= p */
	ck_assert_int_eq(parse(ed25519(span_of(point, 32))), ERR_KEY_BAD);
	point[0] = 1;
	ck_assert_int_eq(parse(ed25519(span_of(point, 32))), ERR_KEY_BAD);
	memset(point, 0xff, 32);
	ck_assert_int_eq(parse(ed25519(span_of(point, 32))), ERR_KEY_BAD);
	ecdsa_free(&k);
}
END_TEST

START_TEST(the_group_is_named_twice_and_alike)
{
	struct ecdsa k = ecdsa_new(CURVE_P256);
	struct span point = span_of(k.point, k.point_n), blob;

	blob = forge_cat(3, string(span_str("ecdsa-sha2-nistp256")),
	    string(span_str("nistp384")), string(point));
	ck_assert_int_eq(parse(blob), ERR_KEY_BAD);
	blob = forge_cat(3, string(span_str("ecdsa-sha2-nistp256")),
	    string(span_str("nistp256")), string(point));
	ck_assert_int_eq(parse(blob), OK);
	ecdsa_free(&k);
}
END_TEST

START_TEST(key_lines_come_back)
{
	static const char line[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAG"
				   "CsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea a b";
	uint8_t buf[KEY_BLOB_MAX];
	char text[KEY_LINE_MAX], fingerprint[51];
	struct span blob, comment;
	struct out o = out_of(text, sizeof text);
	struct h32 kid;

	ck_assert_int_eq(key_line_decode(span_str(line), buf, &blob, &comment),
	    OK);
	ck_assert(span_is(comment, "a b"));
	key_line_encode(&o, blob, comment);
	ck_assert_str_eq(text, line);
	ck_assert_int_eq(hash_sha256(blob, &kid), OK);
	key_fingerprint(&kid, fingerprint);
	ck_assert_uint_eq(strlen(fingerprint), 50);
}
END_TEST

START_TEST(key_lines_say_one_thing)
{
	static const char body[] = "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+"
				   "08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
	static const struct {
		const char *type, *tail;
		enum err e;
	} row[] = {
		{ "ssh-ed25519 ", "", OK },
		{ "ssh-ed25519 ", "\r\n", OK },
		{ "ssh-ed25519 ", " me@here\n", OK },
		{ "sk-ssh-ed25519@openssh.com ", "", ERR_KEY_BAD },
		{ "ssh-ed25519", "", ERR_KEY_BAD },
		{ "", "", ERR_KEY_BAD },
		{ "ssh-ed25519 ", "AAAA", ERR_KEY_BAD },
		{ "ssh-ed25519 ", " \x1b[2J", ERR_KEY_BAD },
		{ "command=\"x\" ssh-ed25519 ", "", ERR_KEY_BAD },
	};
	uint8_t buf[KEY_BLOB_MAX];
	struct span blob, comment, line;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		line = forge_cat(3, span_str(row[i].type), span_str(body),
		    span_str(row[i].tail));
		ck_assert_msg(key_line_decode(line, buf, &blob, &comment) ==
				  row[i].e,
		    "row %zu", i);
	}
	ck_assert_int_eq(key_line_decode(span_str(""), buf, &blob, &comment),
	    ERR_KEY_BAD);
}
END_TEST

START_TEST(mpints_are_positive_and_short)
{
	static const struct {
		const char *hex, *value; /* NULL: refused */
	} row[] = {
		{ "0000000101", "0001" },
		{ "00000002007f", NULL },
		{ "000000020080", "0080" },
		{ "0000000180", NULL },
		{ "00000003008000", "8000" },
		{ "0000000301 8000", NULL },
		{ "00000000", NULL },
		{ "0000000100", NULL },
		{ "0000000201", NULL },
	};
	uint8_t b[2];

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char hex[32];
		size_t n = 0;
		struct span s;

		for (const char *p = row[i].hex; *p; p++)
			if (*p != ' ')
				hex[n++] = *p;
		hex[n] = 0;
		s = forge_hex(hex);
		ck_assert_msg(wire_mpint(&s, b, 2) == (row[i].value != NULL),
		    "row %zu", i);
		if (row[i].value)
			ck_assert(
			    span_eq(span_of(b, 2), forge_hex(row[i].value)));
	}
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { every_type_is_read, blobs_are_exact,
		tokens_sign_for_ssh_only, points_are_on_the_curve,
		the_group_is_named_twice_and_alike, key_lines_come_back,
		key_lines_say_one_thing, mpints_are_positive_and_short };

	return SUITE_RUN("key", t);
}
