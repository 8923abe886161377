/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chain/attest.h"
#include "chain/hash.h"
#include "chain/x509.h"
#include "tests/fuzz/fuzz.h"

/* The certificates are also read by themselves, and the document's own first
 * one is taken as the root, so that no hash or signature hides the code behind
 * it.  The cache lives on: its verdicts must stay those without it. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct attest_cache cache;
	struct attest a;
	struct x509 c;
	struct h32 own;
	enum err e;

	if (x509_parse(span_of(p, n), &c) == OK && c.tbs.n >= n)
		abort();
	if (attest_parse(span_of(p, n), &a) != OK) {
		if (attest_parse_nitrotpm(span_of(p, n), &a) == OK &&
		    a.pcrs.mask != UINT32_C(0xffffff))
			abort();
		return 0;
	}
	if (attest_parse_nitrotpm(span_of(p, n), &a) == OK)
		abort(); /* no document is of both kinds */
	if (attest_parse(span_of(p, n), &a) != OK)
		abort();
	if (a.ca_n == 0 || a.pcrs.value[0] == NULL)
		abort();
	for (size_t i = 0; i < a.ca_n; i++) {
		if (x509_parse(a.ca[i], &c) == OK && c.not_before < -631152000)
			abort();
	}
	if (attest_verify(&a, &attest_root_aws, a.timestamp, NULL) !=
	    attest_verify(&a, &attest_root_aws, a.timestamp, &cache))
		abort();
	if (hash_sha256(a.ca[0], &own) != OK)
		abort();
	e = attest_verify(&a, &own, a.timestamp, &cache);
	if (e != attest_verify(&a, &own, a.timestamp, NULL))
		abort();
	return 0;
}
