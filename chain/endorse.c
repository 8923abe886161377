/* SPDX-License-Identifier: ISC */
#include "payload.h"

enum err
endorse_decode(struct span s, struct endorse *g)
{
	struct cbor c = cbor_of(s);
	struct cbor_map m;
	bool has_method;

	TRY(cbor_map(&c, &m));
	TRY(payload_kind_decode(&m, KIND_ENDORSE));
	TRY(cbor_map_opt(&m, "pcrs", &g->has_pcrs));
	if (g->has_pcrs)
		TRY(pcr_decode(&c, &g->pcrs));
	TRY(cbor_map_key(&m, "chain"));
	TRY(cbor_h32(&c, &g->chain));
	TRY(cbor_map_key(&m, "stage"));
	TRY(cbor_h32(&c, &g->stage));
	TRY(cbor_map_opt(&m, "method", &has_method));
	g->method = span_of(NULL, 0);
	if (has_method)
		TRY(cbor_text(&c, 0, 4000, &g->method));
	TRY(cbor_map_end(&m));
	return cbor_end(&c);
}

void
endorse_encode(struct out *o, const struct endorse *g)
{
	cbor_put_map(o, 3U + g->has_pcrs + (g->method.p != NULL));
	payload_kind_encode(o, KIND_ENDORSE);
	if (g->has_pcrs) {
		cbor_put_key(o, "pcrs");
		pcr_encode(o, &g->pcrs);
	}
	cbor_put_key(o, "chain");
	cbor_put_bytes(o, h32_span(&g->chain));
	cbor_put_key(o, "stage");
	cbor_put_bytes(o, h32_span(&g->stage));
	if (g->method.p) {
		cbor_put_key(o, "method");
		cbor_put_text(o, g->method);
	}
}
