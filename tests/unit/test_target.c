/* SPDX-License-Identifier: ISC */
/* What a chain file brings along is read, or refused. */
#include "chain/hash.h"
#include "cli/mem.h"
#include "cli/target.h"
#include "definition/definition.h"
#include "tests/lib/suite.h"

/* The definition that JSON text says, by way of a chain file. */
static enum err
read_back(const char *text, json_t **j)
{
	static uint8_t cbor[4096], file[8192];
	struct out o = out_of(cbor, sizeof cbor), f = out_of(file, sizeof file);
	json_t *d = json_loads(text, 0, NULL);
	struct target t = { .conf = NULL };
	struct h32 id;

	ck_assert_int_eq(definition_canonical(d, &o, &id), OK);
	entry_definition_encode(&f, out_span(&o));
	t.file = out_span(&f);
	json_decref(d);
	return target_definition(&t, &id, j);
}

#define LINES_OF_NUMBERS \
	"{\"name\":\"a\",\"imported\":{\"dialect\":\"enclaver/4\"," \
	"\"sha256\":\"\",\"lines\":[1]}}"

START_TEST(a_definition_of_a_chain_file_is_one)
{
	static const char *const bad[] = { "{}", "{\"name\":\"A\"}",
		"{\"name\":\"a\",\"colour\":\"red\"}",
		"{\"name\":\"a\",\"egress\":{\"default\":\"Allow\"}}",
		"{\"name\":\"a\",\"egress\":[]}", LINES_OF_NUMBERS };
	json_t *j;

	ck_assert_int_eq(read_back("{\"name\":\"a\"}", &j), OK);
	json_decref(j);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ck_assert_msg(read_back(bad[i], &j) == ERR_DEFINITION_BAD, "%s",
		    bad[i]);
		ck_assert_ptr_null(j);
	}
	mem_free_all();
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_definition_of_a_chain_file_is_one };

	return SUITE_RUN("target", t);
}
