/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chain/evidence.h"
#include "chain/pem.h"
#include "tests/fuzz/fuzz.h"

/* The input is a root, then a bundle below it: `cat root.pem BUNDLE`, with the
 * files of a virtual card (tests/virtual/piv_env.h) and `encl key attest
 * --out`.  The bundle's own key is asked for, so that only what is wrong with
 * the certificates stops it. */
static void
check(struct span bundle, struct span root, struct span blob)
{
	uint8_t other[KEY_BLOB_MAX], whole_buf[EVIDENCE_MAX * 2];
	struct out whole = out_of(whole_buf, sizeof whole_buf);
	struct evidence ev, again;

	if (evidence_verify(bundle, &root, 1, blob, &ev) != OK)
		return;
	if (ev.pin < EVIDENCE_PIN_NEVER || ev.touch < EVIDENCE_TOUCH_NEVER)
		abort();
	(void)evidence_pin_name(ev.pin);
	(void)evidence_touch_name(ev.touch);
	memcpy(other, blob.p, blob.n);
	other[blob.n - 1] ^= 1;
	if (evidence_verify(bundle, &root, 1, span_of(other, blob.n), &again) !=
	    ERR_EVIDENCE_KEY)
		abort();
	/* What is whole stays as it is. */
	if (evidence_complete(bundle, &root, 1, &whole) != OK ||
	    !span_eq(bundle, out_span(&whole)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t root_buf[EVIDENCE_MAX], leaf_buf[EVIDENCE_MAX], point[97];
	uint8_t blob_buf[KEY_BLOB_MAX];
	struct out public = out_of(point, sizeof point);
	struct out blob = out_of(blob_buf, sizeof blob_buf);
	struct span in = span_of(p, n), bundle, root, leaf;
	enum key_type type;

	if (!pem_next(&in, root_buf, sizeof root_buf, &root))
		return 0;
	(void)evidence_is_root(root);
	bundle = in;
	if (!pem_next(&in, leaf_buf, sizeof leaf_buf, &leaf) ||
	    evidence_key(leaf, &type, &public) != OK)
		return 0;
	key_blob(&blob, type, out_span(&public));
	if (!blob.full)
		check(bundle, root, out_span(&blob));
	return 0;
}
