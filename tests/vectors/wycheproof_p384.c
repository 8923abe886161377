/* SPDX-License-Identifier: ISC */
/* Wycheproof's ECDSA on P-384 with SHA-384, as DER and as r || s. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain/hash.h"
#include "chain/p384.h"
#include "chain/text.h"

#define DIR "../shared/vectors/wycheproof/"

static int failed;

static struct span
unhex(json_t *o, const char *key, uint8_t *b, size_t cap)
{
	struct span hex = span_str(json_string_value(json_object_get(o, key)));

	if (hex.n / 2 > cap || !text_unhex(hex, b, hex.n / 2))
		abort();
	return span_of(b, hex.n / 2);
}

static bool
raw(struct span in, uint8_t sig[P384_SIG])
{
	if (in.n != P384_SIG)
		return false;
	memcpy(sig, in.p, P384_SIG);
	return true;
}

static void
run(const char *file, const uint8_t point[97], json_t *t,
    bool (*form)(struct span in, uint8_t sig[P384_SIG]))
{
	static uint8_t msg[8192], in[8192];
	uint8_t digest[48], sig[P384_SIG];
	struct span m = unhex(t, "msg", msg, sizeof msg);
	const char *want = json_string_value(json_object_get(t, "result"));
	bool is, should = strcmp(want, "valid") == 0;

	if (hash_sha384(&m, 1, digest) != OK)
		abort();
	is = form(unhex(t, "sig", in, sizeof in), sig) &&
	     p384_verify(point + 1, digest, sig);
	printf("%s %s %lld %s\n", is == should ? "ok" : "not ok", file,
	    json_integer_value(json_object_get(t, "tcId")),
	    json_string_value(json_object_get(t, "comment")));
	failed += is != should;
}

static bool
all(const char *file, bool (*form)(struct span in, uint8_t sig[P384_SIG]))
{
	char path[256];
	json_t *j, *groups;
	uint8_t point[97];

	snprintf(path, sizeof path, DIR "%s", file);
	j = json_load_file(path, 0, NULL);
	groups = json_object_get(j, "testGroups");
	for (size_t i = 0; i < json_array_size(groups); i++) {
		json_t *g = json_array_get(groups, i);
		json_t *tests = json_object_get(g, "tests");

		if (unhex(json_object_get(g, "publicKey"), "uncompressed",
			point, sizeof point)
			.n != sizeof point)
			abort();
		for (size_t k = 0; k < json_array_size(tests); k++)
			run(file, point, json_array_get(tests, k), form);
	}
	json_decref(j);
	return groups != NULL;
}

int
main(void)
{
	if (!all("ecdsa_secp384r1_sha384_test.json", p384_sig_der) ||
	    !all("ecdsa_secp384r1_sha384_p1363_test.json", raw)) {
		puts("skipped wycheproof vectors are not here");
		return 77;
	}
	return failed != 0;
}
