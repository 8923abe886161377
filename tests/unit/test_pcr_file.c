/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "cli/fail.h"
#include "cli/mem.h"
#include "cli/pcr_file.h"
#include "tests/lib/suite.h"

#define H(c) \
	c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c \
	    c c c c c c c c c c c c c
#define A H("a1")
#define B H("B2")
#define C H("c3")
#define ZERO H("00")
#define ABC "{\"PCR0\":\"" A "\",\"PCR1\":\"" B "\",\"PCR2\":\"" C "\"}"

static struct view_pcrs_buf buf;
static struct pcrs p;

static enum err
parse(const char *text)
{
	fail_forget();
	return pcr_file_parse(span_str(text), &buf, &p);
}

static void
ck_abc(uint32_t mask)
{
	uint8_t want[PCR_SIZE];

	ck_assert_uint_eq(p.mask, mask);
	memset(want, 0xa1, sizeof want);
	ck_assert_mem_eq(p.value[0], want, sizeof want);
	memset(want, 0xb2, sizeof want);
	ck_assert_mem_eq(p.value[1], want, sizeof want);
	memset(want, 0xc3, sizeof want);
	ck_assert_mem_eq(p.value[2], want, sizeof want);
}

START_TEST(every_builder_is_read)
{
	static const struct {
		const char *text;
		uint32_t mask;
	} row[] = {
		/* nitro-cli build-enclave and describe-eif */
		{ "{\"Measurements\":{\"HashAlgorithm\":\"Sha384 { ... }\","
		  "\"PCR0\":\"" A "\",\"PCR1\":\"" B "\",\"PCR2\":\"" C "\"}}",
		    7 },
		{ "{\"EifVersion\":4,\"IsSigned\":true,\"Measurements\":{"
		  "\"PCR0\":\"" A "\",\"PCR1\":\"" B "\",\"PCR2\":\"" C
		  "\",\"PCR8\":\"" A "\"},\"Metadata\":{\"BuildTime\":\"x\"}}",
		    0x107 },
		/* nitro-cli describe-enclaves */
		{ "[{\"EnclaveName\":\"a\",\"Measurements\":{\"PCR0\":\"" A
		  "\",\"PCR1\":\"" B "\",\"PCR2\":\"" C "\"}}]",
		    7 },
		/* Enclaver */
		{ "{\"Sources\":{},\"Image\":\"i\",\"Measurements\":{"
		  "\"PCR0\":\"" A "\",\"PCR1\":\"" B "\",\"PCR2\":\"" C "\"}}",
		    7 },
		/* Enclavia */
		{ "{\"PCR0\":\"" A "\",\"PCR1\":\"" B "\",\"PCR2\":\"" C "\"}",
		    7 },
		{ "{\"pcr0\":\" " A "\\n\",\"pcr_1\":\"" B "\",\"Pcr2\":\"" C
		  "\"}",
		    7 },
		/* a release as this project shows it */
		{ "{\"version\":\"1\",\"pcrs\":{\"0\":\"" A "\",\"1\":\"" B
		  "\",\"2\":\"" C "\"}}",
		    7 },
		{ "{\"release\":{\"pcrs\":{\"0\":\"" A "\",\"1\":\"" B
		  "\",\"2\":\"" C "\"}}}",
		    7 },
		/* Evervault */
		{ "version = 1\n[attestation]\n"
		  "HashAlgorithm = \"Sha384 { ... }\"\nPCR0 = \"" A
		  "\"\nPCR1='" B "' # kernel\n\"PCR2\" = \"" C
		  "\"\r\n[scaling]\nPCR3 = \"no\"\n",
		    7 },
		{ "{\"name\":\"a\",\"attestation\":" ABC "}", 7 },
		{ "attestation = { PCR0 = \"" A "\", PCR1 = \"" B
		  "\", PCR2 = \"" C "\" }\n",
		    7 },
		{ "[ attestation ]\n\"PCR\\u0030\" = \"" A "\"\nPCR1 = '" B
		  "'\nPCR2 = \"" C "\"\n",
		    7 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		ck_assert_msg(parse(row[i].text) == OK, "row %zu: %s", i,
		    fail_detail());
		ck_abc(row[i].mask);
	}
}
END_TEST

START_TEST(what_is_not_clear_is_refused)
{
	static const char *const text[] = {
		"",
		"{}",
		"[]",
		"nothing at all",
		"{\"PCR0\":1}",
		"{\"PCR0\":\"\"}",
		"{\"PCR0\":\"" ZERO "\",\"PCR1\":\"" B "\",\"PCR2\":\"" C "\"}",
		"{\"PCR0\":\"" A "0\"}",
		"{\"PCR0\":\"" A "\",\"pcr0\":\"" A "\"}",
		"{\"PCR32\":\"" A "\"}",
		"{\"PCR00\":\"" A "\"}",
		"{\"pcrX\":\"" A "\"}",
		/* two enclaves: which one? */
		"[{\"Measurements\":{\"PCR0\":\"" A
		"\"}},{\"Measurements\":{\"PCR0\":\"" B "\"}}]",
		/* a Terraform list of PCR0s: new and old, not 0 and 1 */
		"[\"" A "\",\"" B "\"]",
		"[attestation]\nPCR0 = " A "\n",
		"[attestation]\nPCR0 = \"" A "\n",
		"[attestation]\nPCR0 = \"" A "\"\nPCR0 = \"" A "\"\n",
		"{\"PCR0\":\"" A "\"",
		/* what one reader takes from the outside, another from below */
		"{\"PCR0\":\"" B "\",\"Measurements\":" ABC "}",
		"{\"pcrs\":" ABC ",\"Measurements\":" ABC "}",
		"{\"release\":{\"PCR1\":\"" A "\",\"pcrs\":" ABC "}}",
		"{\"0\":\"" B "\",\"Measurements\":" ABC "}",
		"{\"attestation\":" ABC ",\"Measurements\":" ABC "}",
		"PCR0 = \"" B "\"\n[attestation]\nPCR0 = \"" A "\"\nPCR1 = \"" B
		"\"\nPCR2 = \"" C "\"\n",
		"[attestation]\nPCR0 = \"" A "\"\nPCR1 = \"" B "\"\nPCR2 = \"" C
		"\"\n[measurements]\nPCR0 = \"" B "\"\n",
		/* in TOML the first of these tables is text */
		"note = \"\"\"\n[attestation]\nPCR0 = \"" A "\"\nPCR1 = \"" B
		"\"\nPCR2 = \"" C
		"\"\n[other]\n\"\"\"\n[ attestation ]\nPCR0 = \"" B "\"\n",
		"[attestation]\nPCR0 = \"" A "\"\nPCR1 = \"" B "\"\nPCR2 = \"" C
		"\"\n\"PCR\\u0030\" = \"" B "\"\n",
	};

	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
		ck_assert_msg(parse(text[i]) == ERR_MEASUREMENTS_BAD,
		    "row %zu passed", i);
	mem_free_all();
}
END_TEST

/* Only the first character differs between what is refused and accepted. */
START_TEST(one_bit_of_a_value_is_enough_to_count)
{
	char text[512];

	(void)snprintf(text, sizeof text,
	    "{\"PCR0\":\"" ZERO "\",\"PCR1\":\"" B "\",\"PCR2\":\"" C "\"}");
	ck_assert_int_eq(parse(text), ERR_MEASUREMENTS_BAD);
	strstr(text, "00")[0] = '1';
	ck_assert_int_eq(parse(text), OK);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { every_builder_is_read,
		what_is_not_clear_is_refused,
		one_bit_of_a_value_is_enough_to_count };

	return SUITE_RUN("pcr_file", t);
}
