/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "enclave/simpcrs.h"
#include "system/rootfile.h"
#include "tests/lib/suite.h"

#define H16 "0123456789abcdef"
#define HEX H16 H16 H16 H16 H16 H16

static const uint8_t SEED[NSM_SIM_SEED] = "files";
static char DIR[] = "/tmp/encl-files-XXXXXX";
static char PATH[64];
static struct nsm_sim *SIM;

static void
setup(void)
{
	strcpy(DIR + sizeof DIR - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(DIR));
	snprintf(PATH, sizeof PATH, "%s/file", DIR);
	ck_assert_int_eq(nsm_sim_open_memory(SEED, 1, &SIM), OK);
}

static void
teardown(void)
{
	nsm_sim_close(SIM);
	unlink(PATH);
	rmdir(DIR);
}

static void
put(struct span s)
{
	FILE *f = fopen(PATH, "wb");

	ck_assert_uint_eq(fwrite(s.p, 1, s.n, f), s.n);
	fclose(f);
}

/* The value that the simulator now attests. */
static bool
is_set(unsigned index)
{
	static const uint8_t want[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
		0xcd, 0xef };
	struct nsm nsm = nsm_sim_nsm(SIM);
	struct nsm_ask ask = { 0 };
	uint8_t buf[ATTEST_DOC_MAX];
	struct out o = out_of(buf, sizeof buf);
	struct attest a;

	ck_assert_int_eq(nsm_attest(&nsm, &ask, &o), OK);
	ck_assert_int_eq(attest_parse(out_span(&o), &a), OK);
	return a.pcrs.mask >> index & 1 &&
	       memcmp(a.pcrs.value[index], want, sizeof want) == 0;
}

START_TEST(one_pcr_on_the_command_line)
{
	ck_assert(!is_set(0));
	ck_assert(simpcrs_one(SIM, "0=" HEX));
	ck_assert(is_set(0));
	ck_assert(simpcrs_one(SIM, "31=" HEX));
	ck_assert(is_set(31));
	ck_assert(!simpcrs_one(SIM, "32=" HEX));
	ck_assert(!simpcrs_one(SIM, "=" HEX));
	ck_assert(!simpcrs_one(SIM, "1=" HEX "0"));
	ck_assert(!simpcrs_one(SIM, "1=" H16));
	ck_assert(!simpcrs_one(SIM, "1"));
	ck_assert(!simpcrs_one(SIM, "001=" HEX));
	ck_assert(!simpcrs_one(SIM, "-1=" HEX));
}
END_TEST

START_TEST(pcrs_in_a_file)
{
	static const struct {
		const char *text;
		enum err want;
	} ROW[] = {
		{ "{\"Measurements\": {\"HashAlgorithm\": \"Sha384 { ... }\", "
		  "\"PCR0\": \"" HEX "\",\n\"PCR2\":\"" HEX "\"}}",
		    OK },
		{ "{\"PCR0\": \"" H16 "\"}", ERR_PCRS_BAD },
		{ "{\"PCR0\": \"" HEX "\", \"PCR1\": 1}", ERR_PCRS_BAD },
		{ "{\"PCR32\": \"" HEX "\"}", ERR_PCRS_BAD },
		{ "{}", ERR_PCRS_BAD },
		{ "\"PCR0", ERR_PCRS_BAD },
		{ "", ERR_PCRS_BAD },
	};

	for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++) {
		put(span_str(ROW[i].text));
		ck_assert_msg(simpcrs_file(SIM, PATH) == ROW[i].want, "row %zu",
		    i);
	}
	ck_assert(is_set(0) && !is_set(1) && is_set(2));
	ck_assert_int_eq(simpcrs_file(SIM, DIR), ERR_FILE);
	ck_assert_int_eq(simpcrs_file(SIM, "/none"), ERR_FILE);
}
END_TEST

START_TEST(root_in_der_or_pem)
{
	char dir[64], path[80];
	struct h32 want, got;
	struct nsm_sim *sim;
	struct span der;
	uint8_t longer[2048];

	snprintf(dir, sizeof dir, "%s/sim", DIR);
	ck_assert_int_eq(nsm_sim_open(dir, &sim), OK);
	want = nsm_sim_root_hash(sim);
	der = nsm_sim_root(sim);
	snprintf(path, sizeof path, "%s/root.der", dir);
	ck_assert_int_eq(rootfile_hash(path, &got), OK);
	ck_assert(h32_eq(&want, &got));
	unlink(path);
	snprintf(path, sizeof path, "%s/root.pem", dir);
	ck_assert_int_eq(rootfile_hash(path, &got), OK);
	ck_assert(h32_eq(&want, &got));
	unlink(path);
	snprintf(path, sizeof path, "%s/root.key", dir);
	ck_assert_int_eq(rootfile_hash(path, &got), ERR_CERT_DER);
	unlink(path);
	rmdir(dir);
	memcpy(longer, der.p, der.n);
	longer[der.n] = 0;
	put(span_of(longer, der.n + 1));
	ck_assert_int_eq(rootfile_hash(PATH, &got), ERR_CERT_DER);
	put(span_of(longer, der.n - 1));
	ck_assert_int_eq(rootfile_hash(PATH, &got), ERR_CERT_DER);
	ck_assert_int_eq(rootfile_hash("/none", &got), ERR_FILE);
	nsm_sim_close(sim);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { one_pcr_on_the_command_line, pcrs_in_a_file,
		root_in_der_or_pem };

	return SUITE_RUN_FIXTURE("simulator_files", t, setup, teardown);
}
