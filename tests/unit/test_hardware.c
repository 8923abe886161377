/* SPDX-License-Identifier: ISC */
/* What is said of keys when evidence is at hand, and when it is not. */
#include <stdlib.h>

#include <openssl/evp.h>

#include "chain/hardware.h"
#include "chain/hash.h"
#include "tests/lib/maker.h"
#include "tests/lib/suite.h"
#include "view/view.h"

#define KEYS 4

static struct policy p;
static uint8_t seed[KEYS][32], blob[KEYS][KEY_BLOB_MAX];
static uint8_t pem[KEYS][EVIDENCE_MAX];
static struct span bundle[KEYS];
static struct span root[2];
static struct hardware h;

/* Key i, and what a device of that maker says of it. */
static void
make_key(size_t i, unsigned maker, const struct piv_cert_fact *f, struct key *k)
{
	struct out o = out_of(blob[i], sizeof blob[i]);
	struct out b = out_of(pem[i], sizeof pem[i]);
	uint8_t public[32];
	size_t n = sizeof public;
	EVP_PKEY *key;

	seed[i][0] = (uint8_t)(i + 1);
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed[i], 32);
	ck_assert_int_eq(EVP_PKEY_get_raw_public_key(key, public, &n), 1);
	EVP_PKEY_free(key);
	key_ed25519_blob(&o, public);
	maker_bundle_ed25519(&b, maker, f, seed[i]);
	ck_assert(!b.full);
	bundle[i] = out_span(&b);
	memset(k, 0, sizeof *k);
	k->blob = out_span(&o);
	k->name = span_str("k");
	k->has_evidence = true;
	ck_assert_int_eq(hash_sha256(bundle[i], &k->evidence), OK);
	ck_assert_int_eq(hash_sha256(k->blob, &k->kid), OK);
}

/* Control keys 0 and 1, guardian 2, endorser 3. */
static void
setup(void)
{
	memset(&p, 0, sizeof p);
	root[0] = maker_root(0);
	root[1] = maker_root(1);
	make_key(0, 0, &maker_fact, &p.control.key[0]);
	make_key(1, 1, &maker_fact, &p.control.key[1]);
	make_key(2, 0, &maker_fact, &p.guardians.key[0]);
	make_key(3, 0, &maker_fact, &p.endorsers.key[0]);
	p.control.n = 2;
	p.guardians.n = p.endorsers.n = 1;
	p.has_endorsers = true;
}

#define is(want_kind, want_why) \
	do { \
		ck_assert_int_eq(h.kind, want_kind); \
		ck_assert_str_eq(err_code(h.why), err_code(want_why)); \
	} while (0)

START_TEST(nothing_is_shown_without_evidence)
{
	struct key *k = &p.control.key[0];

	setup();
	hardware_judge(k, span_of(NULL, 0), root, 1, &h);
	is(HARDWARE_CLAIMED, OK);
	k->has_evidence = false;
	hardware_judge(k, span_of(NULL, 0), root, 1, &h);
	is(HARDWARE_NONE, OK);
	/* A bundle that the policy does not name says nothing, good as it is.
	 */
	hardware_judge(k, bundle[0], root, 1, &h);
	is(HARDWARE_NONE, OK);
}
END_TEST

START_TEST(a_sound_bundle_shows_the_key)
{
	struct h32 want;

	setup();
	hardware_judge(&p.control.key[0], bundle[0], root, 1, &h);
	is(HARDWARE_SHOWN, OK);
	ck_assert_int_eq(h.ev.touch, EVIDENCE_TOUCH_ALWAYS);
	ck_assert_int_eq(hash_sha256(root[0], &want), OK);
	ck_assert(h32_eq(&want, &h.root));
}
END_TEST

START_TEST(roots_of_one_name_are_all_tried)
{
	struct h32 want;

	setup();
	hardware_judge(&p.control.key[1], bundle[1], root, 1, &h);
	is(HARDWARE_REFUSED, ERR_EVIDENCE_BAD);
	hardware_judge(&p.control.key[1], bundle[1], root, 2, &h);
	is(HARDWARE_SHOWN, OK);
	ck_assert_int_eq(hash_sha256(root[1], &want), OK);
	ck_assert(h32_eq(&want, &h.root));
}
END_TEST

START_TEST(no_root_is_no_proof)
{
	setup();
	hardware_judge(&p.control.key[0], bundle[0], NULL, 0, &h);
	is(HARDWARE_REFUSED, ERR_EVIDENCE_ROOT);
}
END_TEST

START_TEST(another_bundle_than_the_named_one_is_refused)
{
	struct key k;
	uint8_t more[EVIDENCE_MAX];
	struct out o = out_of(more, sizeof more);

	setup();
	k = p.control.key[0];
	/* Just as sound, and of the very key: still not what was signed. */
	maker_bundle_ed25519(&o, 0, &maker_fact, seed[0]);
	hardware_judge(&k, out_span(&o), root, 1, &h);
	is(HARDWARE_REFUSED, ERR_EVIDENCE_HASH);
	/* One byte more, which PEM would not mind. */
	o = out_of(more, sizeof more);
	out_put(&o, bundle[0].p, bundle[0].n);
	out_put(&o, "\n", 1);
	hardware_judge(&k, out_span(&o), root, 1, &h);
	is(HARDWARE_REFUSED, ERR_EVIDENCE_HASH);
}
END_TEST

START_TEST(the_right_device_with_another_key_is_refused)
{
	struct key k;

	setup();
	k = p.control.key[0];
	k.evidence = p.guardians.key[0].evidence;
	hardware_judge(&k, bundle[2], root, 1, &h);
	is(HARDWARE_REFUSED, ERR_EVIDENCE_KEY);
}
END_TEST

START_TEST(a_weak_key_is_not_called_held)
{
	static const uint8_t weak[][2] = { { 2, 1 }, { 2, 3 }, { 1, 2 } };
	struct key k;

	setup();
	for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
		struct piv_cert_fact f = maker_fact;

		memcpy(f.policy, weak[i], 2);
		make_key(0, 0, &f, &k);
		hardware_judge(&k, bundle[0], root, 1, &h);
		is(HARDWARE_REFUSED, ERR_EVIDENCE_WEAK);
		ck_assert_int_eq(h.ev.touch, weak[i][1]);
	}
}
END_TEST

START_TEST(a_set_hears_each_bundle_for_its_keys)
{
	static struct hardware_set s;
	struct hardware_key key[HARDWARE_KEYS];
	static const char *const role[] = { "control", "control", "guardian",
		"endorser" };

	setup();
	ck_assert_uint_eq(hardware_keys(&p, key), 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_str_eq(key[i].role, role[i]);
	hardware_begin(&s, &p, root, 1);
	ck_assert_uint_eq(s.n, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(s.of[i].kind, HARDWARE_CLAIMED);
	hardware_hear(&s, &p, span_str("junk"));
	hardware_hear(&s, &p, bundle[3]);
	hardware_hear(&s, &p, bundle[0]);
	hardware_hear(&s, &p, bundle[1]);
	hardware_hear(&s, &p, bundle[0]);
	ck_assert_int_eq(s.of[0].kind, HARDWARE_SHOWN);
	ck_assert_int_eq(s.of[1].kind, HARDWARE_REFUSED);
	ck_assert_int_eq(s.of[2].kind, HARDWARE_CLAIMED);
	ck_assert_int_eq(s.of[3].kind, HARDWARE_SHOWN);
	p.has_endorsers = false;
	ck_assert_uint_eq(hardware_keys(&p, key), 3);
}
END_TEST

static void
view_is(const char *want)
{
	json_t *j = view_hardware(&h);
	char *text;

	(void)json_object_del(j, "root"); /* another one each time */
	text = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert_str_eq(text, want);
	ck_assert_ptr_null(strstr(text, "17654321"));
	free(text);
	json_decref(j);
}

START_TEST(views_have_no_serial_number)
{
	setup();
	hardware_judge(&p.control.key[0], bundle[0], root, 1, &h);
	ck_assert(h.ev.has_serial && h.ev.serial == MAKER_SERIAL);
	view_is("{\"firmware\":\"5.7.4\",\"pin\":\"once\",\"touch\":\"always\","
		"\"verified\":true}");
	hardware_judge(&p.control.key[0], span_of(NULL, 0), root, 1, &h);
	view_is("{\"reason\":\"not_published\",\"verified\":false}");
	hardware_judge(&p.control.key[1], bundle[1], root, 1, &h);
	view_is("{\"reason\":\"evidence_bad\",\"verified\":false}");
}
END_TEST

START_TEST(views_put_each_to_its_key)
{
	static struct hardware_set s;
	json_t *j, *e, *k;

	setup();
	j = view_policy(&p);
	p.control.key[1].has_evidence = false;
	hardware_begin(&s, &p, root, 1);
	hardware_hear(&s, &p, bundle[3]);
	ck_assert(view_hardware_put(j, s.of, s.n));
	k = json_object_get(j, "control");
	ck_assert(json_is_false(
	    json_object_get(json_object_get(json_array_get(k, 0), "hardware"),
		"verified")));
	ck_assert_ptr_null(json_object_get(json_array_get(k, 1), "hardware"));
	e = json_object_get(json_object_get(j, "endorsers"), "keys");
	ck_assert(json_is_true(
	    json_object_get(json_object_get(json_array_get(e, 0), "hardware"),
		"verified")));
	/* Of another policy. */
	ck_assert(!view_hardware_put(j, s.of, s.n - 1));
	json_decref(j);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { nothing_is_shown_without_evidence,
		a_sound_bundle_shows_the_key, roots_of_one_name_are_all_tried,
		no_root_is_no_proof,
		another_bundle_than_the_named_one_is_refused,
		the_right_device_with_another_key_is_refused,
		a_weak_key_is_not_called_held,
		a_set_hears_each_bundle_for_its_keys,
		views_have_no_serial_number, views_put_each_to_its_key };

	return SUITE_RUN("hardware", t);
}
