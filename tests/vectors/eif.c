/* SPDX-License-Identifier: ISC */
/* Images that nobody here wrote: each gets the measurements that its index
 * gives, or is refused, for the reason that its name says. */
#include <jansson.h>
#include <stdio.h>

#include "cli/fail.h"
#include "cli/image_file.h"
#include "cli/mem.h"

#define DIR "../shared/vectors/eif/"

static const struct {
	const char *file;
	enum err want;
} refused[] = {
	{ "signed-wrong-index.eif", ERR_EIF_SIGNATURE_INDEX },
	{ "bad-magic.eif", ERR_EIF_MAGIC },
	{ "bad-truncated.eif", ERR_EIF_TRUNCATED },
	{ "bad-trailing.eif", ERR_EIF_TRAILING },
	{ "bad-section-type-0.eif", ERR_EIF_SECTION_TYPE },
	{ "bad-header-size-mismatch.eif", ERR_EIF_SIZE },
	{ "bad-num-sections-33.eif", ERR_EIF_COUNT },
	{ "bad-num-sections-0.eif", ERR_EIF_COUNT },
	{ "bad-two-cmdlines.eif", ERR_EIF_CMDLINE_TWICE },
	{ "bad-no-ramdisk.eif", ERR_EIF_RAMDISK_MISSING },
	{ "bad-version-5.eif", ERR_EIF_VERSION },
	{ "bad-two-signatures-sections.eif", ERR_EIF_SIGNATURE_TWICE },
	{ "bad-signature-40k.eif", ERR_EIF_SIGNATURE_LARGE },
	{ "bad-metadata-not-json.eif", ERR_EIF_METADATA_BAD },
};

/* An image as it stands in the tree of nobody but its maker. */
static const struct {
	const char *pcr, *hex;
} boot_signed[] = {
	{ "PCR0", "028c2590f2f651b8ab3f6acb6699385dc486bfdb7ac1cc99b3f9d0eec4c"
		  "3ae244b4fcc6ada7348a010d8af4a8d8aa91f" },
	{ "PCR1", "a46cef9a3b357fe6" },
	{ "PCR2", "bb85b03487a6d494" },
	{ "PCR8", "e2c1407dbcd50698" },
};

static int failed;

static void
result(bool ok, const char *file, const char *detail)
{
	printf("%s %s %s\n", ok ? "ok" : "not ok", file, detail);
	failed += !ok;
}

static enum err
wanted(const char *file)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (strcmp(refused[i].file, file) == 0)
			return refused[i].want;
	return OK;
}

static const char *
hex(const struct measure *m, size_t i)
{
	return mem_hex(span_of(m->registers.value[i], PCR_SIZE));
}

static bool
same(const struct measure *m, const json_t *row)
{
	for (size_t i = 0; i < REGISTERS; i++) {
		const char *want = json_string_value(json_object_get(row,
		    mem_printf("PCR%u", registers_index[i])));

		if (registers_index[i] == 8 &&
		    (want != NULL) != m->registers.is_signed)
			return false;
		if (want != NULL && strcmp(want, hex(m, i)) != 0)
			return false;
	}
	return true;
}

static void
one(const json_t *row)
{
	const char *file = json_string_value(json_object_get(row, "file"));
	const char *expect = json_string_value(json_object_get(row, "expect"));
	enum err want = wanted(file), e;
	struct measure *m;
	bool agrees;

	fail_forget();
	e = image_file_measure(mem_printf(DIR "%s", file), 0, &m);
	agrees = strcmp(expect, "policy") == 0 ||
		 (want == OK) == (strcmp(expect, "accept") == 0);
	result(e == want && agrees, file, err_code(e));
	if (e == OK)
		result(same(m, row), file, "measures as its index says");
}

static void
known_image(void)
{
	struct measure *m;
	enum err e = image_file_measure(DIR "boot-signed.eif", 0, &m);

	result(e == OK, "boot-signed.eif", err_code(e));
	for (size_t i = 0; e == OK && i < REGISTERS; i++)
		result(strncmp(hex(m, i), boot_signed[i].hex,
			   strlen(boot_signed[i].hex)) == 0,
		    "boot-signed.eif", boot_signed[i].pcr);
}

int
main(void)
{
	json_t *index = json_load_file(DIR "index.json", 0, NULL), *row;
	size_t i;

	if (index == NULL) {
		printf("skipped images: there is no " DIR "\n");
		return 0;
	}
	json_array_foreach(index, i, row) one(row);
	known_image();
	json_decref(index);
	mem_free_all();
	return failed != 0;
}
