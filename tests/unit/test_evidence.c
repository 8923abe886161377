/* SPDX-License-Identifier: ISC */
#include <check.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "chain/pem.h"
#include "tests/lib/attester.h"
#include "tests/lib/same.h"
#include "tests/lib/suite.h"

static struct attester m;

static void
setup(void)
{
	attester_make(&m);
}

static void
each(void)
{
	attester_again(&m);
}

START_TEST(reads_what_the_device_says)
{
	struct evidence ev;

	attester_old(&m);
	same(attester_verify(&m, m.root, 2, &ev), OK);
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

START_TEST(takes_all_three_kinds_of_keys)
{
	static const struct {
		const char *group;
		enum key_type type;
	} row[] = { { "P-256", KEY_P256 }, { "P-384", KEY_P384 },
		{ NULL, KEY_ED25519 } };
	EVP_PKEY *was = m.key[LEAF];

	for (size_t i = 0; i < 3; i++) {
		struct evidence ev;
		struct span blob;

		attester_again(&m);
		m.key[LEAF] = row[i].group != NULL
				  ? EVP_EC_gen(row[i].group)
				  : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		attester_old(&m);
		blob = attester_blob(m.key[LEAF], row[i].type, m.blob);
		same(evidence_verify(out_span(&m.bundle), m.root, 2, blob, &ev),
		    OK);
		ck_assert_int_eq(ev.type, row[i].type);
		EVP_PKEY_free(m.key[LEAF]);
	}
	m.key[LEAF] = was;
}
END_TEST

START_TEST(tells_roots_and_keys_of_certificates)
{
	uint8_t der[2048], point[97], buf[KEY_BLOB_MAX], made[KEY_BLOB_MAX];
	struct out o = out_of(der, sizeof der);
	struct out public = out_of(point, sizeof point);
	struct out b = out_of(made, sizeof made);
	X509 *device = attester_device(&m, m.root_cert[0], m.key[ROOT]);
	enum key_type type;
	struct span blob;

	piv_cert_der(&o, device);
	X509_free(device);
	ck_assert(evidence_is_root(m.root[0]));
	ck_assert(!evidence_is_root(out_span(&o)));
	ck_assert(!evidence_is_root(span_of(der, o.n - 1)));
	same(evidence_key(out_span(&o), &type, &public), OK);
	blob = attester_blob(m.key[DEVICE], KEY_P256, buf);
	key_blob(&b, type, out_span(&public));
	ck_assert(span_eq(out_span(&b), blob));
	same(evidence_key(span_of(der, o.n - 1), &type, &public),
	    ERR_EVIDENCE_BAD);
}
END_TEST

/* The order of the bundle, and what may be in it. */
START_TEST(refuses_a_bundle_that_is_not_leaf_device_and_issuers)
{
	X509 *device = attester_device(&m, m.root_cert[0], m.key[ROOT]);
	X509 *leaf = piv_cert_leaf(&m.fact, m.key[LEAF], device, m.key[DEVICE]);

	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
	piv_cert_pem(&m.bundle, leaf);
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
	piv_cert_pem(&m.bundle, device);
	same(attester_verdict(&m), OK);
	piv_cert_pem(&m.bundle, m.root_cert[0]);
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
	attester_again(&m);
	piv_cert_pem(&m.bundle, device);
	piv_cert_pem(&m.bundle, leaf);
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
	attester_again(&m);
	piv_cert_pem(&m.bundle, leaf);
	piv_cert_pem(&m.bundle, device);
	piv_cert_pem(&m.bundle, device);
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
	attester_again(&m);
	for (size_t i = 0; i < EVIDENCE_CERTS + 1; i++)
		piv_cert_pem(&m.bundle, leaf);
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
	X509_free(leaf);
	X509_free(device);
}
END_TEST

START_TEST(refuses_a_bundle_that_is_bent_anywhere)
{
	uint8_t good[EVIDENCE_MAX];
	size_t n;

	attester_old(&m);
	n = m.bundle.n;
	memcpy(good, m.text, n);
	for (size_t i = 0; i < n; i += 7) {
		memcpy(m.text, good, n);
		m.text[i] ^= 1;
		ck_assert_int_ne(attester_verdict(&m), OK);
	}
	memcpy(m.text, good, n);
	same(attester_verdict(&m), OK);
	for (size_t i = 0; i < n - 1; i += 5) {
		m.bundle.n = i;
		ck_assert_int_ne(attester_verdict(&m), OK);
	}
}
END_TEST

/* libsodium reads these bytes as a slash, so that one certificate would have
 * two spellings. */
START_TEST(refuses_base64_that_is_not_ascii)
{
	uint8_t *slash;

	attester_old(&m);
	slash = memchr(m.text, '/', m.bundle.n);
	ck_assert_ptr_nonnull(slash);
	*slash = 0x80;
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
	*slash = '/';
	same(attester_verdict(&m), OK);
}
END_TEST

START_TEST(refuses_what_is_too_large)
{
	struct evidence ev;

	attester_old(&m);
	memset(m.text + m.bundle.n, '\n', sizeof m.text - m.bundle.n);
	m.bundle.n = EVIDENCE_MAX;
	same(attester_verdict(&m), OK);
	m.bundle.n = EVIDENCE_MAX + 1;
	same(attester_verdict(&m), ERR_TOO_LARGE);
	m.bundle.n = EVIDENCE_MAX;
	same(attester_verify(&m, m.root, EVIDENCE_ROOTS + 1, &ev),
	    ERR_TOO_LARGE);
}
END_TEST

START_TEST(completes_a_bundle_from_what_lies_around)
{
	uint8_t all[EVIDENCE_MAX], der[5][2048], out[EVIDENCE_MAX];
	struct span rest, cert[5];
	struct out whole = out_of(out, sizeof out);
	size_t two = 0, n = 0;

	attester_new(&m, PIV_CERT_ISSUER);
	memcpy(all, m.text, m.bundle.n);
	rest = span_of(all, m.bundle.n);
	while (pem_next(&rest, der[n], sizeof der[n], &cert[n])) {
		if (++n == 2)
			two = (size_t)(rest.p - all);
	}
	ck_assert_uint_eq(n, 4);
	cert[0] = cert[3];
	cert[1] = m.root[1];
	/* From the two, and the issuers in the wrong order with the root. */
	same(evidence_complete(span_of(all, two), cert, 3, &whole), OK);
	ck_assert_uint_eq(whole.n, m.bundle.n);
	ck_assert_mem_eq(out, all, whole.n);
	whole = out_of(out, sizeof out);
	same(evidence_complete(span_of(all, m.bundle.n), cert, 3, &whole), OK);
	ck_assert_uint_eq(whole.n, m.bundle.n);
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

int
main(void)
{
	const TTest *const t[] = { reads_what_the_device_says,
		takes_all_three_kinds_of_keys,
		tells_roots_and_keys_of_certificates,
		refuses_a_bundle_that_is_not_leaf_device_and_issuers,
		refuses_a_bundle_that_is_bent_anywhere,
		refuses_base64_that_is_not_ascii, refuses_what_is_too_large,
		completes_a_bundle_from_what_lies_around };
	TCase *c = tcase_create("evidence");

	tcase_add_unchecked_fixture(c, setup, NULL);
	tcase_add_checked_fixture(c, each, NULL);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tcase_add_test(c, t[i]);
	return suite_run_cases("evidence", &c, 1, CK_FORK_GETENV);
}
