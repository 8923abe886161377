/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/hash.h"
#include "server/signers.h"
#include "tests/lib/suite.h"

/* A master key, a held key and what it may be asked to sign. */
static char folder[] = "/tmp/encl-signers.XXXXXX";
static char file[64];
static struct signers *signers;
static const struct signers_name alice = { 7, "deploy" };
static uint8_t blob[SIGNERS_BLOB], sealed[SIGNERS_SEALED];

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof file, "%s/master", folder);
	ck_assert_int_eq(signers_keygen(file), OK);
	ck_assert_int_eq(signers_make(file, &signers), OK);
	ck_assert_int_eq(signers_new(signers, alice, blob, sealed), OK);
}

static void
teardown(void)
{
	signers_free(signers);
	unlink(file);
	rmdir(folder);
	snprintf(folder, sizeof folder, "/tmp/encl-signers.XXXXXX");
}

static struct signers_key
key(enum kind kind)
{
	return (struct signers_key){ .signers = signers,
		.of = alice,
		.blob = span_of(blob, sizeof blob),
		.sealed = span_of(sealed, sizeof sealed),
		.kind = kind,
		.chain = { { 1 } } };
}

static struct span
revoke_of(uint8_t chain, uint8_t buf[256])
{
	const struct revoke v = { .chain = { { chain } },
		.stage = { { 2 } },
		.reason = span_str("no") };
	struct out o = out_of(buf, 256);

	revoke_encode(&o, &v);
	ck_assert(!o.full);
	return out_span(&o);
}

static enum err
sign(struct signers_key *k, struct span payload)
{
	uint8_t sig[KEY_SIG_MAX];
	struct signer s;
	size_t n;

	TRY(signers_signer(k, &s));
	return signer_sign(&s, payload, sig, &n);
}

START_TEST(a_held_key_signs_what_it_may)
{
	struct signers_key k = key(KIND_REVOKE);
	uint8_t buf[256];

	ck_assert_int_eq(sign(&k, revoke_of(1, buf)), OK);
}
END_TEST

START_TEST(another_chain_is_refused)
{
	struct signers_key k = key(KIND_REVOKE);
	uint8_t buf[256];

	ck_assert_int_eq(sign(&k, revoke_of(3, buf)), ERR_AUTHORITY);
}
END_TEST

START_TEST(another_kind_is_refused)
{
	struct signers_key k = key(KIND_STAGE);
	uint8_t buf[256];

	ck_assert_int_eq(sign(&k, revoke_of(1, buf)), ERR_AUTHORITY);
}
END_TEST

START_TEST(what_is_no_payload_is_refused)
{
	struct signers_key k = key(KIND_REVOKE);
	static const uint8_t challenge[32] = { 0xa1 };

	ck_assert_int_ne(sign(&k, span_of(challenge, 32)), OK);
	ck_assert_int_ne(sign(&k, span_str("")), OK);
}
END_TEST

/* Somebody who can write to the database moves a sealed key. */
START_TEST(a_sealed_key_opens_for_its_own_name_only)
{
	uint8_t buf[256], other[SIGNERS_BLOB], other_sealed[SIGNERS_SEALED];
	struct signers_key k = key(KIND_REVOKE);

	k.of.org = 8;
	ck_assert_int_eq(sign(&k, revoke_of(1, buf)), ERR_SEALED);
	k = key(KIND_REVOKE);
	k.of.name = "deploy2";
	ck_assert_int_eq(sign(&k, revoke_of(1, buf)), ERR_SEALED);
	k = key(KIND_REVOKE);
	ck_assert_int_eq(signers_new(signers, alice, other, other_sealed), OK);
	k.blob = span_of(other, sizeof other);
	ck_assert_int_eq(sign(&k, revoke_of(1, buf)), ERR_SEALED);
}
END_TEST

START_TEST(every_flipped_bit_is_seen)
{
	struct signers_key k = key(KIND_REVOKE);
	uint8_t buf[256];

	for (size_t i = 0; i < sizeof sealed; i++) {
		sealed[i] ^= 1;
		ck_assert_int_eq(sign(&k, revoke_of(1, buf)), ERR_SEALED);
		sealed[i] ^= 1;
	}
	k.sealed.n--;
	ck_assert_int_eq(sign(&k, revoke_of(1, buf)), ERR_SEALED);
}
END_TEST

START_TEST(another_master_key_opens_nothing)
{
	struct signers_key k = key(KIND_REVOKE);
	uint8_t buf[256];

	signers_free(signers);
	unlink(file);
	ck_assert_int_eq(signers_keygen(file), OK);
	ck_assert_int_eq(signers_make(file, &signers), OK);
	k.signers = signers;
	ck_assert_int_eq(sign(&k, revoke_of(1, buf)), ERR_SEALED);
}
END_TEST

START_TEST(the_master_key_file_is_its_owners_alone)
{
	struct signers *s;

	ck_assert_int_eq(chmod(file, 0640), 0);
	ck_assert_int_eq(signers_make(file, &s), ERR_CONFIG_OPEN);
	ck_assert_int_eq(chmod(file, 0604), 0);
	ck_assert_int_eq(signers_make(file, &s), ERR_CONFIG_OPEN);
	ck_assert_int_eq(chmod(file, 0600), 0);
	ck_assert_int_eq(truncate(file, 31), 0);
	ck_assert_int_eq(signers_make(file, &s), ERR_KEY_FILE_BAD);
	ck_assert_int_eq(truncate(file, 33), 0);
	ck_assert_int_eq(signers_make(file, &s), ERR_KEY_FILE_BAD);
	ck_assert_int_eq(signers_make("/nonexistent/key", &s), ERR_FILE_READ);
}
END_TEST

START_TEST(a_master_key_is_never_written_over)
{
	ck_assert_int_eq(signers_keygen(file), ERR_FILE_EXISTS);
}
END_TEST

START_TEST(without_a_master_key_there_are_no_keys)
{
	struct signers_key k = key(KIND_REVOKE);
	struct signer s;

	k.signers = NULL;
	ck_assert_int_eq(signers_signer(&k, &s), ERR_KEYS_OFF);
	ck_assert_int_eq(signers_new(NULL, alice, blob, sealed), ERR_KEYS_OFF);
}
END_TEST

int
main(void)
{
	const TTest *const test[] = { a_held_key_signs_what_it_may,
		another_chain_is_refused, another_kind_is_refused,
		what_is_no_payload_is_refused,
		a_sealed_key_opens_for_its_own_name_only,
		every_flipped_bit_is_seen, another_master_key_opens_nothing,
		the_master_key_file_is_its_owners_alone,
		a_master_key_is_never_written_over,
		without_a_master_key_there_are_no_keys };
	Suite *s = suite_create("signers");
	TCase *c = tcase_create("signers");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	for (size_t i = 0; i < sizeof test / sizeof *test; i++)
		tcase_add_test(c, test[i]);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
