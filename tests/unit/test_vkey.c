/* SPDX-License-Identifier: ISC */
#include "chain/hash.h"
#include "chain/note.h"
#include "chain/text.h"
#include "tests/lib/suite.h"

/* Of c2sp.org/signed-note. */
static const char vkey[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

/* A string literal with what stands behind its NULs. */
#define LITERAL(s) \
	{ \
		s, sizeof(s) - 1 \
	}

struct literal {
	const char *p;
	size_t n;
};

START_TEST(a_vkey_is_written_as_it_was_read)
{
	char text[NOTE_VKEY_MAX];
	struct out o = out_of(text, sizeof text);
	struct note_key k;

	ck_assert_int_eq(note_vkey_decode(span_str(vkey), &k), OK);
	note_vkey_encode(&o, &k);
	ck_assert(span_is(out_span(&o), vkey));
}
END_TEST

/* A vkey with the id that its name, type and key have. */
static struct span
vkey_of(const char *name, uint8_t type, const uint8_t *key, size_t n)
{
	static uint8_t buf[512];
	uint8_t all[512], b[1 + 64];
	struct out o = out_of(all, sizeof all);
	struct h32 h;

	out_put(&o, name, strlen(name));
	out_put(&o, "\n", 1);
	b[0] = type;
	memcpy(b + 1, key, n);
	out_put(&o, b, 1 + n);
	ck_assert_int_eq(hash_sha256(out_span(&o), &h), OK);
	o = out_of(buf, sizeof buf);
	out_put(&o, name, strlen(name));
	out_put(&o, "+", 1);
	text_hex(&o, span_of(h.b, 4));
	out_put(&o, "+", 1);
	note_base64(&o, span_of(b, 1 + n));
	ck_assert(!o.full);
	return out_span(&o);
}

START_TEST(a_vkey_has_a_type_that_is_supported)
{
	struct note_key k, other;

	ck_assert_int_eq(note_vkey_decode(span_str(vkey), &k), OK);
	for (int type = 0; type < 256; type++) {
		struct span v = vkey_of("a", (uint8_t)type, k.public.b, 32);
		bool known = type == NOTE_ED25519 || type == NOTE_COSIGNATURE;

		ck_assert_msg(note_vkey_decode(v, &other) ==
				  (known ? OK : ERR_VKEY),
		    "%d", type);
		if (known)
			ck_assert_int_eq((int)other.type, type);
	}
}
END_TEST

START_TEST(a_vkey_has_a_key_of_32_bytes)
{
	struct note_key k, other;
	uint8_t key[64] = { 0 };

	ck_assert_int_eq(note_vkey_decode(span_str(vkey), &k), OK);
	memcpy(key, k.public.b, 32);
	for (size_t n = 0; n <= sizeof key; n++) {
		ck_assert_int_eq(note_vkey_decode(vkey_of("a", 1, key, n),
				     &other),
		    n == 32 ? OK : ERR_VKEY);
	}
}
END_TEST

/* With any of these, somebody could sign everything without a key. */
START_TEST(a_vkey_has_no_point_of_small_order)
{
	static const char *const point[] = {
		"00000000000000000000000000000000000000000000000000000000000000"
		"00",
		"01000000000000000000000000000000000000000000000000000000000000"
		"00",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc"
		"05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03"
		"7a",
		/* not canonical */
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"01000000000000000000000000000000000000000000000000000000000000"
		"80",
		/* off the curve */
		"02000000000000000000000000000000000000000000000000000000000000"
		"00",
	};
	struct note_key k;
	uint8_t b[32];

	for (size_t i = 0; i < sizeof point / sizeof *point; i++) {
		ck_assert(text_unhex(span_str(point[i]), b, sizeof b));
		ck_assert_msg(note_vkey_decode(vkey_of("a", 1, b, 32), &k) ==
				  ERR_VKEY,
		    "%zu", i);
	}
}
END_TEST

START_TEST(vkeys_that_are_none)
{
#define KEY "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
	static const struct literal bad[] = {
		LITERAL(""),
		LITERAL("+"),
		LITERAL("++"),
		LITERAL("example.com/foo"),
		LITERAL("example.com/foo+530d903a"),
		LITERAL("example.com/foo+530d903a+"),
		LITERAL("example.com/foo+" KEY),
		LITERAL("+530d903a+" KEY),
		/* the id: another, in capitals, shorter, longer */
		LITERAL("example.com/foo+530d903b+" KEY),
		LITERAL("example.com/foo+00000000+" KEY),
		LITERAL("example.com/foo+530D903A+" KEY),
		LITERAL("example.com/foo+530d903+" KEY),
		LITERAL("example.com/foo+530d903a0+" KEY),
		LITERAL("example.com/foo+0x530d903a+" KEY),
		LITERAL("example.com/foo-530d903a-" KEY),
		LITERAL("example.com/foo+530d903a-" KEY),
		/* the name: another, with a blank, not ASCII */
		LITERAL("example.com/fop+530d903a+" KEY),
		LITERAL("example.com/ foo+530d903a+" KEY),
		LITERAL(" example.com/foo+530d903a+" KEY),
		LITERAL("example.com/foo\0+530d903a+" KEY),
		LITERAL("ex\xc3\xa4mple.com+530d903a+" KEY),
		/* something behind it */
		LITERAL("example.com/foo+530d903a+" KEY "\n"),
		LITERAL("example.com/foo+530d903a+" KEY " "),
		LITERAL("example.com/foo+530d903a+" KEY "AAAA"),
		LITERAL("example.com/foo+530d903a+" KEY "="),
		LITERAL("example.com/foo+530d903a+ " KEY),
		/* the base64 cut, in the other alphabet */
		LITERAL("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id"
			"2LKaANYcrnKv3U2"),
		LITERAL("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id"
			"2LKaANYcrnKv3U2_"),
	};
	struct note_key k;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(note_vkey_decode(span_of(bad[i].p, bad[i].n),
				  &k) == ERR_VKEY,
		    "%zu: %s", i, bad[i].p);
}
END_TEST

START_TEST(a_name_of_a_key_has_200_bytes_at_most)
{
	char name[NOTE_NAME + 2] = { 0 };
	struct note_key k, other;
	char text[NOTE_VKEY_MAX];
	struct out o = out_of(text, sizeof text);

	ck_assert_int_eq(note_vkey_decode(span_str(vkey), &k), OK);
	memset(name, 'n', NOTE_NAME + 1);
	ck_assert_int_eq(note_vkey_decode(vkey_of(name, 1, k.public.b, 32),
			     &other),
	    ERR_VKEY);
	name[NOTE_NAME] = '\0';
	ck_assert_int_eq(note_vkey_decode(vkey_of(name, 1, k.public.b, 32),
			     &other),
	    OK);
	note_vkey_encode(&o, &other);
	ck_assert(!o.full);
	ck_assert_int_eq(note_key_make(&k, span_str(""), NOTE_ED25519,
			     other.public.b),
	    ERR_VKEY);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		a_vkey_is_written_as_it_was_read,
		a_vkey_has_a_type_that_is_supported,
		a_vkey_has_a_key_of_32_bytes,
		a_vkey_has_no_point_of_small_order,
		vkeys_that_are_none,
		a_name_of_a_key_has_200_bytes_at_most,
	};

	return SUITE_RUN("vkey", t);
}
