/* SPDX-License-Identifier: ISC */
/* Wycheproof: Ed25519, ECDSA P-256 and P-384 signatures with every known
 * trick.  A valid one passes in its low-S form, any other in none. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/curve.h"
#include "chain/text.h"

#define DIR "../shared/vectors/wycheproof/"

static int failed;

static struct span
field(json_t *o, const char *name, uint8_t *buf, size_t cap)
{
	const char *hex = json_string_value(json_object_get(o, name));
	size_t n = hex ? strlen(hex) : 1;

	if (n % 2 || n / 2 > cap || !text_unhex(span_str(hex), buf, n / 2))
		abort();
	return span_of(buf, n / 2);
}

static void
one(enum curve c, struct span public, json_t *t, unsigned *passed)
{
	uint8_t message_buf[4096], sig_buf[512];
	struct span message = field(t, "msg", message_buf, sizeof message_buf);
	struct span sig = field(t, "sig", sig_buf, sizeof sig_buf);
	const char *want = json_string_value(json_object_get(t, "result"));
	enum err e, low;

	e = curve_verify(c, public, message, sig);
	low = curve_low_s(c, sig_buf, sig.n);
	if (low == OK) {
		enum err again = curve_verify(c, public, message, sig);

		/* as it came it may only be refused for its high S */
		if (e != again && e != ERR_SIG_HIGH_S)
			again = ERR_INTERNAL;
		e = again;
	}
	if ((e == OK) == (strcmp(want, "valid") == 0)) {
		(*passed)++;
		return;
	}
	failed++;
	printf("not ok %d %s: %s, %s\n", (int)c,
	    json_string_value(json_object_get(t, "comment")), want,
	    err_code(e));
}

static bool
file(enum curve c, const char *name, const char *key_field)
{
	uint8_t public_buf[128];
	char path[256];
	unsigned passed = 0;
	json_t *root, *groups;

	snprintf(path, sizeof path, DIR "%s", name);
	root = json_load_file(path, 0, NULL);
	if (!root)
		return false;
	groups = json_object_get(root, "testGroups");
	for (size_t i = 0; i < json_array_size(groups); i++) {
		json_t *g = json_array_get(groups, i);
		json_t *tests = json_object_get(g, "tests");
		struct span public = field(json_object_get(g, "publicKey"),
		    key_field, public_buf, sizeof public_buf);

		for (size_t k = 0; k < json_array_size(tests); k++)
			one(c, public, json_array_get(tests, k), &passed);
	}
	printf("ok %s: %u cases\n", name, passed);
	json_decref(root);
	return passed > 0;
}

int
main(void)
{
	if (!file(CURVE_ED25519, "ed25519_test.json", "pk")) {
		puts("skipped wycheproof vectors are not here");
		return 77;
	}
	if (!file(CURVE_P256, "ecdsa_secp256r1_sha256_p1363_test.json",
		"uncompressed") ||
	    !file(CURVE_P384, "ecdsa_secp384r1_sha384_p1363_test.json",
		"uncompressed"))
		return 1;
	return failed != 0;
}
