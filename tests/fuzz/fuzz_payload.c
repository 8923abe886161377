/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"
#include "view/view.h"

static void
encode(struct out *o, const struct payload *p)
{
	switch (p->kind) {
	case KIND_GENESIS:
		genesis_encode(o, &p->u.genesis);
		break;
	case KIND_STAGE:
		stage_encode(o, &p->u.stage);
		break;
	case KIND_ENDORSE:
		endorse_encode(o, &p->u.endorse);
		break;
	case KIND_REVOKE:
		revoke_encode(o, &p->u.revoke);
		break;
	case KIND_RECEIPT:
		receipt_encode(o, &p->u.receipt);
		break;
	}
}

/* What is decoded is encoded to the same bytes, and can be shown. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t buf[PAYLOAD_MAX];
	static struct payload payload;
	struct out o = out_of(buf, sizeof buf);
	json_t *j;

	if (payload_decode(span_of(p, n), &payload) != OK)
		return 0;
	encode(&o, &payload);
	if (!span_eq(out_span(&o), span_of(p, n)))
		abort();
	j = view_payload(&payload);
	if (j == NULL)
		abort();
	json_decref(j);
	return 0;
}
