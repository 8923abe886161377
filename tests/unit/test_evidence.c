/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "chain/evidence.h"
#include "chain/hash.h"
#include "chain/pem.h"
#include "tests/lib/piv_cert.h"
#include "tests/lib/suite.h"

/*
 * A maker as Yubico is one: an old root that signs devices itself, and a new
 * one with issuers between.  Each test bends one thing.
 */
enum { ROOT, ROOT1, BETWEEN, ISSUER, DEVICE, LEAF, STRANGER, KEYS };

static EVP_PKEY *key[KEYS];
static struct piv_cert_fact fact;
static uint8_t root_der[2][2048], blob_buf[KEY_BLOB_MAX];
static X509 *root_cert[2];
static struct span root[2];
static uint8_t text[EVIDENCE_MAX * 2];
static struct out bundle;

static void
blob_of(EVP_PKEY *k, enum key_type t, uint8_t buf[KEY_BLOB_MAX],
    struct span *blob)
{
	uint8_t public[128];
	size_t n = sizeof public;
	struct out o = out_of(buf, KEY_BLOB_MAX);

	if (t == KEY_ED25519)
		ck_assert_int_eq(EVP_PKEY_get_raw_public_key(k, public, &n), 1);
	else
		ck_assert_int_eq(EVP_PKEY_get_octet_string_param(k, "pub",
				     public, sizeof public, &n),
		    1);
	key_blob(&o, t, span_of(public, n));
	*blob = out_span(&o);
}

static X509 *
make_root(size_t i, const char *name, EVP_PKEY *k, int path_len)
{
	struct out o = out_of(root_der[i], sizeof root_der[i]);

	root_cert[i] = piv_cert_authority(name, k, NULL, NULL, path_len);
	piv_cert_der(&o, root_cert[i]);
	root[i] = out_span(&o);
	return root_cert[i];
}

static void
setup(void)
{
	for (size_t i = 0; i < KEYS; i++)
		key[i] = EVP_EC_gen("P-256");
	make_root(0, PIV_CERT_ROOT, key[ROOT], 1);
	make_root(1, PIV_CERT_ROOT1, key[ROOT1], PIV_CERT_NO_LIMIT);
}

static void
each(void)
{
	fact = (struct piv_cert_fact){ .slot = 0x9c,
		.firmware = { 5, 7, 4 },
		.policy = { EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS },
		.form = 1,
		.serial = 17654321 };
	bundle = out_of(text, sizeof text);
}

static void
put(X509 *x)
{
	piv_cert_pem(&bundle, x);
	X509_free(x);
}

static X509 *
device_of(X509 *issuer, EVP_PKEY *issuer_key)
{
	return piv_cert_device(&fact, key[DEVICE], issuer, issuer_key);
}

/* A bundle of the old kind, whose leaf is asked for in full. */
static void
bundle_of(const struct piv_cert_ask *ask)
{
	X509 *device = device_of(root_cert[0], key[ROOT]);
	struct piv_cert_ask a = *ask;

	if (a.key == NULL)
		a.key = key[LEAF];
	if (a.subject == NULL)
		a.subject = PIV_CERT_KEY "9c";
	a.issuer = device;
	a.issuer_key = key[DEVICE];
	put(piv_cert_make(&a));
	put(device);
}

/* The same with the usual leaf. */
static void
bundle_old(void)
{
	X509 *device = device_of(root_cert[0], key[ROOT]);

	put(piv_cert_leaf(&fact, key[LEAF], device, key[DEVICE]));
	put(device);
}

/* Of the new kind; issuer's name may be another's, and so may the order. */
static void
bundle_new(const char *issuer_name)
{
	X509 *between = piv_cert_authority(PIV_CERT_BETWEEN, key[BETWEEN],
	    root_cert[1], key[ROOT1], 2);
	X509 *issuer = piv_cert_authority(issuer_name, key[ISSUER], between,
	    key[BETWEEN], 1);
	X509 *device = device_of(issuer, key[ISSUER]);

	put(piv_cert_leaf(&fact, key[LEAF], device, key[DEVICE]));
	put(device);
	put(issuer);
	put(between);
}

static enum err
verify_with(const struct span *roots, size_t n, struct evidence *ev)
{
	struct span blob;

	blob_of(key[LEAF], KEY_P256, blob_buf, &blob);
	ck_assert(!bundle.full);
	return evidence_verify(out_span(&bundle), roots, n, blob, ev);
}

static enum err
verify(void)
{
	struct evidence ev;

	return verify_with(root, 2, &ev);
}

#define same(call, code) ck_assert_str_eq(err_code(call), err_code(code))

START_TEST(reads_what_the_device_says)
{
	struct evidence ev;

	bundle_old();
	same(verify_with(root, 2, &ev), OK);
	ck_assert_mem_eq(ev.firmware, "\x05\x07\x04", 3);
	ck_assert(ev.has_serial && ev.serial == 17654321);
	ck_assert_uint_eq(ev.slot, 0x9c);
	ck_assert_int_eq(ev.pin, EVIDENCE_PIN_ONCE);
	ck_assert_int_eq(ev.touch, EVIDENCE_TOUCH_ALWAYS);
	ck_assert_int_eq(ev.type, KEY_P256);
	ck_assert_uint_eq(ev.form, 1);
	ck_assert(!ev.fips);
	ck_assert_uint_eq(ev.root, 0);
	same(evidence_judge(&ev), OK);
}
END_TEST

START_TEST(reads_a_device_below_two_issuers)
{
	struct evidence ev;

	bundle_new(PIV_CERT_ISSUER);
	same(verify_with(root, 2, &ev), OK);
	ck_assert_uint_eq(ev.root, 1);
	same(verify_with(root + 1, 1, &ev), OK);
	ck_assert_uint_eq(ev.root, 0);
}
END_TEST

START_TEST(takes_all_three_kinds_of_keys)
{
	static const struct {
		const char *group;
		enum key_type type;
	} row[] = { { "P-256", KEY_P256 }, { "P-384", KEY_P384 },
		{ NULL, KEY_ED25519 } };
	EVP_PKEY *was = key[LEAF];

	for (size_t i = 0; i < 3; i++) {
		struct evidence ev;
		struct span blob;

		each();
		key[LEAF] = row[i].group != NULL
				? EVP_EC_gen(row[i].group)
				: EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		bundle_old();
		blob_of(key[LEAF], row[i].type, blob_buf, &blob);
		same(evidence_verify(out_span(&bundle), root, 2, blob, &ev),
		    OK);
		ck_assert_int_eq(ev.type, row[i].type);
		EVP_PKEY_free(key[LEAF]);
	}
	key[LEAF] = was;
}
END_TEST

START_TEST(trusts_no_root_that_was_not_named)
{
	struct evidence ev;

	bundle_old();
	same(verify_with(root + 1, 1, &ev), ERR_EVIDENCE_BAD);
	same(verify_with(root, 0, &ev), ERR_EVIDENCE_BAD);
	same(verify_with(root, 1, &ev), OK);
}
END_TEST

/* Whichever of them comes first. */
START_TEST(finds_the_right_one_of_two_roots_with_one_name)
{
	uint8_t der[2048];
	struct out o = out_of(der, sizeof der);
	X509 *twin =
	    piv_cert_authority(PIV_CERT_ROOT, key[STRANGER], NULL, NULL, 1);
	struct span both[2];
	struct evidence ev;

	piv_cert_der(&o, twin);
	X509_free(twin);
	bundle_old();
	both[0] = out_span(&o);
	both[1] = root[0];
	same(verify_with(both, 2, &ev), OK);
	ck_assert_uint_eq(ev.root, 1);
	both[0] = root[0];
	both[1] = out_span(&o);
	same(verify_with(both, 2, &ev), OK);
	ck_assert_uint_eq(ev.root, 0);
}
END_TEST

START_TEST(tells_roots_and_keys_of_certificates)
{
	uint8_t der[2048], point[97], buf[KEY_BLOB_MAX], made[KEY_BLOB_MAX];
	struct out o = out_of(der, sizeof der);
	struct out public = out_of(point, sizeof point);
	struct out b = out_of(made, sizeof made);
	X509 *device = device_of(root_cert[0], key[ROOT]);
	enum key_type type;
	struct span blob;

	piv_cert_der(&o, device);
	X509_free(device);
	ck_assert(evidence_is_root(root[0]));
	ck_assert(!evidence_is_root(out_span(&o)));
	ck_assert(!evidence_is_root(span_of(der, o.n - 1)));
	same(evidence_key(out_span(&o), &type, &public), OK);
	blob_of(key[DEVICE], KEY_P256, buf, &blob);
	key_blob(&b, type, out_span(&public));
	ck_assert(span_eq(out_span(&b), blob));
	same(evidence_key(span_of(der, o.n - 1), &type, &public),
	    ERR_EVIDENCE_BAD);
}
END_TEST

START_TEST(trusts_no_root_of_the_same_name)
{
	X509 *fake =
	    piv_cert_authority(PIV_CERT_ROOT, key[STRANGER], NULL, NULL, 1);
	X509 *device = device_of(fake, key[STRANGER]);

	put(piv_cert_leaf(&fact, key[LEAF], device, key[DEVICE]));
	put(device);
	X509_free(fake);
	same(verify(), ERR_EVIDENCE_BAD);
}
END_TEST

START_TEST(refuses_a_key_that_the_device_did_not_sign)
{
	X509 *device = device_of(root_cert[0], key[ROOT]);

	put(piv_cert_leaf(&fact, key[LEAF], device, key[STRANGER]));
	put(device);
	same(verify(), ERR_EVIDENCE_BAD);
}
END_TEST

START_TEST(refuses_another_key)
{
	struct evidence ev;
	struct span blob;
	uint8_t buf[KEY_BLOB_MAX];

	bundle_old();
	blob_of(key[STRANGER], KEY_P256, buf, &blob);
	same(evidence_verify(out_span(&bundle), root, 2, blob, &ev),
	    ERR_EVIDENCE_KEY);
	ck_assert_int_eq(evidence_verify(out_span(&bundle), root, 2,
			     span_of(buf, 0), &ev),
	    ERR_EVIDENCE_KEY);
}
END_TEST

START_TEST(refuses_a_key_of_another_kind)
{
	struct piv_cert_ask ask = { .key = EVP_RSA_gen(2048) };

	ask.extension[0] = (struct piv_cert_extension){ PIV_CERT_FIRMWARE,
		span_of("\5\7\4", 3), false };
	ask.extension[1] = (struct piv_cert_extension){ PIV_CERT_POLICY,
		span_of("\2\2", 2), false };
	bundle_of(&ask);
	same(verify(), ERR_EVIDENCE_KEY);
	EVP_PKEY_free(ask.key);
}
END_TEST

/* The order of the bundle, and what may be in it. */
START_TEST(refuses_a_bundle_that_is_not_leaf_device_and_issuers)
{
	X509 *device = device_of(root_cert[0], key[ROOT]);
	X509 *leaf = piv_cert_leaf(&fact, key[LEAF], device, key[DEVICE]);

	same(verify(), ERR_EVIDENCE_BAD);
	piv_cert_pem(&bundle, leaf);
	same(verify(), ERR_EVIDENCE_BAD);
	piv_cert_pem(&bundle, device);
	same(verify(), OK);
	piv_cert_pem(&bundle, root_cert[0]);
	same(verify(), ERR_EVIDENCE_BAD);
	each();
	piv_cert_pem(&bundle, device);
	piv_cert_pem(&bundle, leaf);
	same(verify(), ERR_EVIDENCE_BAD);
	each();
	piv_cert_pem(&bundle, leaf);
	piv_cert_pem(&bundle, device);
	piv_cert_pem(&bundle, device);
	same(verify(), ERR_EVIDENCE_BAD);
	each();
	for (size_t i = 0; i < EVIDENCE_CERTS + 1; i++)
		piv_cert_pem(&bundle, leaf);
	same(verify(), ERR_EVIDENCE_BAD);
	X509_free(leaf);
	X509_free(device);
}
END_TEST

START_TEST(refuses_issuers_that_are_missing_or_in_another_order)
{
	size_t two, three;

	bundle_new(PIV_CERT_ISSUER);
	same(verify(), OK);
	three = bundle.n;
	while (memcmp(text + three - 10, "-----BEGIN", 10) != 0)
		three--;
	three -= 10;
	two = three;
	while (memcmp(text + two - 10, "-----BEGIN", 10) != 0)
		two--;
	two -= 10;
	bundle.n = three;
	same(verify(), ERR_EVIDENCE_BAD);
	bundle.n = two;
	same(verify(), ERR_EVIDENCE_BAD);
	/* The same four, the two issuers changed about. */
	each();
	bundle_new(PIV_CERT_ISSUER);
	{
		uint8_t last[2048];
		size_t n = bundle.n - three, m = three - two;

		memcpy(last, text + three, n);
		memmove(text + two + n, text + two, m);
		memcpy(text + two, last, n);
	}
	same(verify(), ERR_EVIDENCE_BAD);
}
END_TEST

/* Without the rule, whatever else that root signs could speak for a key. */
START_TEST(refuses_issuers_of_other_devices)
{
	bundle_new("Yubico OPGP Attestation B 1");
	same(verify(), ERR_EVIDENCE_BAD);
	each();
	bundle_new("Yubico FIDO Attestation B 1");
	same(verify(), ERR_EVIDENCE_BAD);
	each();
	bundle_new(PIV_CERT_ISSUER);
	same(verify(), OK);
}
END_TEST

START_TEST(refuses_a_device_right_below_the_mixed_root)
{
	X509 *device = device_of(root_cert[1], key[ROOT1]);

	put(piv_cert_leaf(&fact, key[LEAF], device, key[DEVICE]));
	put(device);
	same(verify(), ERR_EVIDENCE_BAD);
}
END_TEST

/* A control key's certificate must not make more of them. */
START_TEST(refuses_a_key_below_another_key)
{
	X509 *device = device_of(root_cert[0], key[ROOT]);
	X509 *middle = piv_cert_leaf(&fact, key[STRANGER], device, key[DEVICE]);

	put(piv_cert_leaf(&fact, key[LEAF], middle, key[STRANGER]));
	put(middle);
	put(device);
	same(verify(), ERR_EVIDENCE_BAD);
}
END_TEST

static void
usual_extensions(struct piv_cert_ask *ask)
{
	ask->extension[0] = (struct piv_cert_extension){ PIV_CERT_FIRMWARE,
		span_of("\5\7\4", 3), false };
	ask->extension[1] = (struct piv_cert_extension){ PIV_CERT_POLICY,
		span_of("\2\2", 2), false };
}

START_TEST(refuses_a_key_that_is_an_authority)
{
	struct piv_cert_ask ask = { .constraints = true, .path_len = -1 };

	usual_extensions(&ask);
	bundle_of(&ask);
	same(verify(), OK);
	each();
	ask.ca = true;
	bundle_of(&ask);
	same(verify(), ERR_EVIDENCE_BAD);
	each();
	ask.constraints = false;
	ask.usage = "critical,keyCertSign";
	bundle_of(&ask);
	same(verify(), ERR_EVIDENCE_BAD);
}
END_TEST

START_TEST(refuses_a_device_that_is_no_authority)
{
	static const struct {
		bool constraints, ca;
		const char *usage;
		enum err want;
	} row[] = {
		{ true, true, NULL, OK },
		{ true, true, "critical,keyCertSign", OK },
		{ true, true, "critical,digitalSignature", ERR_EVIDENCE_BAD },
		{ true, false, NULL, ERR_EVIDENCE_BAD },
		{ false, false, NULL, ERR_EVIDENCE_BAD },
		/* As some YubiKey 4 have it. */
		{ false, false, "critical,keyCertSign", ERR_EVIDENCE_BAD },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const struct piv_cert_ask ask = { .subject = PIV_CERT_DEVICE,
			.key = key[DEVICE],
			.issuer = root_cert[0],
			.issuer_key = key[ROOT],
			.constraints = row[i].constraints,
			.ca = row[i].ca,
			.path_len = -1,
			.usage = row[i].usage };
		X509 *device = piv_cert_make(&ask);

		each();
		put(piv_cert_leaf(&fact, key[LEAF], device, key[DEVICE]));
		put(device);
		same(verify(), row[i].want);
	}
}
END_TEST

/* libcrypto tolerates it of a root. */
START_TEST(refuses_a_root_that_is_no_authority)
{
	for (int bare = 0; bare < 2; bare++) {
		const struct piv_cert_ask ask = { .subject = PIV_CERT_ROOT,
			.key = key[ROOT],
			.constraints = bare == 0,
			.ca = true,
			.path_len = 1,
			.usage = "critical,keyCertSign" };
		uint8_t der[2048];
		struct out o = out_of(der, sizeof der);
		X509 *r = piv_cert_make(&ask);
		X509 *device = device_of(r, key[ROOT]);
		struct evidence ev;
		struct span named;

		piv_cert_der(&o, r);
		X509_free(r);
		each();
		put(piv_cert_leaf(&fact, key[LEAF], device, key[DEVICE]));
		put(device);
		named = out_span(&o);
		same(verify_with(&named, 1, &ev), bare ? ERR_EVIDENCE_BAD : OK);
	}
}
END_TEST

START_TEST(refuses_a_path_that_is_too_long)
{
	for (int len = 1; len >= 0; len--) {
		X509 *issuer = piv_cert_authority(PIV_CERT_ISSUER, key[ISSUER],
		    root_cert[1], key[ROOT1], len);
		X509 *device = device_of(issuer, key[ISSUER]);

		each();
		put(piv_cert_leaf(&fact, key[LEAF], device, key[DEVICE]));
		put(device);
		put(issuer);
		same(verify(), len == 1 ? OK : ERR_EVIDENCE_BAD);
	}
}
END_TEST

START_TEST(refuses_what_it_must_know_and_does_not)
{
	struct piv_cert_ask ask = { .ca = false };

	usual_extensions(&ask);
	ask.extension[2] =
	    (struct piv_cert_extension){ "1.2.3.4", span_of("\5\0", 2), false };
	bundle_of(&ask);
	same(verify(), OK);
	each();
	ask.extension[2].critical = true;
	bundle_of(&ask);
	same(verify(), ERR_EVIDENCE_BAD);
}
END_TEST

START_TEST(looks_at_no_clock)
{
	struct piv_cert_ask ask = { .until = "20170101000000Z" };

	usual_extensions(&ask);
	bundle_of(&ask);
	same(verify(), OK);
}
END_TEST

/* Each row is a leaf with this one extension instead of the usual one. */
static const struct field {
	const char *oid;
	struct {
		const char *p;
		size_t n;
	} v;
	enum err want;
} fields[] = {
	{ PIV_CERT_FIRMWARE, { "\5\4\3", 3 }, OK },
	{ PIV_CERT_FIRMWARE, { NULL, 0 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_FIRMWARE, { "\5\4", 2 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_FIRMWARE, { "\5\4\3\1", 4 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\1\1", 2 }, OK },
	{ PIV_CERT_POLICY, { "\5\3", 2 }, OK },
	{ PIV_CERT_POLICY, { NULL, 0 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\2", 1 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\2\2\2", 3 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\0\2", 2 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\6\2", 2 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\2\0", 2 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_POLICY, { "\2\4", 2 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_SERIAL, { NULL, 0 }, OK },
	{ PIV_CERT_SERIAL, { "\2\1\0", 3 }, OK },
	{ PIV_CERT_SERIAL, { "\2\5\0\377\377\377\377", 7 }, OK },
	{ PIV_CERT_SERIAL, { "\2\5\1\0\0\0\0", 7 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_SERIAL, { "\2\1\200", 3 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_SERIAL, { "\2\2\0\1", 4 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_SERIAL, { "\2\1\1\0", 4 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_SERIAL, { "\4\1\1", 3 }, ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_FORM, { "\201", 1 }, OK },
	{ PIV_CERT_FORM, { NULL, 0 }, OK },
	{ PIV_CERT_FORM, { "\1\1", 2 }, ERR_EVIDENCE_FIELDS },
};

START_TEST(reads_each_field_strictly)
{
	const struct field *f = &fields[_i];
	struct piv_cert_ask ask = { .ca = false };
	size_t n = 0;

	if (strcmp(f->oid, PIV_CERT_FIRMWARE) != 0)
		ask.extension[n++] =
		    (struct piv_cert_extension){ PIV_CERT_FIRMWARE,
			    span_of("\5\7\4", 3), false };
	if (strcmp(f->oid, PIV_CERT_POLICY) != 0)
		ask.extension[n++] =
		    (struct piv_cert_extension){ PIV_CERT_POLICY,
			    span_of("\2\2", 2), false };
	if (f->v.p != NULL)
		ask.extension[n++] = (struct piv_cert_extension){ f->oid,
			span_of(f->v.p, f->v.n), false };
	bundle_of(&ask);
	same(verify(), f->want);
	if (f->v.p == NULL)
		return;
	/* Twice is never right, be it the same or not. */
	each();
	ask.extension[n] = ask.extension[n - 1];
	bundle_of(&ask);
	ck_assert_int_ne(verify(), OK);
}
END_TEST

static const struct {
	const char *name;
	enum err want;
} slots[] = {
	{ PIV_CERT_KEY "9a", OK },
	{ PIV_CERT_KEY "9C", OK },
	{ PIV_CERT_KEY "9e", OK },
	{ PIV_CERT_KEY "82", OK },
	{ PIV_CERT_KEY "95", OK },
	{ PIV_CERT_KEY "96", ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_KEY "81", ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_KEY "9b", ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_KEY "f9", ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_KEY "9", ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_KEY "9c0", ERR_EVIDENCE_FIELDS },
	{ PIV_CERT_KEY "", ERR_EVIDENCE_FIELDS },
	{ "yubikey PIV Attestation 9c", ERR_EVIDENCE_FIELDS },
	{ "anything", ERR_EVIDENCE_FIELDS },
};

START_TEST(reads_the_slot_from_the_name)
{
	struct piv_cert_ask ask = { .subject = slots[_i].name };

	usual_extensions(&ask);
	bundle_of(&ask);
	same(verify(), slots[_i].want);
}
END_TEST

START_TEST(hears_of_fips_from_the_device_alone)
{
	const struct piv_cert_ask ask = { .subject = PIV_CERT_DEVICE,
		.key = key[DEVICE],
		.issuer = root_cert[0],
		.issuer_key = key[ROOT],
		.constraints = true,
		.ca = true,
		.path_len = -1,
		.extension = { { PIV_CERT_FIPS, span_of("\1", 1), false } } };
	X509 *device = piv_cert_make(&ask);
	struct piv_cert_ask leaf = { .ca = false };
	struct evidence ev;

	put(piv_cert_leaf(&fact, key[LEAF], device, key[DEVICE]));
	put(device);
	same(verify_with(root, 2, &ev), OK);
	ck_assert(ev.fips);
	each();
	usual_extensions(&leaf);
	leaf.extension[2] = ask.extension[0];
	bundle_of(&leaf);
	same(verify_with(root, 2, &ev), OK);
	ck_assert(!ev.fips);
}
END_TEST

static const struct {
	uint8_t firmware[3];
	enum evidence_pin pin;
	enum evidence_touch touch;
	enum key_type type;
	enum err want;
} judged[] = {
	{ { 5, 7, 0 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_P256, OK },
	{ { 5, 7, 0 }, EVIDENCE_PIN_ALWAYS, EVIDENCE_TOUCH_ALWAYS, KEY_P384,
	    OK },
	{ { 5, 7, 0 }, EVIDENCE_PIN_MATCH_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_P384,
	    OK },
	{ { 6, 0, 0 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_P256, OK },
	{ { 5, 6, 255 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_P256,
	    ERR_EVIDENCE_WEAK },
	{ { 5, 4, 3 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_P384,
	    ERR_EVIDENCE_WEAK },
	{ { 4, 9, 9 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_P256,
	    ERR_EVIDENCE_WEAK },
	{ { 5, 7, 4 }, EVIDENCE_PIN_NEVER, EVIDENCE_TOUCH_ALWAYS, KEY_P256,
	    ERR_EVIDENCE_WEAK },
	{ { 5, 7, 4 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_NEVER, KEY_P256,
	    ERR_EVIDENCE_WEAK },
	{ { 5, 7, 4 }, EVIDENCE_PIN_ALWAYS, EVIDENCE_TOUCH_CACHED, KEY_ED25519,
	    ERR_EVIDENCE_WEAK },
	{ { 5, 7, 4 }, EVIDENCE_PIN_ONCE, EVIDENCE_TOUCH_ALWAYS, KEY_ED25519,
	    OK },
};

START_TEST(judges_touch_pin_and_firmware)
{
	struct evidence ev = { .pin = judged[_i].pin,
		.touch = judged[_i].touch,
		.type = judged[_i].type };

	memcpy(ev.firmware, judged[_i].firmware, 3);
	same(evidence_judge(&ev), judged[_i].want);
}
END_TEST

START_TEST(takes_no_statement_twice)
{
	struct piv_cert_ask ask = { .ca = false };

	usual_extensions(&ask);
	bundle_of(&ask);
	same(verify(), OK);
	each();
	ask.extension[2] = ask.extension[1];
	bundle_of(&ask);
	same(verify(), ERR_EVIDENCE_FIELDS);
}
END_TEST

static const struct evidence well = { .firmware = { 5, 7, 0 },
	.pin = EVIDENCE_PIN_ONCE,
	.touch = EVIDENCE_TOUCH_ALWAYS,
	.type = KEY_P256 };

START_TEST(wants_a_touch_each_time)
{
	struct evidence ev = well;

	same(evidence_judge(&ev), OK);
	ev.touch = EVIDENCE_TOUCH_CACHED;
	same(evidence_judge(&ev), ERR_EVIDENCE_WEAK);
}
END_TEST

START_TEST(wants_a_pin)
{
	struct evidence ev = well;

	ev.pin = EVIDENCE_PIN_NEVER;
	same(evidence_judge(&ev), ERR_EVIDENCE_WEAK);
}
END_TEST

START_TEST(wants_mended_firmware_for_ecdsa)
{
	struct evidence ev = well;

	ev.firmware[1] = 6;
	same(evidence_judge(&ev), ERR_EVIDENCE_WEAK);
	ev.type = KEY_ED25519;
	same(evidence_judge(&ev), OK);
}
END_TEST

START_TEST(refuses_a_bundle_that_is_bent_anywhere)
{
	uint8_t good[EVIDENCE_MAX];
	size_t n;

	bundle_old();
	n = bundle.n;
	memcpy(good, text, n);
	for (size_t i = 0; i < n; i += 7) {
		memcpy(text, good, n);
		text[i] ^= 1;
		ck_assert_int_ne(verify(), OK);
	}
	memcpy(text, good, n);
	same(verify(), OK);
	for (size_t i = 0; i < n - 1; i += 5) {
		bundle.n = i;
		ck_assert_int_ne(verify(), OK);
	}
}
END_TEST

/* libsodium reads these bytes as a slash, so that one certificate would have
 * two spellings. */
START_TEST(refuses_base64_that_is_not_ascii)
{
	uint8_t *slash;

	bundle_old();
	slash = memchr(text, '/', bundle.n);
	ck_assert_ptr_nonnull(slash);
	*slash = 0x80;
	same(verify(), ERR_EVIDENCE_BAD);
	*slash = '/';
	same(verify(), OK);
}
END_TEST

START_TEST(refuses_what_is_too_large)
{
	struct evidence ev;

	bundle_old();
	memset(text + bundle.n, '\n', sizeof text - bundle.n);
	bundle.n = EVIDENCE_MAX;
	same(verify(), OK);
	bundle.n = EVIDENCE_MAX + 1;
	same(verify(), ERR_TOO_LARGE);
	bundle.n = EVIDENCE_MAX;
	same(verify_with(root, EVIDENCE_ROOTS + 1, &ev), ERR_TOO_LARGE);
}
END_TEST

START_TEST(completes_a_bundle_from_what_lies_around)
{
	uint8_t all[EVIDENCE_MAX], der[5][2048], out[EVIDENCE_MAX];
	struct span rest, cert[5];
	struct out whole = out_of(out, sizeof out);
	size_t two = 0, n = 0;

	bundle_new(PIV_CERT_ISSUER);
	memcpy(all, text, bundle.n);
	rest = span_of(all, bundle.n);
	while (pem_next(&rest, der[n], sizeof der[n], &cert[n])) {
		if (++n == 2)
			two = (size_t)(rest.p - all);
	}
	ck_assert_uint_eq(n, 4);
	cert[0] = cert[3];
	cert[1] = root[1];
	/* From the two, and the issuers in the wrong order with the root. */
	same(evidence_complete(span_of(all, two), cert, 3, &whole), OK);
	ck_assert_uint_eq(whole.n, bundle.n);
	ck_assert_mem_eq(out, all, whole.n);
	whole = out_of(out, sizeof out);
	same(evidence_complete(span_of(all, bundle.n), cert, 3, &whole), OK);
	ck_assert_uint_eq(whole.n, bundle.n);
	whole = out_of(out, sizeof out);
	same(evidence_complete(span_of(all, two), NULL, 0, &whole), OK);
	ck_assert_uint_eq(whole.n, two);
	whole = out_of(out, two + 10);
	same(evidence_complete(span_of(all, two), cert, 3, &whole),
	    ERR_NO_SPACE);
	cert[0] = span_of("\x30\x00", 2);
	whole = out_of(out, sizeof out);
	same(evidence_complete(span_of(all, two), cert, 3, &whole),
	    ERR_EVIDENCE_BAD);
}
END_TEST

START_TEST(knows_the_two_roots_of_the_maker)
{
	struct h32 h;

	same(hash_sha256(root[0], &h), OK);
	ck_assert(!evidence_root_is_yubico(&h));
	memcpy(h.b,
	    "\x63\xec\xe9\x14\xe5\x4d\xd8\x79\x15\xf3\x40\x33\xc8\x5a\xf4\xc0"
	    "\x69\x6b\xa1\x51\x2f\x8a\xdd\x66\xce\xd7\x38\x33\x12\x07\xb5\x46",
	    32);
	ck_assert(evidence_root_is_yubico(&h));
	memcpy(h.b,
	    "\x62\x76\x0c\x6a\x6e\xf9\x16\x79\xf4\x54\xc8\x90\x2b\x80\xfd\x00"
	    "\x98\x25\xb3\xf2\x5d\xa9\x0f\x1f\xba\xce\x2e\xc6\x58\x6c\xd5\xa8",
	    32);
	ck_assert(evidence_root_is_yubico(&h));
	h.b[31] ^= 1;
	ck_assert(!evidence_root_is_yubico(&h));
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof(t)[0])

int
main(void)
{
	Suite *s = suite_create("evidence");
	TCase *c = tcase_create("evidence");
	SRunner *r;
	int failed;
	const TTest *const test[] = { reads_what_the_device_says,
		reads_a_device_below_two_issuers, takes_all_three_kinds_of_keys,
		trusts_no_root_that_was_not_named,
		finds_the_right_one_of_two_roots_with_one_name,
		tells_roots_and_keys_of_certificates,
		trusts_no_root_of_the_same_name,
		refuses_a_key_that_the_device_did_not_sign, refuses_another_key,
		refuses_a_key_of_another_kind,
		refuses_a_bundle_that_is_not_leaf_device_and_issuers,
		refuses_issuers_that_are_missing_or_in_another_order,
		refuses_issuers_of_other_devices,
		refuses_a_device_right_below_the_mixed_root,
		refuses_a_key_below_another_key,
		refuses_a_key_that_is_an_authority,
		refuses_a_device_that_is_no_authority,
		refuses_a_root_that_is_no_authority,
		refuses_a_path_that_is_too_long,
		refuses_what_it_must_know_and_does_not, looks_at_no_clock,
		hears_of_fips_from_the_device_alone, takes_no_statement_twice,
		wants_a_touch_each_time, wants_a_pin,
		wants_mended_firmware_for_ecdsa,
		refuses_a_bundle_that_is_bent_anywhere,
		refuses_what_is_too_large, refuses_base64_that_is_not_ascii,
		completes_a_bundle_from_what_lies_around,
		knows_the_two_roots_of_the_maker };

	tcase_add_unchecked_fixture(c, setup, NULL);
	tcase_add_checked_fixture(c, each, NULL);
	for (size_t i = 0; i < sizeof test / sizeof test[0]; i++)
		tcase_add_test(c, test[i]);
	tcase_add_loop_test(c, reads_each_field_strictly, 0, ROWS(fields));
	tcase_add_loop_test(c, reads_the_slot_from_the_name, 0, ROWS(slots));
	tcase_add_loop_test(c, judges_touch_pin_and_firmware, 0, ROWS(judged));
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
