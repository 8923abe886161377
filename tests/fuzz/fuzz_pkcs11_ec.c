/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "cli/keys/pkcs11_ec.h"
#include "tests/fuzz/fuzz.h"

/* What comes out is a key that the chain takes, and nothing else does. */
static void
holds(enum err e, const struct pkcs11_ec *k)
{
	uint8_t buf[KEY_BLOB_MAX];
	struct out o = out_of(buf, sizeof buf);
	enum key_type t;

	if (e != OK) {
		if (k->n != 0)
			abort();
		return;
	}
	key_blob(&o, k->type, span_of(k->public, k->n));
	if (o.full || key_parse(out_span(&o), &t, NULL, NULL) != OK ||
	    t != k->type)
		abort();
}

/* The first byte says what the rest is. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct pkcs11_ec k = { .type = KEY_P256 };
	struct span s = span_of(p, n);

	if (n == 0)
		return 0;
	s = span_of(p + 1, n - 1);
	switch (p[0]) {
	case 'c':
		holds(pkcs11_ec_certificate(s, &k), &k);
		break;
	case 'n':
		if (pkcs11_ec_params(s, &k.type) == OK && k.type > KEY_P384)
			abort();
		break;
	default:
		k.type = (enum key_type)(p[0] % 3);
		holds(pkcs11_ec_point(s, &k), &k);
	}
	return 0;
}
