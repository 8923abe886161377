/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "tests/lib/log_maker.h"
#include "tests/lib/suite.h"
#include "witness/admit.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct admit *a;
static struct note_key key[ADMIT_KEYS];
static struct log_maker one, two;

static void
setup(void)
{
	ck_assert_int_eq(admit_make(&a), OK);
	log_maker_begin(&one, "one", "log.example/a");
	log_maker_begin(&two, "two", "log.example/a");
}

static void
vkey(const struct log_maker *m, char text[NOTE_VKEY_MAX + 1])
{
	struct out o = out_of(text, NOTE_VKEY_MAX);

	note_vkey_encode(&o, &m->key);
	text[o.n] = '\0';
}

static enum err
add(const struct log_maker *m)
{
	char text[NOTE_VKEY_MAX + 1];

	vkey(m, text);
	return admit_log(a, span_str(text));
}

static void
family(const struct log_maker *m, const char *name, char text[400])
{
	struct out o = out_of(text, 399);

	out_put(&o, name, strlen(name));
	out_put(&o, "+", 1);
	note_base64(&o, h32_span(&m->key.public));
	text[o.n] = '\0';
}

static size_t
find(const char *origin)
{
	return admit_find(a, span_str(origin), key);
}

START_TEST(a_log_is_known_by_its_whole_name)
{
	setup();
	ck_assert_int_eq(add(&one), OK);
	ck_assert_uint_eq(find("log.example/a"), 1);
	ck_assert(h32_eq(&key[0].public, &one.key.public));
	ck_assert_uint_eq(key[0].id, one.key.id);
	ck_assert_uint_eq(find("log.example/"), 0);
	ck_assert_uint_eq(find("log.example/ab"), 0);
	ck_assert_uint_eq(find("log.example/a/" ID), 0);
	ck_assert_uint_eq(find(""), 0);
	admit_free(a);
}
END_TEST

START_TEST(a_log_that_changes_keys_has_both)
{
	setup();
	ck_assert_int_eq(add(&one), OK);
	ck_assert_int_eq(add(&two), OK);
	ck_assert_int_eq(add(&one), OK);
	ck_assert_uint_eq(find("log.example/a"), 2);
	ck_assert_uint_eq(admit_count(a), 2);
	admit_free(a);
}
END_TEST

START_TEST(a_log_never_has_more_keys_than_there_is_room_for)
{
	enum err e = OK;
	unsigned n = 0;

	setup();
	while (e == OK && n < 20) {
		char seed[8];

		snprintf(seed, sizeof seed, "%u", n);
		log_maker_begin(&one, seed, "log.example/a");
		e = add(&one);
		n += e == OK;
	}
	ck_assert_int_eq(e, ERR_TOO_LARGE);
	ck_assert_uint_eq(n, ADMIT_EACH);
	ck_assert_uint_eq(find("log.example/a"), ADMIT_EACH);
	admit_free(a);
}
END_TEST

START_TEST(many_logs_are_told_apart)
{
	char name[32];

	setup();
	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "log.example/%u", i * 7919 % 300);
		log_maker_begin(&one, name, name);
		ck_assert_int_eq(add(&one), OK);
	}
	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "log.example/%u", i);
		log_maker_begin(&one, name, name);
		ck_assert_uint_eq(find(name), 1);
		ck_assert_uint_eq(key[0].id, one.key.id);
	}
	ck_assert_uint_eq(find("log.example/300"), 0);
	admit_free(a);
}
END_TEST

START_TEST(a_family_is_a_name_a_slash_and_a_chain_id)
{
	static const char *const not_of[] = { "encl.example/x",
		"encl.example/x/", "encl.example/x" ID, "encl.example/" ID,
		"encl.example/x/" ID "0", "encl.example/x/y/" ID, "/" ID, ID,
		"encl.example/x//" ID,
		"encl.example/x/"
		"0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcde",
		"encl.example/x/"
		"0123456789ABCDEF0123456789abcdef0123456789abcdef"
		"0123456789abcdef",
		"encl.example/x/"
		"0123456789abcdeg0123456789abcdef0123456789abcdef"
		"0123456789abcdef" };
	char text[400];

	setup();
	family(&one, "encl.example/x", text);
	ck_assert_int_eq(admit_prefix(a, span_str(text)), OK);
	ck_assert_int_eq(admit_prefix(a, span_str(text)), OK);
	ck_assert_uint_eq(admit_count(a), 1);
	ck_assert_uint_eq(find("encl.example/x/" ID), 1);
	ck_assert(h32_eq(&key[0].public, &one.key.public));
	/* the id is that of the origin, not of the family's name */
	log_maker_begin(&two, "one", "encl.example/x/" ID);
	ck_assert_uint_eq(key[0].id, two.key.id);
	for (size_t i = 0; i < sizeof not_of / sizeof *not_of; i++)
		ck_assert_msg(find(not_of[i]) == 0, "%s", not_of[i]);
	admit_free(a);
}
END_TEST

START_TEST(an_origin_never_has_more_keys_than_there_is_room_for)
{
	char seed[8], text[400];

	setup();
	for (unsigned i = 0; i < 2 * ADMIT_KEYS; i++) {
		const enum err want = i < ADMIT_EACH ? OK : ERR_TOO_LARGE;

		snprintf(seed, sizeof seed, "%u", i);
		log_maker_begin(&one, seed, "encl.example/x/" ID);
		ck_assert_int_eq(add(&one), want);
		family(&one, "encl.example/x", text);
		ck_assert_int_eq(admit_prefix(a, span_str(text)), want);
	}
	ck_assert_uint_eq(find("encl.example/x/" ID), ADMIT_KEYS);
	admit_free(a);
}
END_TEST

START_TEST(a_member_of_a_family_may_have_a_key_of_its_own_too)
{
	char text[400];

	setup();
	family(&one, "encl.example/x", text);
	ck_assert_int_eq(admit_prefix(a, span_str(text)), OK);
	log_maker_begin(&two, "two", "encl.example/x/" ID);
	ck_assert_int_eq(add(&two), OK);
	ck_assert_uint_eq(find("encl.example/x/" ID), 2);
	admit_free(a);
}
END_TEST

START_TEST(keys_that_are_none_are_refused)
{
	static const char *const logs[] = { "", "a", "a+b", "a+00000000+AA==",
		/* the id of another name */
		"example.com/"
		"fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrn"
		"Kv3U2k" };
	static const char *const families[] = { "", "+", "a", "a+", "a+AAAA",
		"+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"a b+6TJ5GubnqECkYWTJBHhkJtXngh3YspoA1hyucq/dTaQ=",
		/* a point of small order: anybody can sign */
		"a+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"a+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" };

	setup();
	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++)
		ck_assert_msg(admit_log(a, span_str(logs[i])) == ERR_VKEY, "%s",
		    logs[i]);
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		ck_assert_msg(admit_prefix(a, span_str(families[i])) ==
				  ERR_VKEY,
		    "%s", families[i]);
	ck_assert_int_eq(admit_prefix(a,
			     span_str("a+6TJ5GubnqECkYWTJBHhkJtXngh3YspoA1hyuc"
				      "q/dTaQ=")),
	    OK);
	admit_free(a);
}
END_TEST

START_TEST(a_file_of_logs_has_a_rule_a_line)
{
	char text[2000], v[NOTE_VKEY_MAX + 1], f[400];
	size_t line;

	setup();
	vkey(&one, v);
	family(&two, "encl.example/x", f);
	snprintf(text, sizeof text, "# x\n\nlog %s\nprefix %s", v, f);
	ck_assert_int_eq(admit_lines(a, span_str(text), &line), OK);
	ck_assert_uint_eq(admit_count(a), 2);
	snprintf(text, sizeof text, "log %s\n\nLOG %s\n", v, v);
	ck_assert_int_eq(admit_lines(a, span_str(text), &line), ERR_CONFIG_BAD);
	ck_assert_uint_eq(line, 3);
	snprintf(text, sizeof text, "log %s \n", v);
	ck_assert_int_eq(admit_lines(a, span_str(text), &line), ERR_VKEY);
	ck_assert_int_eq(admit_lines(a, span_str("log\n"), &line),
	    ERR_CONFIG_BAD);
	admit_free(a);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_log_is_known_by_its_whole_name,
		a_log_that_changes_keys_has_both,
		a_log_never_has_more_keys_than_there_is_room_for,
		many_logs_are_told_apart,
		a_family_is_a_name_a_slash_and_a_chain_id,
		an_origin_never_has_more_keys_than_there_is_room_for,
		a_member_of_a_family_may_have_a_key_of_its_own_too,
		keys_that_are_none_are_refused,
		a_file_of_logs_has_a_rule_a_line };

	return SUITE_RUN("admit", t);
}
