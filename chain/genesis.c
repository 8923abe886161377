/* SPDX-License-Identifier: ISC */
#include "payload.h"

enum err
genesis_decode(struct span s, struct genesis *g)
{
	struct cbor c = cbor_of(s);
	struct cbor_map m;

	TRY(cbor_map(&c, &m));
	TRY(payload_kind_decode(&m, KIND_GENESIS));
	TRY(cbor_map_key(&m, "root"));
	TRY(cbor_h32(&c, &g->root));
	TRY(cbor_map_key(&m, "floor"));
	TRY(instant_duration_decode(&c, &g->floor));
	TRY(cbor_map_key(&m, "label"));
	TRY(cbor_line(&c, 1, 64, &g->label));
	TRY(cbor_map_key(&m, "nonce"));
	TRY(cbor_bytes(&c, 16, 16, &g->nonce));
	TRY(cbor_map_key(&m, "policy"));
	TRY(policy_decode(&c, &g->policy));
	TRY(cbor_map_end(&m));
	return cbor_end(&c);
}

void
genesis_encode(struct out *o, const struct genesis *g)
{
	cbor_put_map(o, 6);
	payload_kind_encode(o, KIND_GENESIS);
	cbor_put_key(o, "root");
	cbor_put_bytes(o, h32_span(&g->root));
	cbor_put_key(o, "floor");
	cbor_put_uint(o, g->floor);
	cbor_put_key(o, "label");
	cbor_put_text(o, g->label);
	cbor_put_key(o, "nonce");
	cbor_put_bytes(o, g->nonce);
	cbor_put_key(o, "policy");
	policy_encode(o, &g->policy);
}
