/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/x509_vfy.h>

#include "chain/hash.h"
#include "enclave/nsm_sim.h"
#include "tests/lib/suite.h"

#define HOUR UINT64_C(3600000)
#define WEEK (UINT64_C(168) * HOUR)
#define T0 UINT64_C(1767225600000)

static const uint8_t SEED[NSM_SIM_SEED] = "a seed for the tests of the sim";

struct doc {
	uint8_t buf[ATTEST_DOC_MAX];
	struct out out;
	struct attest a;
};

static void
make(struct nsm_sim *sim, const struct nsm_ask *ask, struct doc *d)
{
	struct nsm nsm = nsm_sim_nsm(sim);

	d->out = out_of(d->buf, sizeof d->buf);
	ck_assert_int_eq(nsm_attest(&nsm, ask, &d->out), OK);
	ck_assert_int_eq(attest_parse(out_span(&d->out), &d->a), OK);
}

static struct nsm_sim *
sim_of(uint64_t instance)
{
	struct nsm_sim *sim;
	uint8_t value[PCR_SIZE];

	ck_assert_int_eq(nsm_sim_open_memory(SEED, instance, &sim), OK);
	for (unsigned i = 0; i < 3; i++) {
		memset(value, (int)(i + 1), sizeof value);
		nsm_sim_set_pcr(sim, i, value);
	}
	return sim;
}

START_TEST(document_carries_what_was_asked)
{
	struct nsm_sim *sim = sim_of(1);
	struct nsm_ask ask = { span_str("data"), span_of("", 0), { NULL, 0 } };
	struct doc d;
	uint8_t long_field[NSM_FIELD_MAX];

	make(sim, &ask, &d);
	ck_assert(d.a.user_data.present);
	ck_assert(span_is(d.a.user_data.v, "data"));
	ck_assert(d.a.nonce.present && d.a.nonce.v.n == 0);
	ck_assert(!d.a.public_key.present);
	ck_assert_uint_eq(d.a.timestamp, T0);
	ck_assert_uint_eq(d.a.pcrs.mask, 0xffff);
	ck_assert_uint_eq(d.a.pcrs.value[2][47], 3);
	ck_assert_uint_eq(d.a.ca_n, 4);
	memset(long_field, 7, sizeof long_field);
	ask.user_data = ask.nonce = ask.public_key =
	    span_of(long_field, sizeof long_field);
	make(sim, &ask, &d);
	ck_assert_uint_eq(d.a.public_key.v.n, NSM_FIELD_MAX);
	nsm_sim_close(sim);
}
END_TEST

START_TEST(field_above_1024_is_refused)
{
	struct nsm_sim *sim = sim_of(1);
	struct nsm nsm = nsm_sim_nsm(sim);
	uint8_t field[NSM_FIELD_MAX + 1] = { 0 }, buf[ATTEST_DOC_MAX];
	struct nsm_ask ask = { .nonce = span_of(field, sizeof field) };
	struct out o = out_of(buf, sizeof buf);

	ck_assert_int_eq(nsm_attest(&nsm, &ask, &o), ERR_TOO_LARGE);
	ask.nonce.n--;
	ck_assert_int_eq(nsm_attest(&nsm, &ask, &o), OK);
	nsm_close(&nsm);
}
END_TEST

/* What facts of real documents a parser could trip over. */
START_TEST(document_has_the_bytes_of_a_real_one)
{
	static const uint8_t head[] = { 0x84, 0x44, 0xa1, 0x01, 0x38, 0x22,
		0xa0, 0x59 };
	static const uint8_t tail[] = { 0x69, 'u', 's', 'e', 'r', '_', 'd', 'a',
		't', 'a', 0xf6, 0x65, 'n', 'o', 'n', 'c', 'e', 0xf6, 0xff };
	struct nsm_sim *sim = sim_of(1);
	struct nsm_ask ask = { 0 };
	uint8_t pcr4[PCR_SIZE], zero[PCR_SIZE] = { 0 };
	struct span parts[2] = { { zero, sizeof zero }, { NULL, 0 } };
	struct doc d;

	make(sim, &ask, &d);
	ck_assert_mem_eq(d.buf, head, sizeof head);
	ck_assert_uint_eq(d.a.payload.p[0], 0xbf);
	ck_assert_mem_eq(d.a.payload.p + d.a.payload.n - sizeof tail, tail,
	    sizeof tail);
	ck_assert_uint_eq(d.a.module_id.n, 19 + 4 + 16);
	ck_assert(span_is(span_of(d.a.module_id.p + 19, 4), "-enc"));
	parts[1] = span_of(d.a.module_id.p, 19);
	ck_assert_int_eq(hash_sha384(parts, 2, pcr4), OK);
	ck_assert_mem_eq(d.a.pcrs.value[4], pcr4, PCR_SIZE);
	ck_assert_mem_eq(d.a.pcrs.value[15], zero, PCR_SIZE);
	ck_assert_uint_gt(d.out.n, 4000);
	ck_assert_uint_lt(d.out.n, 7600);
	nsm_sim_close(sim);
}
END_TEST

START_TEST(verifies_under_its_own_root_only)
{
	struct nsm_sim *sim = sim_of(1);
	struct h32 root = nsm_sim_root_hash(sim);
	struct nsm_ask ask = { 0 };
	struct doc d;

	for (uint64_t t = T0; t < T0 + 3 * WEEK; t += 5 * HOUR + 1234) {
		nsm_sim_set_time(sim, t);
		make(sim, &ask, &d);
		ck_assert_int_eq(attest_verify(&d.a, &root, t, NULL), OK);
	}
	ck_assert_int_eq(attest_verify(&d.a, &attest_root_aws, d.a.timestamp,
			     NULL),
	    ERR_DOC_ROOT);
	nsm_sim_close(sim);
}
END_TEST

START_TEST(leaf_lives_three_hours)
{
	struct nsm_sim *sim = sim_of(1);
	struct h32 root = nsm_sim_root_hash(sim);
	struct nsm_ask ask = { 0 };
	struct doc d;

	make(sim, &ask, &d);
	ck_assert_int_eq(attest_verify(&d.a, &root, T0 + 4 * HOUR, NULL),
	    ERR_CERT_EXPIRED);
	ck_assert_int_eq(attest_verify(&d.a, &root, T0 - 3 * HOUR, NULL),
	    ERR_CERT_NOT_YET);
	nsm_sim_close(sim);
}
END_TEST

START_TEST(changed_document_does_not_verify)
{
	struct nsm_sim *sim = sim_of(1);
	struct h32 root = nsm_sim_root_hash(sim);
	struct nsm_ask ask = { .user_data = span_str("one") };
	struct doc d;

	make(sim, &ask, &d);
	ck_assert_int_eq(attest_verify(&d.a, &root, T0, NULL), OK);
	d.buf[d.a.user_data.v.p - d.buf] ^= 1;
	ck_assert_int_eq(attest_verify(&d.a, &root, T0, NULL), ERR_DOC_SIG);
	nsm_sim_close(sim);
}
END_TEST

static X509 *
x509_of(struct span der)
{
	const uint8_t *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.n);

	ck_assert_ptr_nonnull(x);
	ck_assert_ptr_eq(p, der.p + der.n);
	return x;
}

/* OpenSSL knows nothing of us: it judges the certificates as a stranger. */
static int
openssl_verdict(const struct attest *a, uint64_t at_ms)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *between = sk_X509_new_null();
	X509 *root = x509_of(a->ca[0]), *leaf = x509_of(a->certificate);
	int good;

	X509_STORE_add_cert(store, root);
	for (size_t i = 1; i < a->ca_n; i++)
		sk_X509_push(between, x509_of(a->ca[i]));
	X509_STORE_CTX_init(ctx, store, leaf, between);
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx),
	    (time_t)(at_ms / 1000));
	good = X509_verify_cert(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_pop_free(between, X509_free);
	X509_free(root);
	X509_free(leaf);
	return good;
}

START_TEST(openssl_accepts_the_certificates)
{
	struct nsm_sim *sim = sim_of(1);
	struct nsm_ask ask = { 0 };
	struct doc d;

	for (uint64_t t = T0; t < T0 + 156 * WEEK; t += WEEK) {
		nsm_sim_set_time(sim, t);
		make(sim, &ask, &d);
		ck_assert_int_eq(openssl_verdict(&d.a, t), 1);
		ck_assert_int_eq(openssl_verdict(&d.a, t + 4 * HOUR), 0);
	}
	nsm_sim_close(sim);
}
END_TEST

static bool
is_simulator(struct span der)
{
	X509 *x = x509_of(der);
	char text[256];

	X509_NAME_oneline(X509_get_subject_name(x), text, sizeof text);
	X509_free(x);
	return strstr(text, "encl simulator") && strstr(text, "not a real");
}

START_TEST(every_name_says_simulator)
{
	struct nsm_sim *sim = sim_of(1);
	struct nsm_ask ask = { 0 };
	struct doc d;

	make(sim, &ask, &d);
	for (size_t i = 0; i < d.a.ca_n; i++)
		ck_assert(is_simulator(d.a.ca[i]));
	ck_assert(is_simulator(d.a.certificate));
	nsm_sim_close(sim);
}
END_TEST

/* One certificate of each level as long as it lasts, also for another
 * enclave on the same machine; new ones after that. */
START_TEST(certificates_are_shared_as_real_ones)
{
	struct nsm_sim *one = sim_of(1), *two = sim_of(2);
	struct nsm_ask ask = { 0 };
	struct doc a, b;
	unsigned changed[5] = { 0 };

	make(one, &ask, &a);
	make(two, &ask, &b);
	for (size_t i = 0; i < 4; i++)
		ck_assert(span_eq(a.a.ca[i], b.a.ca[i]));
	ck_assert(!span_eq(a.a.certificate, b.a.certificate));
	ck_assert(!span_eq(a.a.module_id, b.a.module_id));
	for (uint64_t t = T0 + HOUR; t <= T0 + 10 * WEEK; t += HOUR) {
		nsm_sim_set_time(one, t);
		b = a;
		for (size_t i = 0; i < 4; i++)
			b.a.ca[i].p = b.buf + (a.a.ca[i].p - a.buf);
		b.a.certificate.p = b.buf + (a.a.certificate.p - a.buf);
		make(one, &ask, &a);
		for (size_t i = 0; i < 4; i++)
			changed[i] += !span_eq(a.a.ca[i], b.a.ca[i]);
		changed[4] += !span_eq(a.a.certificate, b.a.certificate);
	}
	ck_assert_uint_eq(changed[0], 0);
	ck_assert_uint_eq(changed[1], 5); /* 70 days, one each 14 */
	ck_assert_uint_eq(changed[2], 14);
	ck_assert_uint_eq(changed[3], 84);
	ck_assert_uint_ge(changed[4], 70 * 24 * 60 / 135);
	nsm_sim_close(one);
	nsm_sim_close(two);
}
END_TEST

START_TEST(same_seed_and_time_give_the_same_bytes)
{
	struct nsm_sim *one = sim_of(1), *two = sim_of(1);
	struct nsm_ask ask = { .nonce = span_str("n") };
	struct doc a, b;

	make(one, &ask, &a);
	nsm_sim_set_time(two, T0 + 9 * WEEK);
	make(two, &ask, &b);
	nsm_sim_set_time(two, T0);
	make(two, &ask, &b);
	ck_assert(span_eq(out_span(&a.out), out_span(&b.out)));
	nsm_sim_close(one);
	nsm_sim_close(two);
}
END_TEST

START_TEST(folder_is_made_once_and_read_again)
{
	char dir[] = "/tmp/encl-sim-XXXXXX", path[64], text[4096];
	struct nsm_sim *one, *two;
	struct nsm_ask ask = { 0 };
	struct h32 root;
	struct stat st;
	struct doc d;
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(nsm_sim_open(dir, &one), OK);
	ck_assert_int_eq(nsm_sim_open(dir, &two), OK);
	root = nsm_sim_root_hash(one);
	ck_assert(span_eq(nsm_sim_root(one), nsm_sim_root(two)));
	make(two, &ask, &d);
	ck_assert_int_eq(attest_verify(&d.a, &root, d.a.timestamp, NULL), OK);
	ck_assert(attest_is_debug(&d.a));
	snprintf(path, sizeof path, "%s/root.key", dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	unlink(path);
	snprintf(path, sizeof path, "%s/root.der", dir);
	f = fopen(path, "r");
	ck_assert_uint_eq(fread(text, 1, sizeof text, f), nsm_sim_root(one).n);
	ck_assert_mem_eq(text, nsm_sim_root(one).p, nsm_sim_root(one).n);
	fclose(f);
	unlink(path);
	snprintf(path, sizeof path, "%s/root.pem", dir);
	ck_assert_int_eq(stat(path, &st), 0);
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0); /* nothing else was left there */
	nsm_sim_close(one);
	nsm_sim_close(two);
}
END_TEST

START_TEST(damaged_seed_is_refused)
{
	char dir[] = "/tmp/encl-sim-XXXXXX", path[64];
	struct nsm_sim *sim;
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/root.key", dir);
	f = fopen(path, "w");
	fputs("00\n", f);
	fclose(f);
	ck_assert_int_eq(nsm_sim_open(dir, &sim), ERR_NSM);
	ck_assert_ptr_null(sim);
	unlink(path);
	rmdir(dir);
	ck_assert_int_eq(nsm_sim_open("/proc/none/sim", &sim), ERR_NSM);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { document_carries_what_was_asked,
		field_above_1024_is_refused,
		document_has_the_bytes_of_a_real_one,
		verifies_under_its_own_root_only, leaf_lives_three_hours,
		changed_document_does_not_verify,
		openssl_accepts_the_certificates, every_name_says_simulator,
		certificates_are_shared_as_real_ones,
		same_seed_and_time_give_the_same_bytes,
		folder_is_made_once_and_read_again, damaged_seed_is_refused };

	return SUITE_RUN("nsm_sim", t);
}
