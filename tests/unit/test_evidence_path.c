/* SPDX-License-Identifier: ISC */
/* Who vouches for a key: its device, and who stands behind that. */
#include <check.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "chain/hash.h"
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

START_TEST(trusts_no_root_that_was_not_named)
{
	struct evidence ev;

	attester_old(&m);
	same(attester_verify(&m, m.root + 1, 1, &ev), ERR_EVIDENCE_BAD);
	same(attester_verify(&m, m.root, 0, &ev), ERR_EVIDENCE_BAD);
	same(attester_verify(&m, m.root, 1, &ev), OK);
}
END_TEST

/* Whichever of them comes first. */
START_TEST(finds_the_right_one_of_two_roots_with_one_name)
{
	uint8_t der[2048];
	struct out o = out_of(der, sizeof der);
	X509 *twin =
	    piv_cert_authority(PIV_CERT_ROOT, m.key[STRANGER], NULL, NULL, 1);
	struct span both[2];
	struct evidence ev;

	piv_cert_der(&o, twin);
	X509_free(twin);
	attester_old(&m);
	both[0] = out_span(&o);
	both[1] = m.root[0];
	same(attester_verify(&m, both, 2, &ev), OK);
	ck_assert_uint_eq(ev.root, 1);
	both[0] = m.root[0];
	both[1] = out_span(&o);
	same(attester_verify(&m, both, 2, &ev), OK);
	ck_assert_uint_eq(ev.root, 0);
}
END_TEST

START_TEST(trusts_no_root_of_the_same_name)
{
	X509 *fake =
	    piv_cert_authority(PIV_CERT_ROOT, m.key[STRANGER], NULL, NULL, 1);
	X509 *device = attester_device(&m, fake, m.key[STRANGER]);

	attester_put(&m,
	    piv_cert_leaf(&m.fact, m.key[LEAF], device, m.key[DEVICE]));
	attester_put(&m, device);
	X509_free(fake);
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
}
END_TEST

START_TEST(reads_a_device_below_two_issuers)
{
	struct evidence ev;

	attester_new(&m, PIV_CERT_ISSUER);
	same(attester_verify(&m, m.root, 2, &ev), OK);
	ck_assert_uint_eq(ev.root, 1);
	same(attester_verify(&m, m.root + 1, 1, &ev), OK);
	ck_assert_uint_eq(ev.root, 0);
}
END_TEST

START_TEST(refuses_a_key_that_the_device_did_not_sign)
{
	X509 *device = attester_device(&m, m.root_cert[0], m.key[ROOT]);

	attester_put(&m,
	    piv_cert_leaf(&m.fact, m.key[LEAF], device, m.key[STRANGER]));
	attester_put(&m, device);
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
}
END_TEST

START_TEST(refuses_another_key)
{
	struct evidence ev;
	struct span blob;
	uint8_t buf[KEY_BLOB_MAX];

	attester_old(&m);
	blob = attester_blob(m.key[STRANGER], KEY_P256, buf);
	same(evidence_verify(out_span(&m.bundle), m.root, 2, blob, &ev),
	    ERR_EVIDENCE_KEY);
	ck_assert_int_eq(evidence_verify(out_span(&m.bundle), m.root, 2,
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
	attester_bundle(&m, &ask);
	same(attester_verdict(&m), ERR_EVIDENCE_KEY);
	EVP_PKEY_free(ask.key);
}
END_TEST

START_TEST(refuses_issuers_that_are_missing_or_in_another_order)
{
	size_t two, three;

	attester_new(&m, PIV_CERT_ISSUER);
	same(attester_verdict(&m), OK);
	three = m.bundle.n;
	while (memcmp(m.text + three - 10, "-----BEGIN", 10) != 0)
		three--;
	three -= 10;
	two = three;
	while (memcmp(m.text + two - 10, "-----BEGIN", 10) != 0)
		two--;
	two -= 10;
	m.bundle.n = three;
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
	m.bundle.n = two;
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
	/* The same four, the two issuers changed about. */
	attester_again(&m);
	attester_new(&m, PIV_CERT_ISSUER);
	{
		uint8_t last[2048];
		size_t n = m.bundle.n - three, k = three - two;

		memcpy(last, m.text + three, n);
		memmove(m.text + two + n, m.text + two, k);
		memcpy(m.text + two, last, n);
	}
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
}
END_TEST

/* Without the rule, whatever else that root signs could speak for a key. */
START_TEST(refuses_issuers_of_other_devices)
{
	attester_new(&m, "Yubico OPGP Attestation B 1");
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
	attester_again(&m);
	attester_new(&m, "Yubico FIDO Attestation B 1");
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
	attester_again(&m);
	attester_new(&m, PIV_CERT_ISSUER);
	same(attester_verdict(&m), OK);
}
END_TEST

START_TEST(refuses_a_device_right_below_the_mixed_root)
{
	X509 *device = attester_device(&m, m.root_cert[1], m.key[ROOT1]);

	attester_put(&m,
	    piv_cert_leaf(&m.fact, m.key[LEAF], device, m.key[DEVICE]));
	attester_put(&m, device);
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
}
END_TEST

/* A control key's certificate must not make more of them. */
START_TEST(refuses_a_key_below_another_key)
{
	X509 *device = attester_device(&m, m.root_cert[0], m.key[ROOT]);
	X509 *middle =
	    piv_cert_leaf(&m.fact, m.key[STRANGER], device, m.key[DEVICE]);

	attester_put(&m,
	    piv_cert_leaf(&m.fact, m.key[LEAF], middle, m.key[STRANGER]));
	attester_put(&m, middle);
	attester_put(&m, device);
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
}
END_TEST

START_TEST(refuses_a_key_that_is_an_authority)
{
	struct piv_cert_ask ask = { .constraints = true, .path_len = -1 };

	attester_usual(&ask);
	attester_bundle(&m, &ask);
	same(attester_verdict(&m), OK);
	attester_again(&m);
	ask.ca = true;
	attester_bundle(&m, &ask);
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
	attester_again(&m);
	ask.constraints = false;
	ask.usage = "critical,keyCertSign";
	attester_bundle(&m, &ask);
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
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
			.key = m.key[DEVICE],
			.issuer = m.root_cert[0],
			.issuer_key = m.key[ROOT],
			.constraints = row[i].constraints,
			.ca = row[i].ca,
			.path_len = -1,
			.usage = row[i].usage };
		X509 *device = piv_cert_make(&ask);

		attester_again(&m);
		attester_put(&m,
		    piv_cert_leaf(&m.fact, m.key[LEAF], device, m.key[DEVICE]));
		attester_put(&m, device);
		same(attester_verdict(&m), row[i].want);
	}
}
END_TEST

/* libcrypto tolerates it of a root. */
START_TEST(refuses_a_root_that_is_no_authority)
{
	for (int bare = 0; bare < 2; bare++) {
		const struct piv_cert_ask ask = { .subject = PIV_CERT_ROOT,
			.key = m.key[ROOT],
			.constraints = bare == 0,
			.ca = true,
			.path_len = 1,
			.usage = "critical,keyCertSign" };
		uint8_t der[2048];
		struct out o = out_of(der, sizeof der);
		X509 *r = piv_cert_make(&ask);
		X509 *device = attester_device(&m, r, m.key[ROOT]);
		struct evidence ev;
		struct span named;

		piv_cert_der(&o, r);
		X509_free(r);
		attester_again(&m);
		attester_put(&m,
		    piv_cert_leaf(&m.fact, m.key[LEAF], device, m.key[DEVICE]));
		attester_put(&m, device);
		named = out_span(&o);
		same(attester_verify(&m, &named, 1, &ev),
		    bare ? ERR_EVIDENCE_BAD : OK);
	}
}
END_TEST

START_TEST(refuses_a_path_that_is_too_long)
{
	for (int len = 1; len >= 0; len--) {
		X509 *issuer = piv_cert_authority(PIV_CERT_ISSUER,
		    m.key[ISSUER], m.root_cert[1], m.key[ROOT1], len);
		X509 *device = attester_device(&m, issuer, m.key[ISSUER]);

		attester_again(&m);
		attester_put(&m,
		    piv_cert_leaf(&m.fact, m.key[LEAF], device, m.key[DEVICE]));
		attester_put(&m, device);
		attester_put(&m, issuer);
		same(attester_verdict(&m), len == 1 ? OK : ERR_EVIDENCE_BAD);
	}
}
END_TEST

START_TEST(refuses_what_it_must_know_and_does_not)
{
	struct piv_cert_ask ask = { .ca = false };

	attester_usual(&ask);
	ask.extension[2] =
	    (struct piv_cert_extension){ "1.2.3.4", span_of("\5\0", 2), false };
	attester_bundle(&m, &ask);
	same(attester_verdict(&m), OK);
	attester_again(&m);
	ask.extension[2].critical = true;
	attester_bundle(&m, &ask);
	same(attester_verdict(&m), ERR_EVIDENCE_BAD);
}
END_TEST

START_TEST(looks_at_no_clock)
{
	struct piv_cert_ask ask = { .until = "20170101000000Z" };

	attester_usual(&ask);
	attester_bundle(&m, &ask);
	same(attester_verdict(&m), OK);
}
END_TEST

START_TEST(knows_the_two_roots_of_the_maker)
{
	struct h32 h;

	same(hash_sha256(m.root[0], &h), OK);
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

int
main(void)
{
	const TTest *const t[] = { trusts_no_root_that_was_not_named,
		finds_the_right_one_of_two_roots_with_one_name,
		trusts_no_root_of_the_same_name,
		reads_a_device_below_two_issuers,
		refuses_a_key_that_the_device_did_not_sign, refuses_another_key,
		refuses_a_key_of_another_kind,
		refuses_issuers_that_are_missing_or_in_another_order,
		refuses_issuers_of_other_devices,
		refuses_a_device_right_below_the_mixed_root,
		refuses_a_key_below_another_key,
		refuses_a_key_that_is_an_authority,
		refuses_a_device_that_is_no_authority,
		refuses_a_root_that_is_no_authority,
		refuses_a_path_that_is_too_long,
		refuses_what_it_must_know_and_does_not, looks_at_no_clock,
		knows_the_two_roots_of_the_maker };
	TCase *c = tcase_create("evidence_path");

	tcase_add_unchecked_fixture(c, setup, NULL);
	tcase_add_checked_fixture(c, each, NULL);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		tcase_add_test(c, t[i]);
	return suite_run_cases("evidence_path", &c, 1, CK_FORK_GETENV);
}
