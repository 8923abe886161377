/* SPDX-License-Identifier: ISC */
#include "payload.h"

enum err
revoke_decode(struct span s, struct revoke *g)
{
	struct cbor c = cbor_of(s);
	struct cbor_map m;

	TRY(cbor_map(&c, &m));
	TRY(payload_kind_decode(&m, KIND_REVOKE));
	TRY(cbor_map_key(&m, "chain"));
	TRY(cbor_h32(&c, &g->chain));
	TRY(cbor_map_key(&m, "stage"));
	TRY(cbor_h32(&c, &g->stage));
	TRY(cbor_map_key(&m, "reason"));
	TRY(cbor_text(&c, 0, 4000, &g->reason));
	TRY(cbor_map_end(&m));
	return cbor_end(&c);
}

void
revoke_encode(struct out *o, const struct revoke *g)
{
	cbor_put_map(o, 4);
	payload_kind_encode(o, KIND_REVOKE);
	cbor_put_key(o, "chain");
	cbor_put_bytes(o, h32_span(&g->chain));
	cbor_put_key(o, "stage");
	cbor_put_bytes(o, h32_span(&g->stage));
	cbor_put_key(o, "reason");
	cbor_put_text(o, g->reason);
}
