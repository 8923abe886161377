/* SPDX-License-Identifier: ISC */
/* Whose the TLS connection is that a document came over. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "cli/fail.h"
#include "cli/live.h"
#include "cli/mem.h"
#include "tests/lib/suite.h"

/* A certificate in PEM, and the key in it. */
static const char *
certificate(struct span *key)
{
	EVP_PKEY *k = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	BIO *b = BIO_new(BIO_s_mem());
	unsigned char *der = NULL;
	const char *text, *kept;
	long n;

	ck_assert(k && x && b);
	ck_assert_int_eq(X509_set_pubkey(x, k), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 60);
	ck_assert_int_gt(X509_sign(x, k, EVP_sha256()), 0);
	ck_assert_int_eq(PEM_write_bio_X509(b, x), 1);
	n = BIO_get_mem_data(b, (char **)(uintptr_t)&text);
	kept = mem_string(span_of(text, (size_t)n));
	n = i2d_PUBKEY(k, &der);
	ck_assert_int_gt(n, 0);
	*key = mem_copy(span_of(der, (size_t)n));
	OPENSSL_free(der);
	BIO_free(b);
	X509_free(x);
	EVP_PKEY_free(k);
	return kept;
}

static enum err
key_of(const char *url, const char *pem, struct span *key)
{
	fail_forget();
	return live_http_key(url, pem ? span_str(pem) : span_of(NULL, 0), key);
}

/* A libcurl without certificate information. */
START_TEST(tls_to_nobody_knows_whom_is_refused)
{
	static const char *const url[] = { "https://example.org",
		"HTTPS://example.org", "example.org", "http:/example.org" };
	struct span key;

	for (size_t i = 0; i < sizeof url / sizeof url[0]; i++) {
		ck_assert_int_eq(key_of(url[i], NULL, &key), ERR_ANSWER_BAD);
		ck_assert_msg(strstr(fail_detail(), "does not say who"), "%s",
		    fail_detail());
	}
	mem_free_all();
}
END_TEST

START_TEST(what_is_no_certificate_is_refused)
{
	static const char *const pem[] = {
		"x", "-----BEGIN CERTIFICATE-----",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
	};
	struct span key;

	for (size_t i = 0; i < sizeof pem / sizeof pem[0]; i++)
		ck_assert_int_eq(key_of("https://example.org", pem[i], &key),
		    ERR_ANSWER_BAD);
	mem_free_all();
}
END_TEST

START_TEST(the_key_is_that_of_the_certificate)
{
	struct span want, key;
	const char *pem = certificate(&want);

	ck_assert_int_eq(key_of("https://example.org", pem, &key), OK);
	ck_assert(span_eq(key, want));
	mem_free_all();
}
END_TEST

START_TEST(without_tls_there_is_no_key)
{
	struct span key;

	ck_assert_int_eq(key_of("http://127.0.0.1:1", NULL, &key), OK);
	ck_assert_uint_eq(key.n, 0);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { tls_to_nobody_knows_whom_is_refused,
		what_is_no_certificate_is_refused,
		the_key_is_that_of_the_certificate,
		without_tls_there_is_no_key };

	return SUITE_RUN("live_http", t);
}
